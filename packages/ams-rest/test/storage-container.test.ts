/** Containers, names, folders, stored policies, single blobs: ours and Microsoft's SDK on the same Azurite. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  blobUrlInContainer,
  bytesSource,
  createContainer,
  deleteBlob,
  deleteContainer,
  downloadRanges,
  getBlobProperties,
  getBlockList,
  getContainerAccess,
  listBlobs,
  NetworkError,
  putBlob,
  putBlock,
  readBlobRange,
  serviceSas,
  setContainerAccess,
  updateStoredPolicies,
  uploadBlob,
  uploadFolder,
  type BlobItem,
  type ListBlobsOptions,
  type StoredPolicy,
  type Transport,
} from '../src';
import { azuriteAccount } from './helpers/azurite-process';
import { blockIdOf, openStorageRoom, recording, someBytes, type StorageRoom } from './helpers/storage';
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

  test.each(['', '.', '..', 'a/../b', '/a', 'a//b', 'a/', 'a\\b', 'a\nb', '\ud800', 'x'.repeat(1025)])(
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

  test('tells what each blob is', async () => {
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
    // The service gives what there is; less than asked for is no success.
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

/** Lets the first request through and loses its answer. */
function losingTheFirst(): Transport {
  let lost = false;
  return async (request) => {
    const answer = await room.signing(request);
    if (lost) return answer;
    lost = true;
    throw new NetworkError({ ...request, reason: 'connection reset', maybeSent: true });
  };
}

describe('a container', () => {
  const retry = { baseDelayMs: 1 };

  test('is made once and deleted once, also when answers get lost', async () => {
    const url = `${room.accountUrl}/once`;
    expect(await createContainer(losingTheFirst(), url, { retry })).toBe(true);
    expect(await createContainer(room.signing, url)).toBe(false);
    expect(await deleteContainer(losingTheFirst(), url, { retry })).toBe(true);
    expect(await deleteContainer(room.signing, url)).toBe(false);
    expect(await rejection(createContainer(room.signing, `${room.accountUrl}/No`))).toMatchObject({
      status: 400,
    });
  });

  test('may be read by anybody only when it says so', async () => {
    const url = `${room.accountUrl}/public`;
    await createContainer(room.signing, url, { publicAccess: 'blob' });
    await putBlob(room.signing, `${url}/b`, Buffer.from('x'));
    expect(await readBlobRange(room.plain, `${url}/b`, 0, 1)).toHaveLength(1);
    const closed = `${room.accountUrl}/closed`;
    await createContainer(room.signing, closed);
    expect(await rejection(getBlobProperties(room.plain, `${closed}/b`))).toMatchObject({
      name: 'ServiceError',
    });
  });
});

