/**
 * Each call that changes something in Blob Storage, when its first answer is lost: Azurite has carried it out, the
 * connection is cut, and the repetition gets what the service answers to a second time.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  blobUrlInContainer,
  bytesSource,
  createContainer,
  deleteBlob,
  deleteContainer,
  getBlobProperties,
  getBlockList,
  getContainerAccess,
  getUserDelegationKey,
  putBlob,
  putBlock,
  putBlockList,
  serviceSas,
  setContainerAccess,
  sharedKeyTransport,
  updateStoredPolicies,
  uploadBlob,
  uploadFolder,
  uploadStream,
} from '../src/storage';
import { type Transport } from '../src';
import { azuriteAccount } from './helpers/azurite-process';
import { closing } from './helpers/closing';
import { startLosingProxy } from './helpers/losing-proxy';
import { answer, startServer } from './helpers/scripted-server';
import { openStorageRoom, someBytes, type StorageRoom } from './helpers/storage';
import { rejection } from './helpers/values';
import { storage } from './repetition/table';

const BLOCK = 16 * 1024;
const retry = { baseDelayMs: 1, maxDelayMs: 1 };
const content = Buffer.from('content');

let room: StorageRoom;
beforeAll(async () => {
  room = await openStorageRoom();
});
afterAll(() => room.close());

/** A new container, and its URLs through a proxy that loses the first answer to each write. */
async function losing(loses: (method: string, path: string) => boolean = isWrite) {
  const { sasUrl, url, theirs } = await room.newContainer();
  const { origin } = new URL(url);
  const proxy = closing(await startLosingProxy(origin, loses));
  const throughProxy = (address: string) => address.replace(origin, proxy.origin);
  const signing: Transport = sharedKeyTransport(room.plain, { ...azuriteAccount, endpoint: proxy.origin });
  return {
    proxy,
    signing,
    containerUrl: throughProxy(url),
    blobUrl: blobUrlInContainer(throughProxy(sasUrl), 'video.mp4'),
    /** Straight to Azurite. */
    direct: blobUrlInContainer(sasUrl, 'video.mp4'),
    directContainer: url,
    blob: theirs.getBlockBlobClient('video.mp4'),
  };
}

const isWrite = (method: string) => method !== 'GET' && method !== 'HEAD';
const isCommit = (method: string, path: string) => method === 'PUT' && path.includes('comp=blocklist');

