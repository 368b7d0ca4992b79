/** Our token code at a certified server that knows nothing of Entra ID, at Entra's paths. */
import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  authorizationCodeCredential,
  clientCertificateCredential,
  deviceCodeCredential,
  withBasicAuthentication,
  type DeviceCode,
} from '../src/credentials';
import { clientSecretCredential } from '../src';
import { watchedTransport } from './helpers/emulator';
import { rsaCertificate, type RsaCertificate } from './helpers/rsa-certificate';
import { rejection } from './helpers/values';

describe('against an independent, certified server', () => {
  const SECRET = 'a+b&c=%/~ "x"';
  const API = 'https://api.example/.default';
  let certificate: RsaCertificate;
  let issuer: string;
  let stop: () => Promise<unknown>;

  beforeAll(async () => {
    certificate = await rsaCertificate('independent');
    const jwk = createPublicKey(certificate.cert).export({ format: 'jwk' });
    const common = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: API };
    const clients = [
      {
        ...common,
        client_id: 'post',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...common,
        client_id: 'basic: 1',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_basic',
      },
      ...['PS256', 'RS256'].map((alg) => ({
        ...common,
        client_id: alg,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: alg,
        jwks: { keys: [{ ...jwk, use: 'sig' }] },
      })),
    ];
    const person = {
      client_id: 'person',
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: ['http://localhost'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: `${API} openid offline_access`,
    };
    const program = join(__dirname, 'programs/oidc-provider.mjs');
    const child = spawn(process.execPath, [program, JSON.stringify([...clients, person])], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    stop = () => {
      child.stdin.end();
      return exited;
    };
    issuer = '';
    for await (const line of createInterface(child.stdout)) {
      issuer = line;
      break;
    }
  });
  afterAll(() => stop());

  const at = (clientId: string) => ({
    authorityHost: issuer,
    tenantId: 't',
    clientId,
    transport: watchedTransport().transport,
    retry: { maxRetries: 0 },
  });

  test('secret in the form, secret by HTTP Basic, certificate by PS256 and RS256', async () => {
    for (const credential of [
      clientSecretCredential({ ...at('post'), clientSecret: SECRET }),
      clientSecretCredential({
        ...at('basic: 1'),
        clientSecret: SECRET,
        authenticate: withBasicAuthentication,
      }),
      clientCertificateCredential({ ...at('PS256'), certificate: certificate.pem }),
      clientCertificateCredential({ ...at('RS256'), certificate: certificate.pem, algorithm: 'RS256' }),
    ]) {
      const { token, expiresOnTimestamp, refreshToken } = await credential.getToken(API);
      expect(token).toMatch(/^[\w-]{20,}/);
      expect(expiresOnTimestamp).toBeGreaterThan(Date.now());
      expect(refreshToken).toBeUndefined();
    }
  });

  test('a person signs in by code and PKCE, and the refresh token goes on', async () => {
    const credential = authorizationCodeCredential({
      ...at('person'),
      prompt: 'consent',
      openBrowser: fillForms,
    });
    const first = await credential.getToken(API);
    const second = await credential.getToken(API, { refusedToken: first.token });
    expect(second.token).not.toBe(first.token);
    expect(second.fields).toContain('refresh_token');
  });

  test('a person signs in on another screen', async () => {
    const shown: DeviceCode[] = [];
    const credential = deviceCodeCredential({
      ...at('person'),
      onUserCode: (code) => shown.push(code),
      wait: async () => {
        const { verificationUri = '', userCode = '' } = shown[0] ?? {};
        await fillForms(`${verificationUri}?user_code=${userCode}`);
      },
    });
    expect((await credential.getToken(API)).token).toMatch(/^[\w-]{20,}/);
  });

  test('its refusals are understood', async () => {
    const wrong = clientSecretCredential({ ...at('post'), clientSecret: 'wrong' });
    expect(await rejection(wrong.getToken(API))).toMatchObject({ code: 'invalid_client', status: 401 });
    const unsigned = clientCertificateCredential({ ...at('RS256'), certificate: certificate.pem });
    expect(await rejection(unsigned.getToken(API))).toMatchObject({ code: 'invalid_client' });
  });
});

/** A browser with a person before it who says yes to everything: follows redirects, keeps cookies, sends forms off. */
async function fillForms(start: string): Promise<void> {
  const cookies = new Map<string, string>();
  let next: { url: string; form?: URLSearchParams } | undefined = { url: start };
  for (let steps = 0; next && steps < 20; steps++) {
    const { url, form }: { url: string; form?: URLSearchParams } = next;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const init = form ? { method: 'POST', body: form } : {};
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    next = follow(url, response.headers.get('location'), await response.text());
  }
}

function follow(url: string, location: string | null, page: string) {
  if (location !== null) return { url: new URL(location, url).href };
  const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
  if (action === undefined) return undefined;
  const hidden = [...page.matchAll(/<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"/g)];
  const fields = hidden.map(([, name = '', value = '']): [string, string] => [name, value]);
  const form = new URLSearchParams([...fields, ['login', 'person'], ['password', 'any'], ['confirm', 'yes']]);
  return { url: new URL(action, url).href, form };
}