describe('stored policies', () => {
  const policy = (id: string, permission = 'rwl'): StoredPolicy => ({
    id,
    start: '2020-01-01T00:00:00.0000000Z',
    expiry: '2035-01-01T00:00:00.0000000Z',
    permission,
  });

  test('are written, read by both, and keep the public access level', async () => {
    const { url, theirs } = await room.newContainer();
    const policies = [policy('one & <only>'), { id: 'two', permission: 'r' }];
    await setContainerAccess(room.signing, url, { policies, publicAccess: 'blob' });
    const { signedIdentifiers } = await theirs.getAccessPolicy();
    expect(signedIdentifiers.map(({ id, accessPolicy }) => [id, accessPolicy.permissions])).toEqual([
      ['one & <only>', 'rwl'],
      ['two', 'r'],
    ]);
    await updateStoredPolicies(room.signing, url, (before) => [...before.slice(1), policy('three')]);
    const access = await getContainerAccess(room.signing, url);
    expect(access.publicAccess).toBe('blob');
    expect(access.policies).toEqual([{ id: 'two', start: '', expiry: '', permission: 'r' }, policy('three')]);
  });

  test('are what a SAS refers to: changed it changes, removed it ends', async () => {
    const { url } = await room.newContainer();
    const container = url.split('/').at(-1) ?? '';
    await putBlob(room.signing, `${url}/b`, Buffer.from('x'));
    const blob = `${url}/b?${serviceSas(azuriteAccount, { container }, { si: 'locator' })}`;
    const refused = { name: 'ServiceError', status: 403 };
    expect(await rejection(readBlobRange(room.plain, blob, 0, 1))).toMatchObject(refused);
    await updateStoredPolicies(room.signing, url, () => [policy('locator', 'r')]);
    expect(await readBlobRange(room.plain, blob, 0, 1)).toHaveLength(1);
    expect(await rejection(putBlob(room.plain, blob, Buffer.from('y')))).toMatchObject(refused);
    await updateStoredPolicies(room.signing, url, () => [policy('locator', 'w')]);
    await putBlob(room.plain, blob, Buffer.from('y'));
    expect(await rejection(readBlobRange(room.plain, blob, 0, 1))).toMatchObject(refused);
    await updateStoredPolicies(room.signing, url, () => []);
    expect(await rejection(putBlob(room.plain, blob, Buffer.from('z')))).toMatchObject(refused);
  });

  test('are read again when somebody else wrote in between', async () => {
    const { url } = await room.newContainer();
    let tries = 0;
    const racing: Transport = (request) => {
      if (request.method !== 'PUT' || tries++ > 0) return room.signing(request);
      // As if the container had changed a second later than the condition says.
      const headers = { ...request.headers, 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' };
      return room.signing({ ...request, headers });
    };
    await setContainerAccess(room.signing, url, { policies: [policy('theirs')], publicAccess: undefined });
    await updateStoredPolicies(racing, url, (before) => [...before, policy('ours')]);
    expect(tries).toBe(2);
    const { policies } = await getContainerAccess(room.signing, url);
    expect(policies.map(({ id }) => id)).toEqual(['theirs', 'ours']);
  });

  test('are five at most, with an id each', async () => {
    const { url } = await room.newContainer();
    const six = () => [1, 2, 3, 4, 5, 6].map((id) => policy(String(id)));
    expect(await rejection(updateStoredPolicies(room.signing, url, six))).toBeInstanceOf(TypeError);
    const nameless = updateStoredPolicies(room.signing, url, () => [policy('')]);
    expect(await rejection(nameless)).toBeInstanceOf(TypeError);
  });
});

describe('a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ams-rest-folder-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const BLOCK = 4096;
  const FILES = {
    'été & co.mp4': 0,
    'deep/er/100%.ts': BLOCK,
    'deep/er/large+.ts': 5 * BLOCK + 1,
    'manifest.ism': BLOCK - 1,
    'also large.bin': 3 * BLOCK,
  };

  test('goes up with everything below it, small files side by side, large ones in blocks', async () => {
    for (const [name, size] of Object.entries(FILES)) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), someBytes(size));
    }
    await mkdir(join(folder, 'empty'));
    await symlink('/etc/hostname', join(folder, 'link'));
    const { sasUrl, theirs } = await room.newContainer();
    const { transport, requests } = recording(room.plain);
    const told: string[] = [];
    const uploaded = await uploadFolder(transport, sasUrl, folder, {
      prefix: 'v1/',
      blockSizeBytes: BLOCK,
      contentTypeOf: (name) => (name.endsWith('.ts') ? 'video/mp2t' : 'application/octet-stream'),
      onFile: ({ blobName }) => told.push(blobName),
    });
    const blobNames = Object.keys(FILES).map((name) => `v1/${name}`);
    expect(uploaded.map(({ blobName }) => blobName)).toEqual([...blobNames].sort());
    expect(told.sort()).toEqual([...blobNames].sort());
    expect((await names(sasUrl)).sort()).toEqual([...blobNames].sort());
    for (const [name, size] of Object.entries(FILES)) {
      const blob = theirs.getBlobClient(`v1/${name}`);
      expect((await getBlobProperties(room.plain, blobUrlInContainer(sasUrl, `v1/${name}`))).sizeBytes).toBe(
        size,
      );
      if (size > 0) expect((await blob.downloadToBuffer()).equals(someBytes(size))).toBe(true);
    }
    expect((await theirs.getBlobClient('v1/deep/er/100%.ts').getProperties()).contentType).toBe('video/mp2t');
    expect(requests.filter((request) => blockIdOf(request) !== '')).toHaveLength(6 + 3);
  });

  test('with a name that no blob can have is refused before anything is sent', async () => {
    await writeFile(join(folder, 'good'), 'x');
    await writeFile(join(folder, 'bad\nname'), 'x');
    const { sasUrl } = await room.newContainer();
    const { transport, requests } = recording(room.plain);
    expect(await rejection(uploadFolder(transport, sasUrl, folder))).toBeInstanceOf(TypeError);
    expect(requests).toHaveLength(0);
  });

  test('stops at the first file that fails', async () => {
    for (let i = 0; i < 30; i++) await writeFile(join(folder, `file-${i}`), 'x');
    const { sasUrl } = await room.newContainer();
    let sent = 0;
    const failing: Transport = (request) => {
      if (++sent > 5) throw new Error('the cable is cut');
      return room.plain(request);
    };
    const error = await rejection(uploadFolder(failing, sasUrl, folder, { parallel: 2 }));
    expect(error.message).toBe('the cable is cut');
    expect(sent).toBeLessThan(10);
  });
});