describe('writing a blob', () => {
  test('putBlob', async () => {
    const { blobUrl, blob, proxy } = await losing();
    expect(await putBlob(room.plain, blobUrl, content, { retry })).toMatchObject({ attempts: 2 });
    expect(await blob.downloadToBuffer()).toEqual(content);
    expect(proxy.lost()).toBe(1);
  });

  const metadata = { Title: 'one', b: '2' };
  test.each([
    ['new', {}],
    ['new', { contentType: 'video/mp4', cacheControl: 'no-store', contentLanguage: 'de', metadata }],
    ['etag', { contentDisposition: 'attachment', contentEncoding: 'identity', metadata }],
  ])('putBlob with onlyIf: %s recognizes its own blob: %j', async (condition, properties) => {
    const { blobUrl, direct, blob, proxy } = await losing();
    if (condition === 'etag') await putBlob(room.plain, direct, Buffer.from('before'));
    const onlyIf = condition === 'new' ? 'new' : { etag: (await getBlobProperties(room.plain, direct)).etag };
    const { response, attempts } = await putBlob(room.plain, blobUrl, content, {
      ...properties,
      onlyIf,
      retry,
    });
    expect([attempts, proxy.lost()]).toEqual([2, 1]);
    expect(response.headers['etag']).toBe((await blob.getProperties()).etag);
    expect(await blob.downloadToBuffer()).toEqual(content);
  });

  test.each([
    ['other bytes', { bytes: Buffer.from('CONTENT') }],
    ['another type', { properties: { contentType: 'text/plain' } }],
    ['other metadata', { properties: { metadata: { a: '1' } } }],
    ['another language', { properties: { contentLanguage: 'fr' } }],
  ])('putBlob with onlyIf does not take a blob with %s for its own', async (_, other) => {
    const { blobUrl, direct, blob } = await losing(() => false);
    const { bytes = content, properties = {} } = other as { bytes?: Buffer; properties?: object };
    let raced = false;
    const racing: Transport = async (request) => {
      if (raced || request.method !== 'PUT') return room.plain(request);
      raced = true;
      await putBlob(room.plain, direct, bytes, properties);
      // Not carried out, but the client cannot know that.
      const cut = closing(await startServer(() => (socket: Socket) => socket.destroy()));
      return room.plain({ ...request, url: cut.origin });
    };
    const error = await rejection(putBlob(racing, blobUrl, content, { onlyIf: 'new', retry }));
    expect(error).toMatchObject({
      name: 'ServiceError',
      status: 409,
      code: 'BlobAlreadyExists',
      attempts: 2,
      outcomeUnknown: true,
    });
    expect(error.message).toMatch(/may have been carried out/);
    expect(await blob.downloadToBuffer()).toEqual(bytes);
  });

  test('without permission to read, a refused repetition has an unknown outcome', async () => {
    const { containerUrl, blob } = await losing();
    const container = containerUrl.split('/').at(-1) ?? '';
    const sas = serviceSas(azuriteAccount, { container }, { sp: 'w', se: '2035-01-01T00:00:00Z' });
    const url = blobUrlInContainer(`${containerUrl}?${sas}`, 'video.mp4');
    const error = await rejection(putBlob(room.plain, url, content, { onlyIf: 'new', retry }));
    expect(error).toMatchObject({ status: 409, attempts: 2, outcomeUnknown: true });
    expect(await blob.downloadToBuffer()).toEqual(content);
  });

  test('a refusal of the first try is a plain refusal', async () => {
    const { blobUrl, direct } = await losing(() => false);
    await putBlob(room.plain, direct, content);
    const error = await rejection(putBlob(room.plain, blobUrl, content, { onlyIf: 'new', retry }));
    expect(error).toMatchObject({ status: 409, attempts: 1, outcomeUnknown: false });
  });

  test('putBlock', async () => {
    const { blobUrl, direct } = await losing();
    await putBlock(room.plain, blobUrl, btoa('a'), content, { retry });
    expect((await getBlockList(room.plain, direct, 'uncommitted')).blocks).toHaveLength(1);
  });

  test.each(['new', 'etag'])('putBlockList with onlyIf: %s recognizes its own blocks', async (condition) => {
    const { blobUrl, direct, blob, proxy } = await losing(isCommit);
    if (condition === 'etag') await putBlob(room.plain, direct, Buffer.from('before'));
    const onlyIf = condition === 'new' ? 'new' : { etag: (await getBlobProperties(room.plain, direct)).etag };
    await putBlock(room.plain, direct, btoa('a'), content);
    const { response } = await putBlockList(room.plain, blobUrl, [btoa('a')], { onlyIf, retry });
    expect(proxy.lost()).toBe(1);
    expect(response.headers['etag']).toBe((await blob.getProperties()).etag);
  });

  test('putBlockList with onlyIf does not take other blocks for its own', async () => {
    const { blobUrl, direct } = await losing(isCommit);
    await putBlock(room.plain, direct, btoa('b'), content);
    const racing: Transport = async (request) => {
      if (request.method === 'PUT')
        await putBlockList(room.plain, direct, [btoa('b')]).catch(() => undefined);
      return room.plain(request);
    };
    await putBlock(room.plain, direct, btoa('a'), content);
    const error = await rejection(putBlockList(racing, blobUrl, [btoa('a')], { onlyIf: 'new', retry }));
    expect(error).toMatchObject({ status: 409, attempts: 2, outcomeUnknown: true });
  });

  test.each([
    ['one request', 10, {}],
    ['blocks', 3 * BLOCK, {}],
    ['one block, only if new', 10, { overwrite: false }],
    ['blocks, only if new', 3 * BLOCK, { overwrite: false }],
    ['blocks, resumable', 3 * BLOCK, { resumable: true }],
  ])('uploadBlob (uploadBlob with overwrite: false) in %s', async (_, size, options) => {
    const { blobUrl, blob, proxy } = await losing();
    const bytes = someBytes(size);
    const all = { blockSizeBytes: BLOCK, retry, ...options };
    const { etag } = await uploadBlob(room.plain, blobUrl, bytesSource(bytes), all);
    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
    expect(etag).toBe((await blob.getProperties()).etag);
    expect(proxy.lost()).toBeGreaterThan(0);
  });

  test('putBlockList', async () => {
    const { blobUrl, direct, blob, proxy } = await losing(isCommit);
    await putBlock(room.plain, direct, btoa('a'), content);
    expect(await putBlockList(room.plain, blobUrl, [btoa('a')], { retry })).toMatchObject({ attempts: 2 });
    expect(await blob.downloadToBuffer()).toEqual(content);
    expect(proxy.lost()).toBe(1);
  });

  test('uploadFolder', async () => {
    const { containerUrl, blob, proxy } = await losing();
    const container = containerUrl.split('/').at(-1) ?? '';
    const sas = serviceSas(azuriteAccount, { container }, { sp: 'rw', se: '2035-01-01T00:00:00Z' });
    const folder = await mkdtemp(join(tmpdir(), 'ams-rest-repetition-'));
    await writeFile(join(folder, 'video.mp4'), content);
    const uploaded = await uploadFolder(room.plain, `${containerUrl}?${sas}`, folder, { retry });
    await rm(folder, { recursive: true });
    expect(uploaded).toMatchObject([{ blobName: 'video.mp4', sizeBytes: content.length }]);
    expect(await blob.downloadToBuffer()).toEqual(content);
    expect(proxy.lost()).toBe(1);
  });

  test('uploadStream, only if new', async () => {
    const { blobUrl, blob } = await losing();
    const bytes = someBytes(3 * BLOCK);
    const options = { blockSizeBytes: BLOCK, retry, overwrite: false };
    await uploadStream(room.plain, blobUrl, new Blob([bytes]).stream(), options);
    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
  });
});

