/** Containers and their stored access policies, on a real Azurite. */
import {
  createContainer,
  deleteContainer,
  getBlobProperties,
  getContainerAccess,
  listBlobs,
  listContainers,
  putBlob,
  readBlobRange,
  serviceSas,
  setContainerAccess,
  updateStoredPolicies,
  type StoredPolicy,
} from '../src/storage';
import { NetworkError, type Transport } from '../src';
import { azuriteAccount } from './helpers/azurite-process';
import { closing } from './helpers/closing';
import { answer, startServer } from './helpers/scripted-server';
import { openStorageRoom, recording, type StorageRoom } from './helpers/storage';
import { rejection } from './helpers/values';

let room: StorageRoom;
beforeAll(async () => {
  room = await openStorageRoom();
});
afterAll(() => room.close());

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

describe('a list of containers', () => {
  test('continues over pages, by prefix', async () => {
    const urls = [await room.newContainer(), await room.newContainer(), await room.newContainer()];
    const wanted = urls.map(({ url }) => url.slice(url.lastIndexOf('/') + 1));
    const { transport, requests } = recording(room.signing);
    const found: string[] = [];
    for await (const name of listContainers(transport, room.accountUrl, { prefix: 'room-', pageSize: 2 }))
      found.push(name);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(requests.length).toBe(Math.ceil(found.length / 2));
    for await (const name of listContainers(room.signing, room.accountUrl, { prefix: 'none-' }))
      throw new Error(name);
  });

  test('is requested again after a 503', async () => {
    const page =
      '<EnumerationResults><Containers><Container><Name>a</Name></Container></Containers></EnumerationResults>';
    const server = closing(await startServer([answer(503, ''), answer(200, page)]));
    const found: string[] = [];
    const retry = { baseDelayMs: 1 };
    for await (const name of listContainers(room.plain, server.origin, { retry })) found.push(name);
    expect(found).toEqual(['a']);
    expect(server.received).toHaveLength(2);
  });
});

describe('a list that never ends', () => {
  const page = (marker: string, blobs = '') =>
    answer(
      200,
      `<EnumerationResults><Blobs>${blobs}</Blobs><NextMarker>${marker}</NextMarker></EnumerationResults>`,
    );
  const list = async (origin: string) => {
    const items = listBlobs(room.plain, `${origin}/c`);
    while (!(await items.next()).done);
  };

  test.each([1, 2, 7])('that goes round in a circle of %d pages is an error', async (length) => {
    const blob = '<Blob><Name>a</Name></Blob>';
    const server = closing(await startServer((_, index) => page(`m${index % length}`, blob)));
    expect((await rejection(list(server.origin))).message).toMatch(
      /no end: it leads back to an earlier page/,
    );
    expect(server.received.length).toBeLessThan(40);
  });

  test('by pages without a blob is an error', async () => {
    const server = closing(await startServer((_, index) => page(`m${index}`)));
    expect((await rejection(list(server.origin))).message).toMatch(/no end: 100 pages/);
    expect(server.received).toHaveLength(100);
  });
});
