/** Microsoft's SDK. */
import { BlockBlobClient } from '@azure/storage-blob';
import { BLOCK, measure, PARALLEL } from './measure.mjs';

async function upload(url, path) {
  const options = { blockSize: BLOCK, concurrency: PARALLEL, maxSingleShotSize: BLOCK };
  await new BlockBlobClient(url).uploadFile(path, options);
}

await measure(upload);
