import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { startEmulator, type Emulator } from '../src/index';
import { goodForm, requestToken, type Answer } from './client';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

function claimsOf(token: unknown): Record<string, unknown> {
  const payload = String(token).split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(goodForm(emulator)).filter(([field]) => field !== name));

const v2Form = (scope: string): Record<string, string> => ({ ...without('resource'), scope });

function expectRefusal(answer: Answer, status: number, error: string, code: number): void {
  expect(answer.json).toMatchObject({
    error,
    error_codes: [code],
    error_description: expect.stringContaining(`AADSTS${code}: `) as string,
    trace_id: answer.headers.get('x-ms-request-id'),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/) as string,
  });
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain(emulator.clientSecret);
}

test('version 1 answers with numbers as strings, and times that belong together', async () => {
  const { status, json, headers } = await requestToken(emulator);
  expect(status).toBe(200);
  expect(Object.keys(json)).toEqual([
    'token_type',
    'expires_in',
    'ext_expires_in',
    'expires_on',
    'not_before',
    'resource',
    'access_token',
  ]);
  expect(json).toMatchObject({ token_type: 'Bearer', expires_in: '3599', resource: emulator.resource });
  expect(Number(json['expires_on']) - Number(json['not_before'])).toBe(3900);
  expect(headers.get('cache-control')).toBe('no-store, no-cache');
  expect(headers.get('pragma')).toBe('no-cache');
});

test('version 2 answers with numbers, for the same token', async () => {
  const { json } = await requestToken(emulator, v2Form(`${emulator.resource}/.default`), { version: 'v2' });
  expect(json).toEqual({
    token_type: 'Bearer',
    expires_in: 3599,
    ext_expires_in: 3599,
    access_token: expect.any(String) as string,
  });
  expect(claimsOf(json['access_token'])).toMatchObject({ aud: emulator.resource, ver: '1.0' });
});