describe('deleting', () => {
  test.each([false, true])('deleteBlob (deleteBlob with etag: %s) was there', async (byEtag) => {
    const { blobUrl, direct, blob, proxy } = await losing();
    await putBlob(room.plain, direct, content);
    const { etag } = await getBlobProperties(room.plain, direct);
    expect(await deleteBlob(room.plain, blobUrl, { retry, ...(byEtag && { etag }) })).toBe(true);
    expect([await blob.exists(), proxy.lost()]).toEqual([false, 1]);
  });

  test('deleteContainer was there', async () => {
    const { signing, containerUrl, proxy } = await losing();
    expect(await deleteContainer(signing, containerUrl, { retry })).toBe(true);
    expect(proxy.lost()).toBe(1);
  });
});

describe('a container being deleted', () => {
  const deleting = answer(409, '', { 'x-ms-error-code': 'ContainerBeingDeleted' });

  test('by an earlier try was there', async () => {
    const server = closing(
      await startServer([
        (socket) => socket.destroy(),
        deleting,
        deleting.replace(/\r\n\r\n.*/s, '\r\n\r\n'),
      ]),
    );
    expect(await deleteContainer(room.plain, `${server.origin}/c`, { retry })).toBe(true);
    expect(server.received.map(({ method }) => method)).toEqual(['DELETE', 'DELETE', 'HEAD']);
  });

  test('by somebody else is an error', async () => {
    const server = closing(await startServer(deleting));
    const error = await rejection(deleteContainer(room.plain, `${server.origin}/c`, { retry }));
    expect(error).toMatchObject({ status: 409, code: 'ContainerBeingDeleted', outcomeUnknown: false });
  });
});

