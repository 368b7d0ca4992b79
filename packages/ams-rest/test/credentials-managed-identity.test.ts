import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import {
  AmsClient,
  AuthenticationError,
  NetworkError,
  ProtocolError,
  type HttpResponse,
  type TokenCredential,
} from '../src';
import { probeImds } from '../src/credentials';
import {
  appServiceCredential,
  arcCredential,
  imdsCredential,
  type ArcIdentityOptions,
  type UserAssignedIdentity,
} from '../src/credentials';
import { buildAppServiceRequest } from '../src/credentials/app-service-identity';
import { buildImdsRequest } from '../src/credentials/imds';
import { judgeArcChallenge } from '../src/credentials/arc-identity';
import { judgeIdentityResponse } from '../src/credentials/managed-identity';
import { closing } from './helpers/closing';
import { claimsOf, emulatorForFile, watchedTransport } from './helpers/emulator';
import { answer, startServer } from './helpers/scripted-server';
import { everyPrint, rejection, request } from './helpers/values';

const emulator = emulatorForFile();
const RESOURCE = 'https://rest.media.azure.net';
const SCOPE = `${RESOURCE}/.default`;
const SENT_AT = 1_700_000_000_000;

let keyFolder: { path: string; windows: boolean };
beforeAll(async () => {
  keyFolder = { path: (await mkdtemp(join(tmpdir(), 'ams-rest-arc-'))) + sep, windows: false };
  emulator().entra.startArc(keyFolder.path);
});
afterAll(() => rm(keyFolder.path, { recursive: true, force: true }));

interface Choice {
  readonly identity?: UserAssignedIdentity;
}

/** A credential for each kind of host, all of them played by the emulator. */
const hosts: readonly [name: string, make: (choice?: Choice) => TokenCredential][] = [
  ['IMDS', (choice) => imdsCredential({ host: emulator().url, transport: transport(), ...choice })],
  [
    'App Service',
    (choice) => appServiceCredential({ ...emulator().entra.appService, transport: transport(), ...choice }),
  ],
  ['Arc', (choice) => arcCredential({ ...arcOptions(), ...choice })],
];

function transport() {
  return watchedTransport().transport;
}

function arcOptions(): ArcIdentityOptions {
  return { endpoint: emulator().entra.arcEndpoint, keyFolder, transport: transport() };
}

describe.each(hosts)('%s', (_, credential) => {
  test('the system-assigned identity opens the Media Services API', async () => {
    const ams = new AmsClient({ endpoint: emulator().apiEndpoint, credential: credential() });
    expect((await ams.request('GET', 'Assets')).status).toBe(200);
  });

  test('a user-assigned identity is named by each of its three ids', async () => {
    const { clientId, objectId, resourceId } = emulator().entra.userAssignedIdentity;
    for (const identity of [{ clientId }, { objectId }, { resourceId }]) {
      const token = await credential({ identity }).getToken(SCOPE);
      expect(claimsOf(token?.token)).toMatchObject({ appid: clientId, oid: objectId });
    }
  });

  test('an identity that the host does not have, and an unknown resource, are refused with a hint', async () => {
    const identity = { clientId: '00000000-0000-4000-8000-000000000000' };
    const unknown = await rejection(credential({ identity }).getToken(SCOPE));
    expect(unknown).toBeInstanceOf(AuthenticationError);
    expect(unknown).toMatchObject({ status: 400, hint: expect.stringMatching(/no such identity/) as string });
    const wrong = await rejection(credential().getToken('https://nobody.example/.default'));
    expect(wrong).toMatchObject({
      errorCodes: [500011],
      hint: expect.stringMatching(/must match exactly/) as string,
    });
  });

  test('a scope that is not a resource is a TypeError', async () => {
    expect(await rejection(credential().getToken(RESOURCE))).toBeInstanceOf(TypeError);
  });
});

