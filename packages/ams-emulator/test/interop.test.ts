import { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import { ConfidentialClientApplication, type INetworkModule, type NetworkResponse } from '@azure/msal-node';
import { ClientSecretCredential } from '@azure/identity';
import { ContainerClient } from '@azure/storage-blob';
import { startEmulator, type Emulator } from '../src/index';
import { items, at, startClient, type Client, type Json } from './client';

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
  body = '',
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
