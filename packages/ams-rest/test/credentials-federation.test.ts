import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationError, ProtocolError } from '../src';
import { buildGitHubTokenRequest, judgeGitHubTokenResponse } from '../src/credentials/github-actions';
import {
  clientAssertionCredential,
  fileAssertion,
  gitHubActionsAssertion,
  workloadIdentityCredential,
} from '../src/credentials';
import { closing } from './helpers/closing';
import { authorityOf, claimsOf, emulatorForFile, watchedTransport } from './helpers/emulator';
import { answer, startServer } from './helpers/scripted-server';
import { everyPrint, rejection } from './helpers/values';

const emulator = emulatorForFile();
const SCOPE = 'https://rest.media.azure.net/.default';
const AUDIENCE = 'api://AzureADTokenExchange';
const ISSUER = 'https://issuer.example/cluster';
const SUBJECT = 'system:serviceaccount:media:encoder';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ams-rest-federation-'));
  emulator().entra.addFederatedCredential({
    issuer: ISSUER,
    subject: SUBJECT,
    audience: AUDIENCE,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the other identity provider gives. */
function idToken(claims: object = {}, key = privateKey): string {
  const exp = Math.floor(Date.now() / 1000) + 300;
  const all = { iss: ISSUER, sub: SUBJECT, aud: AUDIENCE, exp, jti: crypto.randomUUID(), ...claims };
  const parts = [{ alg: 'RS256', typ: 'JWT' }, all].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const input = parts.join('.');
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

describe('an assertion from a function', () => {
  test('is asked for at every exchange, with the signal, and brings a token', async () => {
    const { transport, forms } = watchedTransport();
    const signals: AbortSignal[] = [];
    const credential = clientAssertionCredential({
      ...authorityOf(emulator()),
      transport,
      assertion: ({ signal }) => {
        signals.push(signal);
        return idToken();
      },
    });
    const { token } = await credential.getToken(SCOPE);
    await credential.getToken(SCOPE, { refusedToken: token });
    expect(claimsOf(token)['appidacr']).toBe('2');
    expect(new Set(forms().map((form) => form['client_assertion'])).size).toBe(2);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  test('its own error reaches the caller as it is, and the next call tries again', async () => {
    const broken = new Error('the vault is closed');
    const answers = [() => Promise.reject(broken), () => idToken()];
    const credential = clientAssertionCredential({
      ...authorityOf(emulator()),
      transport: watchedTransport().transport,
      assertion: () => answers.shift()?.() ?? '',
    });
    expect(await rejection(credential.getToken(SCOPE))).toBe(broken);
    await expect(credential.getToken(SCOPE)).resolves.toBeDefined();
  });

  test.each([
    ['issuer', { iss: `${ISSUER}/` }, 700211],
    ['audience', { aud: 'api://azureadtokenexchange' }, 700212],
    ['subject', { sub: 'repo:somebody/else' }, 700213],
    ['letter case of the subject', { sub: SUBJECT.toUpperCase() }, 7002138],
    ['time', { exp: 1_600_000_000 }, 700024],
  ])('refuses a wrong %s', async (_, claims, code) => {
    const credential = clientAssertionCredential({
      ...authorityOf(emulator()),
      transport: watchedTransport().transport,
      assertion: () => idToken(claims),
    });
    expect(await rejection(credential.getToken(SCOPE))).toMatchObject({
      errorCodes: [code],
      hint: expect.stringMatching(/./) as string,
    });
  });

  test('a foreign signature is refused', async () => {
    const credential = clientAssertionCredential({
      ...authorityOf(emulator()),
      transport: watchedTransport().transport,
      assertion: () => idToken({}, foreign.privateKey),
    });
    expect(await rejection(credential.getToken(SCOPE))).toMatchObject({ errorCodes: [700027] });
  });
});

describe('an assertion from a file', () => {
  test('Kubernetes: read anew at every exchange, and the authority host may end in a slash', async () => {
    const tokenFilePath = join(folder, 'azure-identity-token');
    const { transport, forms } = watchedTransport();
    const authorityHost = `${emulator().authorityHost}/`;
    const credential = workloadIdentityCredential({
      ...authorityOf(emulator()),
      ...{ authorityHost, tokenFilePath, transport },
    });
    const tokens = [idToken(), idToken()];
    await writeFile(tokenFilePath, `${tokens[0] ?? ''}\n`);
    const { token } = await credential.getToken(SCOPE);
    await writeFile(tokenFilePath, tokens[1] ?? '');
    await credential.getToken(SCOPE, { refusedToken: token });
    expect(forms().map((form) => form['client_assertion'])).toEqual(tokens);
  });

  const read = (path: string) =>
    Promise.resolve(fileAssertion(path)({ audience: '', signal: new AbortController().signal }));

  test('a file that is missing, and one that is too large for a token', async () => {
    expect(await rejection(read(join(folder, 'missing')))).toMatchObject({ code: 'ENOENT' });
    const large = join(folder, 'large');
    await writeFile(large, 'a'.repeat(65_537));
    expect((await rejection(read(large))).message).toMatch(/too large/);
    expect(() => fileAssertion('')).toThrow(TypeError);
  });
});

describe('an assertion from GitHub Actions', () => {
  const options = (requestUrl: string) => ({ requestUrl, requestToken: 'the-job-s-own-token' });

  test('brings a token, asked for anew at every exchange', async () => {
    const github = closing(await startServer(() => answer(200, { count: 1, value: idToken() })));
    const { transport } = watchedTransport();
    const assertion = gitHubActionsAssertion({
      ...options(`${github.origin}/token?api-version=2.0`),
      transport,
    });
    const credential = clientAssertionCredential({ ...authorityOf(emulator()), assertion, transport });
    const { token } = await credential.getToken(SCOPE);
    await credential.getToken(SCOPE, { refusedToken: token });
    expect(github.received.map(({ path }) => path)).toEqual(
      Array(2).fill('/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange'),
    );
    expect(github.received[0]?.headers['authorization']).toBe('Bearer the-job-s-own-token');
  });

  test('printing the request hides the token; http is allowed on this machine only', () => {
    expect(
      everyPrint(buildGitHubTokenRequest(options('https://github.example/t'))).replace(/\{"method.*$/s, ''),
    ).not.toContain('the-job-s-own-token');
    expect(() => buildGitHubTokenRequest(options('http://github.example/t'))).toThrow(TypeError);
    expect(() =>
      buildGitHubTokenRequest({ ...options('https://github.example/t'), requestToken: '' }),
    ).toThrow(TypeError);
  });

  test('a refusal names the missing permission; a success without a token is a ProtocolError', () => {
    const request = buildGitHubTokenRequest(options('https://github.example/t'));
    const judge = (status: number, body: string) => () =>
      judgeGitHubTokenResponse(request, { status, headers: {}, body: Buffer.from(body) });
    expect(judge(403, '')).toThrow(/id-token: write/);
    expect(judge(403, '')).toThrow(AuthenticationError);
    expect(judge(200, '{"count":0}')).toThrow(ProtocolError);
    expect(judge(200, 'hello')).toThrow(ProtocolError);
  });
});