describe('the requests', () => {
  const selector = (name: string, url: string) => new URL(url).searchParams.get(name);

  test('IMDS: the proving header, and the documented spellings', () => {
    const built = buildImdsRequest('https://management.azure.com/', { identity: { resourceId: '/x y' } });
    expect(built).toMatchObject({
      method: 'GET',
      url:
        'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01' +
        '&resource=https%3A%2F%2Fmanagement.azure.com%2F&msi_res_id=%2Fx+y',
      headers: { metadata: 'true' },
    });
  });

  test('App Service: its own spellings, and a header that printing hides', () => {
    const options = { endpoint: 'http://169.254.131.1:8081/msi/token', header: 'the-app-s-own-header' };
    const built = (identity: UserAssignedIdentity) =>
      buildAppServiceRequest(RESOURCE, { ...options, identity });
    expect(selector('principal_id', built({ objectId: 'o' }).url)).toBe('o');
    expect(selector('mi_res_id', built({ resourceId: 'r' }).url)).toBe('r');
    expect(built({ clientId: 'c' }).headers['x-identity-header']).toBe(options.header);
    expect(JSON.stringify(built({ clientId: 'c' }))).not.toContain(options.header);
    expect(everyPrint(appServiceCredential(options))).not.toContain(options.header);
  });

  test.each([
    ['http to a public address', () => imdsCredential({ host: 'http://8.8.8.8' })],
    ['no URL', () => imdsCredential({ host: 'imds' })],
    [
      'an endpoint on the network',
      () => appServiceCredential({ endpoint: 'http://evil.example/', header: 'x' }),
    ],
    [
      'an address that only begins well',
      () => appServiceCredential({ endpoint: 'http://169.254.1.1.evil.example/', header: 'x' }),
    ],
    [
      'an address in place of the user',
      () =>
        appServiceCredential({ endpoint: 'http://169.254.1.1:x@evil.example:8080/msi/token', header: 'x' }),
    ],
    [
      'a private address in place of the user',
      () => appServiceCredential({ endpoint: 'http://10.0.0.1@evil.example/', header: 'x' }),
    ],
    [
      'a user at a private address',
      () => appServiceCredential({ endpoint: 'http://me:secret@10.0.0.1/', header: 'x' }),
    ],
    ['a name that begins like an address', () => imdsCredential({ host: 'http://10.0.0.1.evil.example' })],
    ['an address beside the private ones', () => imdsCredential({ host: 'http://172.32.0.1' })],
    ['an IPv6 address of the Internet', () => imdsCredential({ host: 'http://[2001:db8::1]' })],
    ['an IPv4 address inside IPv6', () => imdsCredential({ host: 'http://[::ffff:10.0.0.1]' })],
    ['a name that is all digits but one', () => imdsCredential({ host: 'http://10.0.0.a' })],
    ['no header', () => appServiceCredential({ endpoint: 'http://127.0.0.1/', header: '' })],
    ['an Arc agent on the network', () => arcCredential({ endpoint: 'http://10.0.0.1/' })],
  ])('%s: TypeError', (_, make) => {
    expect(make).toThrow(TypeError);
  });
});

test.each([
  'http://172.16.5.3:8081/msi/token', // App Service, Linux containers.
  'http://10.92.0.14:2377/metadata/identity/oauth2/token',
  'http://192.168.1.1/msi/token',
  'http://169.254.131.3:8081/msi/token',
  'http://[fe80::1]:8081/msi/token',
  'http://[fd00:ec2::1]/msi/token',
  'http://localhost:42356/msi/token', // Container Apps.
  'https://host.example/msi/token',
])('a platform may put its endpoint at %s', (endpoint) => {
  expect(buildAppServiceRequest(RESOURCE, { endpoint, header: 'x' }).url.startsWith(`${endpoint}?`)).toBe(
    true,
  );
});

describe('the clock given as an option', () => {
  const now = () => SENT_AT;
  const token = answer(200, { access_token: 't', token_type: 'Bearer', expires_in: '3600' });

  test('times the tokens of IMDS and App Service', async () => {
    const server = closing(await startServer(token));
    for (const credential of [
      imdsCredential({ host: server.origin, transport: transport(), now }),
      appServiceCredential({
        endpoint: `${server.origin}/msi/token`,
        header: 'x',
        transport: transport(),
        now,
      }),
    ])
      expect((await credential.getToken(SCOPE)).expiresOnTimestamp).toBe(SENT_AT + 3_600_000);
  });

  test('times the tokens of Arc', async () => {
    await writeFile(`${keyFolder.path}clock.key`, 'abc');
    const realm = { 'www-authenticate': `Basic realm=${keyFolder.path}clock.key` };
    const agent = closing(await startServer([answer(401, '', realm), token]));
    const credential = arcCredential({
      endpoint: `${agent.origin}/x`,
      keyFolder,
      transport: transport(),
      now,
    });
    expect((await credential.getToken(SCOPE)).expiresOnTimestamp).toBe(SENT_AT + 3_600_000);
  });
});

