/** Blobs stored with a Content-Encoding, which `fetch` decodes and storage does not. */
import { gzipSync } from 'node:zlib';
import { fetchTransport } from '../src';
import { blobUrlInContainer, putBlob, readBlobRange } from '../src/storage';
import { openStorageRoom, type StorageRoom } from './helpers/storage';
import { rejection } from './helpers/values';

let room: StorageRoom;
beforeAll(async () => {
  room = await openStorageRoom();
}, 180_000);
afterAll(() => room.close());

async function zipped() {
  const { sasUrl } = await room.newContainer();
  const url = blobUrlInContainer(sasUrl, 'subtitles.vtt');
  const bytes = gzipSync(Buffer.from('WEBVTT\n'.repeat(10_000)));
  await putBlob(room.plain, url, bytes, { contentEncoding: 'gzip', contentType: 'text/vtt' });
  return { url, bytes };
}

test('the default transport reads the bytes that are stored', async () => {
  const { url, bytes } = await zipped();
  expect(Buffer.from(await readBlobRange(room.plain, url, 0, bytes.length)).equals(bytes)).toBe(true);
  expect(Buffer.from(await readBlobRange(room.plain, url, 5, 10)).equals(bytes.subarray(5, 15))).toBe(true);
});

test.each([
  ['from the beginning', 0],
  ['from the middle', 5],
])('over fetch a range %s is an error that names the cause', async (_, offset) => {
  const { url, bytes } = await zipped();
  const options = { retry: { maxRetries: 1, baseDelayMs: 1 } };
  const error = await rejection(readBlobRange(fetchTransport(), url, offset, bytes.length - offset, options));
  expect(error).toMatchObject({ name: 'ProtocolError', attempts: 1 });
  expect(error.message).toMatch(/Content-Encoding.*undiciTransport/);
});
