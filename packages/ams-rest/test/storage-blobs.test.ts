/** Names, lists and single blobs: ours and Microsoft's SDK on the same Azurite. */
import {
  blobUrlInContainer,
  bytesSource,
  deleteBlob,
  downloadRanges,
  getBlobProperties,
  getBlockList,
  listBlobs,
  putBlob,
  putBlock,
  readBlobRange,
  uploadBlob,
  type BlobItem,
  type ListBlobsOptions,
} from '../src/storage';
import { openStorageRoom, recording, someBytes, type StorageRoom } from './helpers/storage';
import { rejection } from './helpers/values';

let room: StorageRoom;
beforeAll(async () => {
  room = await openStorageRoom();
});
afterAll(() => room.close());

const AWKWARD = [
  'a b.mp4',
  'a+b.mp4',
  '100%.mp4',
  '100%25.mp4',
  'a%2Fb.mp4',
  'dossier été/日本語 (1)/🎬.mp4',
  'amp&eq=q?hash#.mp4',
  "quote'and!star*.mp4",
  '<less>&amp;"q".mp4',
  'semi;comma,colon:at@$.mp4',
  'deep/er/and/deeper.mp4',
  '~tilde_and-dash.mp4',
  'e\u0301 decomposed.mp4',
  'x'.repeat(200),
];

async function names(url: string, options?: ListBlobsOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const item of listBlobs(room.plain, url, options))
    found.push(item.kind === 'prefix' ? `${item.name}…` : item.name);
  return found;
}

describe('names', () => {
  test('ours are theirs: upload by us, list and read by the SDK', async () => {
    const { sasUrl, theirs } = await room.newContainer();
    for (const name of AWKWARD)
      await uploadBlob(room.plain, blobUrlInContainer(sasUrl, name), bytesSource(Buffer.from(name)));
    const listed: string[] = [];
    for await (const item of theirs.listBlobsFlat()) listed.push(item.name);
    expect(listed.sort()).toEqual([...AWKWARD].sort());
    for (const name of AWKWARD)
      expect((await theirs.getBlobClient(name).downloadToBuffer()).toString()).toBe(name);
    expect((await names(sasUrl)).sort()).toEqual([...AWKWARD].sort());
  });

  test('theirs are ours: upload by the SDK, list, read and delete by us, by SAS and by key', async () => {
    const { sasUrl, url, theirs } = await room.newContainer();
    for (const name of AWKWARD) await theirs.getBlockBlobClient(name).upload(name, Buffer.byteLength(name));
    expect((await names(sasUrl)).sort()).toEqual([...AWKWARD].sort());
    for (const name of AWKWARD) {
      const length = Buffer.byteLength(name);
      const bySas = await readBlobRange(room.plain, blobUrlInContainer(sasUrl, name), 0, length);
      const byKey = await readBlobRange(room.signing, blobUrlInContainer(url, name), 0, length);
      expect([Buffer.from(bySas).toString(), Buffer.from(byKey).toString()]).toEqual([name, name]);
      expect(await deleteBlob(room.signing, blobUrlInContainer(url, name))).toBe(true);
    }
    expect(await names(sasUrl)).toEqual([]);
  });

  test.each(['', '.', '..', 'a/../b', './a', 'a/.', 'a\\b', '\ud800', 'x'.repeat(1025)])(
    '%j cannot be one',
    (name) => {
      expect(() => blobUrlInContainer('https://host.example/c?sig=x', name)).toThrow(TypeError);
    },
  );
});