test.each([
  ['JSON', (header: string) => answer(500, { message: `bad header ${header}`, correlationId: header })],
  ['escaped JSON', (header: string) => answer(500, `{"message":"${header.replace('/', '\\/')}"}`)],
  ['a page', (header: string) => answer(500, `<p>X-IDENTITY-HEADER: ${header.replace('/', '&#x2f;')}</p>`)],
])('an identity header that the host repeats in %s is in no error', async (_, refusal) => {
  const header = 'planted/identity-header';
  const server = closing(await startServer(refusal(header)));
  const retry = { maxRetries: 0 };
  const options = { endpoint: `${server.origin}/msi/token`, header, transport: transport(), retry };
  const error = await rejection(appServiceCredential(options).getToken(SCOPE));
  expect(error).toMatchObject({ name: 'AuthenticationError', status: 500 });
  expect(everyPrint(error)).not.toMatch(/planted|identity-header/);
});

describe('the answers', () => {
  const judge = (body: object, status = 200) => {
    const response: HttpResponse = { status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
    return judgeIdentityResponse(request(), response, SENT_AT);
  };
  const token = { access_token: 't', token_type: 'Bearer' };

  test.each([
    ['IMDS: text', { expires_in: '86399', expires_on: '1', refresh_token: '' }, SENT_AT + 86_399_000],
    ['App Service: expires_on alone', { expires_on: '1700003600' }, 1_700_003_600_000],
    ['a number', { expires_on: 1_700_003_600 }, 1_700_003_600_000],
    ['old platforms: a date', { expires_on: '11/14/2023 23:13:20 +00:00' }, 1_700_003_600_000],
  ])('%s', (_, fields, expiresOnTimestamp) => {
    expect(judge({ ...token, ...fields }).expiresOnTimestamp).toBe(expiresOnTimestamp);
  });

  test('a token that lives longer than two hours is renewed at half its life', () => {
    expect(judge({ ...token, expires_in: '86400' }).refreshAfterTimestamp).toBe(SENT_AT + 43_200_000);
    expect(judge({ ...token, expires_in: '7200' }).refreshAfterTimestamp).toBeUndefined();
  });

  test('errors of both shapes, and none', () => {
    const refused = (body: object) => {
      try {
        return judge(body, 400);
      } catch (error) {
        return error;
      }
    };
    expect(refused({ error: 'invalid_request', error_description: 'Identity not found' })).toMatchObject({
      code: 'invalid_request',
      serviceMessage: 'Identity not found',
    });
    expect(refused({ statusCode: 400, message: 'No, sir', correlationId: 'c' })).toMatchObject({
      serviceMessage: 'No, sir',
      correlationId: 'c',
    });
    expect(refused([])).toBeInstanceOf(AuthenticationError);
  });
});

describe('away from Azure', () => {
  test('one try, and the error says what is missing', async () => {
    const nobody = closing(await startServer(''));
    await nobody.close();
    const { transport: watched, requests } = watchedTransport();
    const error = await rejection(
      imdsCredential({ host: nobody.origin, transport: watched }).getToken(SCOPE),
    );
    expect(error).toBeInstanceOf(NetworkError);
    expect(error.message).toMatch(/not an Azure machine/);
    expect(requests).toHaveLength(1);
    // By name there is nothing else to try, so there is time for an answer that takes seconds.
    expect(requests[0]).toMatchObject({ timeoutMs: 10_000 });
    expect(requests[0]?.headers).not.toHaveProperty('metadata');
  });

  test('an address that swallows everything is given up after the probe’s limit', async () => {
    const silent = closing(await startServer(() => () => undefined));
    const { transport: watched, requests } = watchedTransport();
    const credential = imdsCredential({ host: silent.origin, transport: watched, probeTimeoutMs: 20 });
    expect(await rejection(credential.getToken(SCOPE))).toBeInstanceOf(NetworkError);
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([20]);
  });

  test('a probe that chooses between credentials waits one second', async () => {
    const { transport: watched, requests } = watchedTransport();
    const nobody = closing(await startServer(''));
    await nobody.close();
    expect(await probeImds(watched, { host: nobody.origin })).toBe(false);
    expect(requests[0]).toMatchObject({ timeoutMs: 1000 });
  });

  test('Docker Desktop’s answer for what it cannot reach is none', async () => {
    const docker = closing(
      await startServer(answer(403, 'A socket operation was attempted to an unreachable network.')),
    );
    const credential = imdsCredential({ host: docker.origin, transport: transport() });
    expect(await rejection(credential.getToken(SCOPE))).toBeInstanceOf(NetworkError);
  });

  test('the probe is not repeated once it has found somebody', async () => {
    const { transport: watched, requests } = watchedTransport();
    const credential = imdsCredential({ host: emulator().url, transport: watched });
    const { token } = await credential.getToken(SCOPE);
    await credential.getToken(SCOPE, { refusedToken: token });
    expect(requests.map(({ headers }) => headers['metadata'])).toEqual([undefined, 'true', 'true']);
  });
});

test('IMDS: 404, 410 and 429 are repeated', async () => {
  const good = answer(200, { access_token: 't', token_type: 'Bearer', expires_in: '3600' });
  const imds = closing(await startServer([answer(400), answer(404), answer(410), answer(429), good]));
  const retry = { baseDelayMs: 1 };
  const credential = imdsCredential({ host: imds.origin, transport: transport(), retry });
  expect((await credential.getToken(SCOPE)).token).toBe('t');
  expect(imds.received).toHaveLength(5);
});

describe('the key file of Azure Arc', () => {
  test('its content is sent as it is, once, and never shown', async () => {
    const { transport: watched, requests } = watchedTransport();
    await arcCredential({ ...arcOptions(), transport: watched }).getToken(SCOPE);
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual([
      undefined,
      expect.stringMatching(/^Basic [\w+/]+=*$/),
    ]);
    expect(requests.map((sent) => JSON.stringify(sent)).join()).not.toMatch(/Basic \w/);
    expect(await readdir(keyFolder.path)).not.toEqual([]);
  });

  const challenge = (realm: string) => ({ 'www-authenticate': `Basic realm=${realm}` });

  test('a false agent gets neither a foreign file nor one that is too large', async () => {
    const large = `${keyFolder.path}large.key`;
    await writeFile(large, 'a'.repeat(4097));
    for (const realm of ['/etc/hostname', large]) {
      const agent = closing(await startServer(answer(401, '', challenge(realm))));
      const options = { endpoint: `${agent.origin}/x`, keyFolder, transport: transport() };
      expect(await rejection(arcCredential(options).getToken(SCOPE))).toBeInstanceOf(TypeError);
      expect(agent.received).toHaveLength(1);
    }
  });

  test.each([
    ['no challenge', 401, {}],
    ['another scheme', 401, { 'www-authenticate': 'Bearer realm="/x.key"' }],
    ['a token at once', 200, {}],
  ])('%s is a ProtocolError', (_, status, headers) => {
    expect(() => judgeArcChallenge(request(), { status, headers, body: Buffer.alloc(0) })).toThrow(
      ProtocolError,
    );
  });

  test('a quoted path is understood too, and a Windows path', () => {
    const judged = (realm: string) =>
      judgeArcChallenge(request(), { status: 401, headers: challenge(realm), body: Buffer.alloc(0) });
    expect(judged('"/a b/c.key"')).toBe('/a b/c.key');
    expect(judged('C:\\Tokens\\c.key')).toBe('C:\\Tokens\\c.key');
  });

  test('an agent that passes over the name of the identity is not believed', async () => {
    await writeFile(`${keyFolder.path}known.key`, 'abc');
    const token = { access_token: 't', token_type: 'Bearer', expires_in: '3600' };
    const agent = closing(
      await startServer([answer(401, '', challenge(`${keyFolder.path}known.key`)), answer(200, token)]),
    );
    const identity = { clientId: '00000000-0000-4000-8000-000000000000' };
    const options = { endpoint: `${agent.origin}/x`, keyFolder, transport: transport(), identity };
    expect(await rejection(arcCredential(options).getToken(SCOPE))).toBeInstanceOf(ProtocolError);
  });
});
