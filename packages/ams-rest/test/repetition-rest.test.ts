/**
 * Each call that changes something in Media Services, Resource Manager or at the token endpoint, when its first answer is
 * lost: the request was carried out, the connection is cut, and the repetition gets what the service answers to a second
 * time.
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import * as heart from '../src';
import * as credentials from '../src/credentials';
import * as resourceManager from '../src/resource-manager';
import * as storageModule from '../src/storage';
import { closing } from './helpers/closing';
import { answer, startServer, type Reply } from './helpers/scripted-server';
import { listCredential, rejection } from './helpers/values';
import { rest } from './repetition/table';

const library = { ...heart, ...credentials, ...resourceManager, ...storageModule };

const { AmsClient, ArmClient, AuthenticationError } = library;
const retry = { baseDelayMs: 1 };
const cut = (socket: Socket) => socket.destroy();
const credential = listCredential('token');
const subscriptionId = '00000000-0000-4000-8000-000000000001';
const account = { subscriptionId, resourceGroup: 'group', name: 'films' };
const storageAccount = { ...account, name: 'filmstore' };

async function serve(...replies: Reply[]) {
  return closing(await startServer(replies));
}

async function ams(...replies: Reply[]) {
  const server = await serve(...replies);
  return { server, client: new AmsClient({ endpoint: `${server.origin}/api/`, credential, retry }) };
}

async function arm(...replies: Reply[]) {
  const server = await serve(...replies);
  return { server, client: new ArmClient({ endpoint: server.origin, credential, retry }) };
}

const unknown = { name: 'NetworkError', attempts: 1, outcomeUnknown: true };

describe('AmsClient.request', () => {
  test('AmsClient.request: GET, also of functions (CreateFileInfos)', async () => {
    const { client, server } = await ams(cut, answer(204));
    expect((await client.request('GET', 'CreateFileInfos', { query: { assetid: "'a'" } })).status).toBe(204);
    expect(server.received).toHaveLength(2);
  });

  test('AmsClient.request: POST', async () => {
    const { client, server } = await ams(cut, answer(201, { d: {} }));
    expect(await rejection(client.request('POST', 'Assets', { body: {} }))).toMatchObject(unknown);
    expect(server.received).toHaveLength(1);
  });

  test.each(['PUT', 'MERGE', 'PATCH'] as const)(
    'AmsClient.request: PUT, MERGE, PATCH (%s)',
    async (method) => {
      const { client, server } = await ams(cut, answer(204));
      expect((await client.request(method, "Assets('a')", { body: { Name: 'b' } })).status).toBe(204);
      expect(server.received.map(({ body }) => body)).toEqual(Array(2).fill('{"Name":"b"}'));
    },
  );

  test('AmsClient.request: DELETE', async () => {
    const { client, server } = await ams(cut, answer(404));
    await client.request('DELETE', "Assets('a')");
    expect(server.received).toHaveLength(2);
    // Throttled is not lost: then the 404 is the answer.
    const throttled = await ams(answer(503, '', { 'retry-after': '0' }), answer(404));
    const error = await rejection(throttled.client.request('DELETE', "Assets('a')"));
    expect(error).toMatchObject({ status: 404, attempts: 2 });
  });
});

describe('ArmClient', () => {
  test('ArmClient.request: POST', async () => {
    const { client, server } = await arm(cut, answer(200, {}));
    const call = client.request('POST', '/subscriptions/s/x', { apiVersion: '2015-10-01' });
    expect(await rejection(call)).toMatchObject(unknown);
    expect(server.received).toHaveLength(1);
  });

  test('createResourceGroup, createStorageAccount, createMediaAccount', async () => {
    const made = {
      id: '/x',
      name: 'films',
      properties: { provisioningState: 'Succeeded', storageAccounts: [] },
    };
    for (const create of [
      (client: resourceManager.ArmClient) => library.createResourceGroup(client, account, 'westus'),
      (client: resourceManager.ArmClient) =>
        library.createStorageAccount(client, account, { location: 'westus' }),
      (client: resourceManager.ArmClient) =>
        library.createMediaAccount(client, account, { location: 'westus', storageAccount }),
    ]) {
      const { client, server } = await arm(cut, answer(200, made));
      await create(client);
      expect(server.received.map(({ method }) => method)).toEqual(['PUT', 'PUT']);
    }
  });

  test('attachStorageAccount', async () => {
    const before = {
      id: '/x',
      name: 'films',
      properties: { storageAccounts: [{ id: '/first', isPrimary: true }] },
    };
    const { client, server } = await arm(answer(200, before), cut, answer(200, before));
    await library.attachStorageAccount(client, account, storageAccount);
    const [, first, second] = server.received;
    expect(second).toMatchObject({ method: 'PATCH', body: first?.body ?? '' });
  });

  test('deleteStorageAccount, deleteMediaAccount', async () => {
    for (const remove of [library.deleteStorageAccount, library.deleteMediaAccount]) {
      const { client } = await arm(cut, answer(204));
      expect(await remove(client, account)).toBe(true);
      const absent = await arm(answer(503, '', { 'retry-after': '0' }), answer(204));
      expect(await remove(absent.client, account)).toBe(false);
    }
  });

  test('assignRole', async () => {
    const { client, server } = await arm(cut, answer(200, { id: '/r', name: 'r', properties: {} }));
    await library.assignRole(client, `/subscriptions/${subscriptionId}`, { principalId: 'p' });
    const [first, second] = server.received;
    expect(second).toEqual({ ...first, headers: expect.anything() as object });
  });

  test('regenerateStorageAccountKey, regenerateMediaAccountKey', async () => {
    for (const regenerate of [
      (client: resourceManager.ArmClient) => library.regenerateStorageAccountKey(client, account, 'key1'),
      (client: resourceManager.ArmClient) => library.regenerateMediaAccountKey(client, account, 'Primary'),
    ]) {
      const { client, server } = await arm(cut, answer(200, { keys: [], key: 'k' }));
      expect(await rejection(regenerate(client))).toMatchObject(unknown);
      expect(server.received).toHaveLength(1);
    }
  });

  test('syncStorageKeys, registerProvider', async () => {
    for (const call of [
      (client: resourceManager.ArmClient) => library.syncStorageKeys(client, account, storageAccount),
      (client: resourceManager.ArmClient) =>
        library.registerProvider(client, subscriptionId, 'Microsoft.Media'),
    ]) {
      const { client, server } = await arm(cut, answer(200, { registrationState: 'Registered' }));
      await call(client);
      expect(server.received.map(({ method }) => method)).toEqual(['POST', 'POST']);
    }
  });

  test('listStorageAccountKeys, listMediaAccountKeys', async () => {
    for (const list of [library.listStorageAccountKeys, library.listMediaAccountKeys]) {
      const { client, server } = await arm(cut, answer(503), answer(200, { keys: [] }));
      await list(client, account);
      expect(server.received).toHaveLength(3);
    }
  });

  test('checkStorageAccountName, checkMediaAccountName', async () => {
    for (const check of [library.checkStorageAccountName, library.checkMediaAccountName]) {
      const { client, server } = await arm(cut, answer(503), answer(200, { nameAvailable: true }));
      expect(await check(client, subscriptionId, 'films')).toEqual({ nameAvailable: true });
      expect(server.received).toHaveLength(3);
    }
  });
});

describe('the token endpoint', () => {
  const authority = { tenantId: 't', clientId: 'c' };
  const token = answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: 'a' });

  test('requestToken and the credentials of services', async () => {
    const server = await serve(cut, token);
    const service = library.clientSecretCredential({
      ...authority,
      clientSecret: 'secret',
      authorityHost: server.origin,
      retry,
    });
    expect((await service.getToken('r/.default')).token).toBe('a');
    expect(server.received).toHaveLength(2);
  });

  test('authorizationCodeCredential', async () => {
    const redeemed = answer(400, {
      error: 'invalid_grant',
      error_description: 'AADSTS54005: OAuth2 Authorization code was already redeemed.',
      error_codes: [54005],
    });
    const server = await serve(cut, redeemed);
    const person = library.authorizationCodeCredential({
      ...authority,
      authorityHost: server.origin,
      retry,
      openBrowser: async (url) => {
        const { searchParams } = new URL(url);
        const back = new URL(searchParams.get('redirect_uri') ?? '');
        back.search = new URLSearchParams({
          code: 'code',
          state: searchParams.get('state') ?? '',
        }).toString();
        await (await fetch(back)).text();
      },
    });
    const error = await rejection(person.getToken('r/.default'));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({
      code: 'invalid_grant',
      hint: expect.stringMatching(/sign in again/) as string,
    });
    expect(server.received).toHaveLength(2);
  });
});

test.each(rest)('the table’s $call is played here', async ({ call }) => {
  expect(await readFile(__filename, 'utf8')).toContain(`'${call}`);
});
