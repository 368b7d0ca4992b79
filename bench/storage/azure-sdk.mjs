/** Microsoft's SDK. */
import { BlockBlobClient } from '@azure/storage-blob';
import { BLOCK, measure, PARALLEL } from './measure.mjs';

async function upload(url, path) {
  const options = { blockSize: BLOCK, concurrency: PARALLEL, maxSingleShotSize: BLOCK };
  await new BlockBlobClient(url).uploadFile(path, options);
}

/** Into a file it takes one stream. */
async function download(url, path) {
  await new BlockBlobClient(url).downloadToFile(path);
}

await measure({ upload, download });