describe('a list', () => {
  test('goes on over pages, by prefix, by folder', async () => {
    const { sasUrl, theirs } = await room.newContainer();
    const blobs = ['a/1 &', 'a/2', 'a/b/3', 'c', 'd+e/4', 'd+e/5'];
    for (const name of blobs) await theirs.getBlockBlobClient(name).upload(name, name.length);
    const { transport, requests } = recording(room.plain);
    const found: string[] = [];
    for await (const { name } of listBlobs(transport, sasUrl, { pageSize: 2 })) found.push(name);
    expect(found).toEqual(blobs);
    expect(requests).toHaveLength(3);
    expect(await names(sasUrl, { prefix: 'd+' })).toEqual(['d+e/4', 'd+e/5']);
    expect((await names(sasUrl, { delimiter: '/' })).sort()).toEqual(['a/…', 'c', 'd+e/…']);
    expect((await names(sasUrl, { prefix: 'a/', delimiter: '/' })).sort()).toEqual(['a/1 &', 'a/2', 'a/b/…']);
  });

  test('describes each blob', async () => {
    const { sasUrl, theirs } = await room.newContainer();
    const { etag, lastModified } = await theirs.getBlockBlobClient('b').upload('hello', 5, {
      blobHTTPHeaders: { blobContentType: 'text/plain' },
      metadata: { key: '1 < 2 & 3' },
    });
    const items: BlobItem[] = [];
    for await (const item of listBlobs(room.plain, sasUrl, { include: ['metadata'] }))
      if (item.kind === 'blob') items.push(item);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      name: 'b',
      sizeBytes: 5,
      contentType: 'text/plain',
      etag: etag?.replaceAll('"', ''),
      lastModified,
      contentMd5: 'XUFAKrxLKna5cZ2REBfFkg==',
      snapshot: '',
      metadata: { key: '1 < 2 & 3' },
    });
  });

  test('shows blobs of staged blocks only when asked', async () => {
    const { sasUrl } = await room.newContainer();
    const url = blobUrlInContainer(sasUrl, 'staged');
    await putBlock(room.plain, url, btoa('1'), someBytes(10));
    expect(await names(sasUrl)).toEqual([]);
    expect(await names(sasUrl, { include: ['uncommittedblobs'] })).toEqual(['staged']);
    expect(await getBlockList(room.plain, url, 'uncommitted')).toMatchObject({
      blocks: [{ id: btoa('1'), sizeBytes: 10 }],
    });
  });
});

describe('one blob', () => {
  test('properties, ranges, and what is refused', async () => {
    const { sasUrl, theirs } = await room.newContainer();
    const url = blobUrlInContainer(sasUrl, 'b');
    const bytes = someBytes(1000);
    const { etag } = await theirs.getBlockBlobClient('b').upload(bytes, 1000, { metadata: { Asset: 'x' } });
    const properties = await getBlobProperties(room.plain, url);
    expect(properties).toMatchObject({ sizeBytes: 1000, etag, metadata: { asset: 'x' } });
    expect(properties.lastModified).toBeInstanceOf(Date);
    expect(bytes.subarray(10, 30).equals(await readBlobRange(room.plain, url, 10, 20))).toBe(true);
    const options = { etag: properties.etag, verifyMd5: true };
    expect(bytes.subarray(999).equals(await readBlobRange(room.plain, url, 999, 1, options))).toBe(true);
    expect(await rejection(readBlobRange(room.plain, url, 1001, 1))).toMatchObject({
      status: 416,
      code: 'InvalidRange',
    });
    // The service returns what there is; less than requested is not a success.
    expect(await rejection(readBlobRange(room.plain, url, 999, 2))).toMatchObject({ name: 'ProtocolError' });
    expect(await rejection(readBlobRange(room.plain, url, 0, 1, { etag: '"0x1"' }))).toMatchObject({
      status: 412,
    });
    const none = getBlobProperties(room.plain, blobUrlInContainer(sasUrl, 'none'));
    expect(await rejection(none)).toMatchObject({ status: 404, code: 'BlobNotFound' });
  });

  test('leaving a download early ends the requests under way', async () => {
    const { sasUrl } = await room.newContainer();
    const url = blobUrlInContainer(sasUrl, 'b');
    await putBlob(room.plain, url, someBytes(100_000));
    const { transport, requests } = recording(room.plain);
    const blob = await getBlobProperties(transport, url);
    for await (const range of downloadRanges(transport, url, blob, { rangeSizeBytes: 1000, parallel: 2 })) {
      expect(range).toHaveLength(1000);
      break;
    }
    expect(requests).toHaveLength(3);
    expect(requests.slice(1).every(({ signal }) => signal?.aborted)).toBe(true);
  });

  test('deleting: what was there, what was not, one that somebody changed', async () => {
    const { sasUrl, theirs } = await room.newContainer();
    const url = blobUrlInContainer(sasUrl, 'b');
    await putBlob(room.plain, url, someBytes(1));
    expect(await rejection(deleteBlob(room.plain, url, { etag: '"0x1"' }))).toMatchObject({ status: 412 });
    await theirs.getBlobClient('b').createSnapshot();
    expect(await rejection(deleteBlob(room.plain, url))).toMatchObject({
      status: 409,
      code: 'SnapshotsPresent',
    });
    expect(await deleteBlob(room.plain, url, { snapshots: 'include' })).toBe(true);
    expect(await deleteBlob(room.plain, url)).toBe(false);
  });
});
