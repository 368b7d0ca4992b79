/** What a person, a host and an administrator meet at the token service, over plain HTTP. */
import { createHash } from 'node:crypto';
import { startEmulator, type Emulator } from '../src/index';
import { requestToken, type Answer } from './client';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const verifier = 'a-verifier-of-at-least-forty-three-characters';
const challenge = createHash('sha256').update(verifier).digest('base64url');
const redirectUri = 'http://localhost:4711';

function authorize(changes: Record<string, string> = {}): Promise<Response> {
  const query = new URLSearchParams({
    client_id: emulator.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `${emulator.resource}/.default offline_access`,
    state: 'a "state" & more',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  });
  const url = `${emulator.url}/${emulator.tenantId}/oauth2/v2.0/authorize?${query.toString()}`;
  return fetch(url, { redirect: 'manual' });
}

const v2 = (form: Record<string, string>): Promise<Answer> =>
  requestToken(emulator, { client_id: emulator.clientId, ...form }, { version: 'v2' });

describe('authorize', () => {
  test('sends the browser back with a code and the state, which opens the API', async () => {
    const response = await authorize();
    expect(response.status).toBe(302);
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.origin).toBe(redirectUri);
    expect(location.searchParams.get('state')).toBe('a "state" & more');
    const code = location.searchParams.get('code') ?? '';
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    const { json } = await v2(form);
    expect(json).toMatchObject({ refresh_token: expect.any(String) as string });
    const headers = {
      Authorization: `Bearer ${String(json['access_token'])}`,
      'x-ms-version': '2.19',
      Accept: 'application/json',
    };
    expect((await fetch(`${emulator.apiEndpoint}Assets`, { headers })).status).toBe(200);
  });

  test('form_post: a page that sends the answer on, with everything escaped', async () => {
    const page = await (await authorize({ response_mode: 'form_post' })).text();
    expect(page).toContain(`action="${redirectUri}"`);
    expect(page).toContain('name="state" value="a &#34;state&#34; &#38; more"');
  });

  test.each([
    ['another redirect', { redirect_uri: 'https://elsewhere.example/' }, 50011],
    ['an address that only begins well', { redirect_uri: 'http://localhost.elsewhere.example/' }, 50011],
    ['another client', { client_id: '00000000-0000-4000-8000-000000000000' }, 700016],
  ])('%s is shown to the user, who is not redirected', async (_name, changes, code) => {
    const response = await authorize(changes);
    expect(response.status).toBe(400);
    expect(response.headers.has('location')).toBe(false);
    expect(await response.json()).toMatchObject({ error_codes: [code] });
  });

  test('mistakes of the application are reported to it by the redirect', async () => {
    const location = (await authorize({ code_challenge: '' })).headers.get('location') ?? '';
    expect(new URL(location).searchParams.get('error')).toBe('invalid_request');
  });
});

test('device code: pending, asked too early, slower for good, approved, gone', async () => {
  const url = `${emulator.url}/${emulator.tenantId}/oauth2/v2.0/devicecode`;
  const body = new URLSearchParams({ client_id: emulator.clientId, scope: `${emulator.resource}/.default` });
  const started = (await (await fetch(url, { method: 'POST', body })).json()) as Record<string, string>;
  expect(started).toMatchObject({ interval: 5, expires_in: 900 });
  const poll = async (afterSeconds: number): Promise<unknown> => {
    emulator.clock.advance(afterSeconds * 1000);
    const grant = 'urn:ietf:params:oauth:grant-type:device_code';
    const { json } = await v2({ grant_type: grant, device_code: started['device_code'] ?? '' });
    return json['error'] ?? json['token_type'];
  };
  expect(await poll(5)).toBe('authorization_pending');
  expect(await poll(1)).toBe('slow_down');
  expect(await poll(6)).toBe('slow_down');
  expect(await poll(16)).toBe('authorization_pending');
  emulator.entra.answerDeviceCode(started['user_code'] ?? '', 'approved');
  expect(await poll(16)).toBe('Bearer');
  expect(await poll(16)).toBe('bad_verification_code');
});

test('IMDS requires its header, and refuses forwarded requests', async () => {
  const url = `${emulator.url}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${emulator.resource}`;
  const statusWith = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(url, { headers })).status;
  expect(await statusWith({})).toBe(400);
  expect(await statusWith({ Metadata: 'True' })).toBe(400);
  expect(await statusWith({ Metadata: 'true', 'X-Forwarded-For': '10.0.0.1' })).toBe(400);
  expect(await statusWith({ Metadata: 'true' })).toBe(200);
});

test('App Service requires its secret header', async () => {
  const { endpoint, header } = emulator.entra.appService;
  const url = `${endpoint}?api-version=2019-08-01&resource=${emulator.resource}`;
  const refused = await fetch(url, { headers: { 'X-IDENTITY-HEADER': 'guess' } });
  expect([refused.status, await refused.text()]).toEqual([401, expect.not.stringContaining(header)]);
  const { status } = await fetch(url, { headers: { 'X-IDENTITY-HEADER': header } });
  expect(status).toBe(200);
});

test('a planned refusal comes once, and a number without an answer cannot be planned', async () => {
  emulator.entra.refuseNext(7000222);
  expect((await requestToken(emulator)).json).toMatchObject({
    error: 'invalid_client',
    error_codes: [7000222],
  });
  expect((await requestToken(emulator)).status).toBe(200);
  expect(() => emulator.entra.refuseNext(1)).toThrow(TypeError);
});