test('the token is an app-only RS256 JWT that the published keys verify', async () => {
  const { json } = await requestToken(emulator);
  const token = String(json['access_token']);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, kid, x5t } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, string>;
  expect(alg).toBe('RS256');
  expect(x5t).toBe(kid);

  const discovery = await fetch(`${emulator.url}/${emulator.tenantId}/v2.0/.well-known/openid-configuration`);
  const { jwks_uri: jwksUri } = (await discovery.json()) as { jwks_uri: string };
  const { keys } = (await (await fetch(jwksUri)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const key = keys.find((candidate) => candidate.kid === kid);
  const publicKey = createPublicKey({ key: key ?? {}, format: 'jwk' });
  const isGenuine = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${payload}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  expect(isGenuine).toBe(true);

  const issuer = `https://sts.windows.net/${emulator.tenantId}/`;
  const claims = claimsOf(token);
  expect(claims).toMatchObject({
    aud: emulator.resource,
    iss: issuer,
    idp: issuer,
    appid: emulator.clientId,
    appidacr: '1',
    tid: emulator.tenantId,
    ver: '1.0',
  });
  expect(claims['oid']).toBe(claims['sub']);
  expect(claims).not.toHaveProperty('scp');
});

test('the tenant may be named by guid, the client by HTTP Basic with form-encoded parts', async () => {
  const { client_id: id = '', client_secret: secret = '', ...form } = goodForm(emulator);
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
  const answer = await requestToken(emulator, form, {
    tenant: emulator.tenantId,
    headers: { Authorization: `Basic ${basic}` },
  });
  expect(answer.status).toBe(200);
});

test('unknown fields, of which MSAL sends many, are ignored', async () => {
  const form = {
    ...v2Form(`openid ${emulator.resource}/.default`),
    'x-client-SKU': 'test',
    'client-request-id': 'x',
  };
  expect((await requestToken(emulator, form, { version: 'v2' })).status).toBe(200);
});

describe('refusals', () => {
  test.each([
    ['grant_type', 'grant_type'],
    ['client_id', 'client_id'],
    ['resource', 'resource'],
  ])('without %s: 900144 that names it', async (field, named) => {
    const answer = await requestToken(emulator, without(field));
    expectRefusal(answer, 400, 'invalid_request', 900144);
    expect(answer.json['error_description']).toContain(`'${named}'`);
  });

  test('a JSON body has no form fields: 900144 for the first one', async () => {
    const url = `${emulator.url}/${emulator.tenantId}/oauth2/token`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(goodForm(emulator)),
    });
    expect(await response.json()).toMatchObject({ error: 'invalid_request', error_codes: [900144] });
  });

  test('GET: 900561', async () => {
    const response = await fetch(`${emulator.url}/${emulator.tenantId}/oauth2/token`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error_codes: [900561] });
  });

  test.each([
    ['unknown tenant', 'nobody.onmicrosoft.com', 90002],
    ['text that is not a tenant', 'no tenant', 900023],
    ['common', 'common', 50059],
  ])('%s', async (_name, tenant, code) => {
    const answer = await requestToken(emulator, undefined, { tenant: encodeURIComponent(tenant) });
    expectRefusal(answer, 400, 'invalid_request', code);
  });

  test.each(['nobody.com', 'nobody'])(
    'discovery of the tenant %s: 90002 as invalid_tenant',
    async (tenant) => {
      const response = await fetch(`${emulator.url}/${tenant}/v2.0/.well-known/openid-configuration`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] });
    },
  );

  test('unknown client: 700016', async () => {
    const form = { ...goodForm(emulator), client_id: '00000000-0000-4000-8000-000000000000' };
    expectRefusal(await requestToken(emulator, form), 400, 'unauthorized_client', 700016);
  });

  test('wrong secret: 7000215 as 401', async () => {
    const form = { ...goodForm(emulator), client_secret: 'wrong' };
    const answer = await requestToken(emulator, form);
    expectRefusal(answer, 401, 'invalid_client', 7000215);
    expect(answer.text).not.toContain('wrong');
  });

  test('no secret: 7000218 as 401', async () => {
    expectRefusal(await requestToken(emulator, without('client_secret')), 401, 'invalid_client', 7000218);
  });

  test('another grant: 70003', async () => {
    const form = { ...goodForm(emulator), grant_type: 'password' };
    expectRefusal(await requestToken(emulator, form), 400, 'unsupported_grant_type', 70003);
  });

  test('unknown resource: 500011, and a slash makes it unknown', async () => {
    const form = { ...goodForm(emulator), resource: `${emulator.resource}/` };
    expectRefusal(await requestToken(emulator, form), 400, 'invalid_resource', 500011);
  });

  test('an API named at the start gets its tokens, from both versions', async () => {
    const own = await startEmulator({ resources: ['api://orders'] });
    try {
      const v1 = await requestToken(own, { ...goodForm(own), resource: 'api://orders' });
      const v2 = await requestToken(
        own,
        {
          grant_type: 'client_credentials',
          client_id: own.clientId,
          client_secret: own.clientSecret,
          scope: 'api://orders/.default',
        },
        { version: 'v2' },
      );
      for (const { text } of [v1, v2]) {
        const { access_token } = JSON.parse(text) as { access_token: string };
        const payload = Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString();
        expect(JSON.parse(payload)).toMatchObject({ aud: 'api://orders' });
      }
      expectRefusal(
        await requestToken(own, { ...goodForm(own), resource: 'api://other' }),
        400,
        'invalid_resource',
        500011,
      );
    } finally {
      await own.close();
    }
  });

  test.each([
    ['no /.default', 'https://rest.media.azure.net', 'invalid_scope', 1002012],
    ['two resources', 'https://a/.default https://b/.default', 'invalid_scope', 70011],
    ['unknown resource', 'https://nobody.example/.default', 'invalid_resource', 500011],
  ])('scope with %s', async (_name, scope, error, code) => {
    const answer = await requestToken(emulator, v2Form(scope), { version: 'v2' });
    expectRefusal(answer, 400, error, code);
  });

  test('resource sent to version 2: 901002', async () => {
    const answer = await requestToken(emulator, goodForm(emulator), { version: 'v2' });
    expectRefusal(answer, 400, 'invalid_request', 901002);
  });

  test('a repeated field: 9002313', async () => {
    const body = `${new URLSearchParams(goodForm(emulator)).toString()}&client_id=twice`;
    const response = await fetch(`${emulator.url}/${emulator.tenantId}/oauth2/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });
    expect(await response.json()).toMatchObject({ error_codes: [9002313] });
  });
});

test('client-request-id comes back on wish and is the correlation id of an error', async () => {
  const id = '11111111-2222-4333-8444-555555555555';
  const headers = { 'client-request-id': id, 'return-client-request-id': 'true' };
  const answer = await requestToken(emulator, without('resource'), { headers });
  expect(answer.headers.get('client-request-id')).toBe(id);
  expect(answer.json['correlation_id']).toBe(id);
  expect((await requestToken(emulator)).headers.has('client-request-id')).toBe(false);
});

test('both discovery documents point to endpoints of this emulator', async () => {
  const base = `${emulator.url}/${emulator.tenantDomain}`;
  const v1 = (await (await fetch(`${base}/.well-known/openid-configuration`)).json()) as Record<
    string,
    string
  >;
  const v2 = (await (await fetch(`${base}/v2.0/.well-known/openid-configuration`)).json()) as Record<
    string,
    string
  >;
  expect(v1['token_endpoint']).toBe(`${base}/oauth2/token`);
  expect(v1['issuer']).toBe(`https://sts.windows.net/${emulator.tenantId}/`);
  expect(v2['token_endpoint']).toBe(`${base}/oauth2/v2.0/token`);
  expect(v2['issuer']).toBe(`${emulator.url}/${emulator.tenantId}/v2.0`);
});

test('instance discovery knows this host and no other', async () => {
  const url = `${emulator.url}/common/discovery/instance?api-version=1.1&authorization_endpoint=`;
  const known = await fetch(
    url + encodeURIComponent(`${emulator.url}/${emulator.tenantId}/oauth2/v2.0/authorize`),
  );
  expect(await known.json()).toMatchObject({
    tenant_discovery_endpoint: `${emulator.url}/${emulator.tenantId}/v2.0/.well-known/openid-configuration`,
  });
  const foreign = await fetch(url + encodeURIComponent('https://elsewhere.example/x/oauth2/v2.0/authorize'));
  expect(foreign.status).toBe(400);
  expect(await foreign.json()).toMatchObject({ error: 'invalid_instance', error_codes: [50049] });
});
