/** Downloads a blob and prints each step: a process for a test to kill. Arguments: URL, path, range size. */
import { downloadToFile } from '../../src/storage';
import { undiciTransport } from '../../src';

async function main([url = '', path = '', rangeSize = '']: string[]): Promise<void> {
  await downloadToFile(undiciTransport(), url, path, {
    rangeSizeBytes: Number(rangeSize),
    parallel: 1,
    onProgress: ({ receivedBytes }) => console.log(receivedBytes),
  });
  console.log('done');
}

void main(process.argv.slice(2));
