/** With the libraries that others use: theirs in our client, ours where theirs is expected, and both judge the emulator. */
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { AccessToken, TokenCredential as CoreTokenCredential } from '@azure/core-auth';
import { ClientCertificateCredential, ClientSecretCredential } from '@azure/identity';
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node';
import { AmsClient, clientSecretCredential } from '../src';
import { authorizationCodeCredential, clientCertificateCredential } from '../src/credentials';
import { PUBLIC_AUTHORITY_HOST } from '../src/token/token-endpoint';
import { authorityOf, claimsOf, emulatorForFile, watchedTransport } from './helpers/emulator';
import { rsaCertificate, type RsaCertificate } from './helpers/rsa-certificate';
import { rejection } from './helpers/values';

const emulator = emulatorForFile();
const SCOPE = 'https://rest.media.azure.net/.default';

let certificate: RsaCertificate;
beforeAll(async () => {
  certificate = await rsaCertificate('interop');
  emulator().entra.addCertificate(certificate.cert);
});

/** These libraries use the real address, at which the emulator answers. */
const here = (url: string) => url.replace(PUBLIC_AUTHORITY_HOST, emulator().url);

describe('@azure/identity', () => {
  const toEmulator = {
    disableInstanceDiscovery: true,
    additionalPolicies: [
      {
        position: 'perRetry' as const,
        policy: {
          name: 'emulator',
          sendRequest<R extends { url: string; allowInsecureConnection?: boolean }, A>(
            request: R,
            next: (request: R) => A,
          ): A {
            request.url = here(request.url);
            request.allowInsecureConnection = true;
            return next(request);
          },
        },
      },
    ],
  };

  test('its client secret credential opens the API through AmsClient', async () => {
    const { tenantId, clientId, clientSecret, apiEndpoint } = emulator();
    const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, toEmulator);
    const ams = new AmsClient({ endpoint: apiEndpoint, credential });
    expect((await ams.request('GET', 'Assets')).status).toBe(200);
  });

  test('its client certificate credential too', async () => {
    const { tenantId, clientId, apiEndpoint } = emulator();
    const pem = { certificate: certificate.pem };
    const credential = new ClientCertificateCredential(tenantId, clientId, pem, toEmulator);
    const ams = new AmsClient({ endpoint: apiEndpoint, credential });
    expect((await ams.request('GET', 'Assets')).status).toBe(200);
  });
});

test('ours is a TokenCredential of @azure/core-auth', async () => {
  const { transport } = watchedTransport();
  const { clientSecret } = emulator();
  const ours: readonly CoreTokenCredential[] = [
    clientSecretCredential({ ...authorityOf(emulator()), clientSecret, transport }),
    clientCertificateCredential({ ...authorityOf(emulator()), certificate: certificate.pem, transport }),
    authorizationCodeCredential({ ...authorityOf(emulator()), transport, openBrowser: (url) => fetch(url) }),
  ];
  const options = {
    abortSignal: new AbortController().signal,
    enableCae: true,
    tenantId: emulator().tenantId,
  };
  for (const credential of ours) {
    const token: AccessToken | null = await credential.getToken([SCOPE], options);
    expect(token?.expiresOnTimestamp).toBeGreaterThan(Date.now());
  }
});

describe('@azure/msal-node', () => {
  /** MSAL's network, which takes and gives plain values. */
  const send = async (method: 'GET' | 'POST', url: string, options?: { headers?: object; body?: string }) => {
    const response = await fetch(here(url), {
      method,
      headers: { ...options?.headers },
      ...(options?.body !== undefined && { body: options.body }),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: (await response.json()) as never, // Of whatever type MSAL expects.
    };
  };
  const configuration = (auth: object) => ({
    auth: {
      clientId: emulator().clientId,
      authority: `${PUBLIC_AUTHORITY_HOST}/${emulator().tenantId}`,
      ...auth,
    },
    system: {
      networkClient: {
        sendGetRequestAsync: (url: string, options?: object) => send('GET', url, options),
        sendPostRequestAsync: (url: string, options?: object) => send('POST', url, options),
      },
    },
  });

  test.each([
    ['a secret', () => ({ clientSecret: emulator().clientSecret }), '1'],
    [
      'a certificate',
      () => ({
        clientCertificate: {
          privateKey: certificate.key,
          thumbprintSha256: thumbprint(),
          x5c: certificate.cert,
        },
      }),
      '2',
    ],
  ])('gets a token by %s, which opens the API through AmsClient', async (_, auth, proof) => {
    const app = new ConfidentialClientApplication(configuration(auth()));
    const credential = {
      async getToken(scopes: string | string[]) {
        const result = await app.acquireTokenByClientCredential({ scopes: [scopes].flat() });
        return result && { token: result.accessToken, expiresOnTimestamp: result.expiresOn?.getTime() ?? 0 };
      },
    };
    const ams = new AmsClient({ endpoint: emulator().apiEndpoint, credential });
    expect((await ams.request('GET', 'Assets')).status).toBe(200);
    expect(claimsOf((await credential.getToken(SCOPE))?.token)['appidacr']).toBe(proof);
  });

  test('signs a person in by code, and goes on by refresh token', async () => {
    const app = new PublicClientApplication(configuration({}));
    const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
    const request = { scopes: [SCOPE], redirectUri: 'http://localhost:1' };
    const url = await app.getAuthCodeUrl({
      ...request,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
    });
    const redirect = await fetch(here(url), { redirect: 'manual' });
    const code = new URL(redirect.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const result = await app.acquireTokenByCode({ ...request, code, codeVerifier: verifier });
    expect(result.account?.username).toBe(emulator().entra.user.userPrincipalName);
    if (!result.account) throw new Error('no account');
    const silent = { account: result.account, scopes: [SCOPE], forceRefresh: true };
    expect((await app.acquireTokenSilent(silent)).accessToken).not.toBe(result.accessToken);
  });

  test('reads a refusal', async () => {
    const app = new ConfidentialClientApplication(configuration({ clientSecret: 'wrong' }));
    const error = await rejection(app.acquireTokenByClientCredential({ scopes: [SCOPE] }));
    expect(error).toMatchObject({ errorCode: 'invalid_client', errorNo: 7000215 });
  });

  const thumbprint = () => new X509Certificate(certificate.cert).fingerprint256.replaceAll(':', '');
});

test('openid-client: discovery, client credentials, device code, sign-in with ID token, refresh', async () => {
  const { url, tenantId, clientId, clientSecret } = emulator();
  const program = join(__dirname, 'programs/openid-client.mjs');
  const child = spawn(process.execPath, [program, `${url}/${tenantId}/v2.0`, clientId], {
    env: { ...process.env, PLANTED_SECRET: clientSecret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const app = { type: 'bearer', life: 3599, hasRefreshToken: false };
  expect(JSON.parse(printed)).toEqual({
    post: app,
    basic: app,
    wrong: { error: 'invalid_client', status: 401 },
    deviceCode: { hasUserCode: true, interval: 5 },
    signIn: { name: emulator().entra.user.name, refreshed: true },
  });
});
