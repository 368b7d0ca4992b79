import { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import { ConfidentialClientApplication, type INetworkModule, type NetworkResponse } from '@azure/msal-node';
import { ClientSecretCredential } from '@azure/identity';
import { ContainerClient } from '@azure/storage-blob';
import { startEmulator, type Emulator } from '../src/index';
import {
  at,
  blobUrl,
  goodForm,
  items,
  sampleFilm,
  startClient,
  task,
  type Client,
  type Json,
} from './client';

// Other people's clients, unchanged, against the emulator.

describe('@azure/storage-blob on a locator', () => {
  let client: Client;
  let asset: Json;
  let container: ContainerClient;

  beforeAll(async () => {
    client = await startClient();
    asset = await client.expect(201, 'POST', 'Assets', { Name: 'sdk' });
    const policy = await client.expect(201, 'POST', 'AccessPolicies', {
      Name: 'all',
      DurationInMinutes: 60,
      Permissions: 15,
    });
    const locator = await client.expect(201, 'POST', 'Locators', {
      AccessPolicyId: policy['Id'],
      AssetId: asset['Id'],
      Type: 1,
    });
    container = new ContainerClient(String(locator['Path']));
  });
  afterAll(() => client.emulator.close());

  test('uploads in blocks, lists, downloads and deletes', async () => {
    const bytes = Buffer.alloc(3_000_000, 'film');
    const blob = container.getBlockBlobClient('big film.mp4');
    await blob.uploadData(bytes, { blockSize: 1_000_000, maxSingleShotSize: 1_000_000, concurrency: 3 });
    const names: string[] = [];
    for await (const item of container.listBlobsFlat()) names.push(item.name);
    expect(names).toEqual(['big film.mp4']);
    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
    await client.expect(204, 'GET', `CreateFileInfos?assetid='${encodeURIComponent(String(asset['Id']))}'`);
    expect(items(await client.expect(200, 'GET', at('Assets', asset, '/Files')))).toMatchObject([
      { Name: 'big film.mp4', ContentFileSize: '3000000' },
    ]);
    await blob.delete();
    expect(await blob.exists()).toBe(false);
  });
});

describe('token libraries over https', () => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator({ https: true });
  });
  afterAll(() => emulator.close());

  const claimsOf = (token: string): unknown =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

  test('the certificate is good for the name and for the address', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      const url = `https://${host}:${new URL(emulator.url).port}/common/discovery/keys`;
      const answer = await sendHttps(emulator, url, 'GET');
      expect(answer.status).toBe(200);
    }
  });

  test('a SAS locator is https too: an upload is encoded and published without a plain request', async () => {
    const form = new URLSearchParams(goodForm(emulator)).toString();
    const asForm = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const tokenUrl = `${emulator.url}/${emulator.tenantId}/oauth2/token`;
    const token = JSON.parse((await sendHttps(emulator, tokenUrl, 'POST', asForm, form)).body) as Json;
    const send = async (method: string, path: string, body?: Json): Promise<Json> => {
      const headers = {
        Authorization: `Bearer ${String(token['access_token'])}`,
        'x-ms-version': '2.19',
        Accept: 'application/json',
        'Content-Type': 'application/json',
      };
      const url = emulator.apiEndpoint + path;
      const text = body === undefined ? '' : JSON.stringify(body);
      const answer = await sendHttps(emulator, url, method, headers, text);
      expect(answer.status).toBeLessThan(300);
      return answer.body === '' ? {} : (JSON.parse(answer.body) as Json);
    };
    const asset = await send('POST', 'Assets', { Name: 'secure' });
    expect(asset['Uri']).toMatch(/^https:/);
    const locatorOf = async (AssetId: unknown, Permissions: number, Type: number): Promise<Json> => {
      const policy = { Name: 'p', DurationInMinutes: 60, Permissions };
      const { Id: AccessPolicyId } = await send('POST', 'AccessPolicies', policy);
      return send('POST', 'Locators', { AccessPolicyId, AssetId, Type });
    };
    const upload = await locatorOf(asset['Id'], 2, 1);
    const blob = { 'x-ms-blob-type': 'BlockBlob' };
    const put = await sendHttps(emulator, blobUrl(upload, 'film.mp4'), 'PUT', blob, sampleFilm);
    expect([put.status, blobUrl(upload, '').slice(0, 8)]).toEqual([201, 'https://']);
    await send('GET', `CreateFileInfos?assetid='${encodeURIComponent(String(asset['Id']))}'`);
    const job = await send('POST', 'Jobs', {
      'InputMediaAssets@odata.bind': [emulator.apiEndpoint + at('Assets', asset)],
      Tasks: [task()],
    });
    emulator.clock.advance(3000);
    const [output = {}] = items(await send('GET', at('Jobs', job, '/OutputMediaAssets')));
    expect(items(await send('GET', at('Assets', output, '/Files')))).toHaveLength(4);
    const origin = await locatorOf(asset['Id'], 1, 2);
    const film = await sendHttps(emulator, `${String(origin['Path'])}film.mp4`, 'GET');
    expect([film.status, film.body]).toEqual([200, sampleFilm.toString()]);
  });

  test('@azure/msal-node gets a token by client secret', async () => {
    const network: INetworkModule = {
      sendGetRequestAsync: async <T>(url: string, options?: { headers?: Record<string, string> }) =>
        asNetworkResponse<T>(await sendHttps(emulator, url, 'GET', options?.headers)),
      sendPostRequestAsync: async <T>(
        url: string,
        options?: { headers?: Record<string, string>; body?: string },
      ) => asNetworkResponse<T>(await sendHttps(emulator, url, 'POST', options?.headers, options?.body)),
    };
    const authority = `${emulator.authorityHost}/${emulator.tenantId}`;
    const application = new ConfidentialClientApplication({
      auth: {
        clientId: emulator.clientId,
        clientSecret: emulator.clientSecret,
        authority,
        knownAuthorities: [new URL(authority).host],
      },
      system: { networkClient: network },
    });
    const result = await application.acquireTokenByClientCredential({
      scopes: [`${emulator.resource}/.default`],
    });
    expect(claimsOf(result?.accessToken ?? '')).toMatchObject({ aud: emulator.resource });
    const wrong = new ConfidentialClientApplication({
      auth: {
        clientId: emulator.clientId,
        clientSecret: 'wrong',
        authority,
        knownAuthorities: [new URL(authority).host],
      },
      system: { networkClient: network },
    });
    await expect(
      wrong.acquireTokenByClientCredential({ scopes: [`${emulator.resource}/.default`] }),
    ).rejects.toMatchObject({ errorCode: 'invalid_client', errorNo: 7000215 });
  });

  test('@azure/identity gets a token by client secret, with its own discovery', async () => {
    const credential = new ClientSecretCredential(
      emulator.tenantId,
      emulator.clientId,
      emulator.clientSecret,
      {
        authorityHost: emulator.authorityHost,
        disableInstanceDiscovery: true,
        tlsOptions: { ca: emulator.certificate ?? '' },
      },
    );
    const { token, expiresOnTimestamp } = await credential.getToken(`${emulator.resource}/.default`);
    expect(claimsOf(token)).toMatchObject({ aud: emulator.resource, appid: emulator.clientId });
    expect(expiresOnTimestamp).toBeGreaterThan(Date.now());
  });
});

interface HttpsAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function sendHttps(
  emulator: Emulator,
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): Promise<HttpsAnswer> {
  const agent = new Agent({ ca: emulator.certificate });
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on('error', reject).end(body);
  });
}

function asNetworkResponse<T>({ status, headers, body }: HttpsAnswer): NetworkResponse<T> {
  return { status, headers, body: JSON.parse(body) as T };
}