describe('containers', () => {
  test('createContainer made it', async () => {
    const { signing, containerUrl, proxy } = await losing();
    expect(await createContainer(signing, `${containerUrl}-new`, { retry })).toBe(true);
    expect(proxy.lost()).toBe(1);
  });

  const policy = { id: 'a', start: '', expiry: '2035-01-01T00:00:00Z', permission: 'r' };
  test('setContainerAccess', async () => {
    const { signing, containerUrl, directContainer } = await losing();
    await setContainerAccess(signing, containerUrl, { policies: [policy], publicAccess: 'blob' }, { retry });
    expect(await getContainerAccess(room.signing, directContainer)).toMatchObject({
      policies: [policy],
      publicAccess: 'blob',
    });
  });

  /** The service compares to the second, so the condition is broken only by a later one: played by a script. */
  const acl = (...ids: string[]) =>
    answer(
      200,
      `<SignedIdentifiers>${ids.map((id) => `<SignedIdentifier><Id>${id}</Id></SignedIdentifier>`).join('')}</SignedIdentifiers>`,
      { 'last-modified': 'Tue, 01 Jan 2030 00:00:00 GMT' },
    );
  const refused = answer(412, '', { 'x-ms-error-code': 'ConditionNotMet' });

  test('setContainerAccess with ifUnmodifiedSince', async () => {
    const access = { policies: [{ id: 'a' }], publicAccess: undefined };
    const options = { retry, ifUnmodifiedSince: 'Tue, 01 Jan 2030 00:00:00 GMT' };
    for (const [found, isOurs] of [
      [acl('a'), true],
      [acl('b'), false],
      [acl('a').replace('\r\n\r\n', '\r\nx-ms-blob-public-access: blob\r\n\r\n'), false],
    ] as const) {
      const server = closing(await startServer([(socket) => socket.destroy(), refused, found]));
      const set = setContainerAccess(room.plain, `${server.origin}/c`, access, options);
      if (isOurs) await set;
      else expect(await rejection(set)).toMatchObject({ status: 412, outcomeUnknown: true });
    }
  });

  test('updateStoredPolicies makes its change once', async () => {
    const changes: string[][] = [];
    const server = closing(await startServer([acl(), (socket) => socket.destroy(), refused, acl('added')]));
    await updateStoredPolicies(
      room.plain,
      `${server.origin}/c`,
      (policies) => {
        changes.push(policies.map(({ id }) => id));
        return [...policies, { id: 'added' }];
      },
      { retry },
    );
    expect(changes).toEqual([[]]);
    expect(server.received.map(({ method }) => method)).toEqual(['GET', 'PUT', 'PUT', 'GET']);
  });

  test('updateStoredPolicies does not change again what it may have changed', async () => {
    const server = closing(
      await startServer([acl(), (socket) => socket.destroy(), refused, acl('somebody')]),
    );
    const change = updateStoredPolicies(
      room.plain,
      `${server.origin}/c`,
      (policies) => [...policies, { id: 'added' }],
      { retry },
    );
    expect(await rejection(change)).toMatchObject({ status: 412, outcomeUnknown: true });
  });

  test('updateStoredPolicies starts again when somebody else was quicker', async () => {
    const server = closing(await startServer([acl(), refused, acl('somebody'), answer(200)]));
    await updateStoredPolicies(
      room.plain,
      `${server.origin}/c`,
      (policies) => [...policies, { id: 'added' }],
      { retry },
    );
    expect(server.received.at(-1)?.body).toContain('<Id>somebody</Id>');
  });
});

test('getUserDelegationKey is a POST that only reads, and is repeated', async () => {
  const key =
    '<UserDelegationKey><SignedOid>o</SignedOid><SignedTid>t</SignedTid><SignedStart>a</SignedStart><SignedExpiry>b</SignedExpiry>' +
    '<SignedService>b</SignedService><SignedVersion>v</SignedVersion><Value>a2V5</Value></UserDelegationKey>';
  const server = closing(await startServer([answer(503), (socket) => socket.destroy(), answer(200, key)]));
  const { value } = await getUserDelegationKey(room.plain, server.origin, new Date(0), new Date(1000), {
    retry,
  });
  expect(value).toBe('a2V5');
  expect(server.received).toHaveLength(3);
});

test.each(storage)('the table’s $call is played here', async ({ call }) => {
  const source = await readFile(__filename, 'utf8');
  expect(source.slice(source.indexOf('describe('))).toContain(call);
});
