/** This library. */
import { downloadToFile, fileSource, uploadBlob } from 'ams-rest/storage';
import { undiciTransport } from 'ams-rest';
import { BLOCK, measure, PARALLEL } from './measure.mjs';

async function upload(url, path) {
  const transport = undiciTransport();
  const source = await fileSource(path);
  await uploadBlob(transport, url, source, { blockSizeBytes: BLOCK, parallel: PARALLEL });
  await source.close();
  await transport.close();
}

async function download(url, path) {
  const transport = undiciTransport();
  await downloadToFile(transport, url, path, { rangeSizeBytes: BLOCK, parallel: PARALLEL });
  await transport.close();
}

await measure({ upload, download });
