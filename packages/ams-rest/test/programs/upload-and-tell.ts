/** Uploads a file and prints each step: a process for a test to kill. Arguments: URL, path, block size. */
import { fileSource, uploadBlob } from '../../src/storage';
import { undiciTransport } from '../../src';

async function main([url = '', path = '', blockSize = '']: string[]): Promise<void> {
  const source = await fileSource(path);
  const transport = undiciTransport();
  await uploadBlob(transport, url, source, {
    blockSizeBytes: Number(blockSize),
    parallel: 1,
    resumable: true,
    onProgress: ({ sentBytes }) => console.log(sentBytes),
  });
  console.log('done');
}

void main(process.argv.slice(2));
