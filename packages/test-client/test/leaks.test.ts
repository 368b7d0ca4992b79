/** What must not get out: keys in traces, secrets in output, control characters on the terminal. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startEmulator, type Emulator } from 'ams-emulator';
import type { Har } from 'har-format';
import { asCurl } from '../src/trace/curl';
import { visibleJson } from '../src/output/visible';
import { runCli } from './run-cli';

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'leaks-'));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

/** Account keys: 64 or 32 bytes in base64. */
const KEY = /[A-Za-z0-9+/]{86}==|(?<!sha256-)(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=(?!=)/;

describe('a trace of calls that answer with keys', () => {
  let har: string;
  let page: string;
  let keys: string[];
  beforeAll(async () => {
    const path = join(folder, 'account.har');
    const args = ['account', 'create', 'leaky', '--trace', path, '--trace', join(folder, 'account.html')];
    expect((await runCli({ args, env: emulator.env })).exitCode).toBe(0);
    har = readFileSync(path, 'utf8');
    page = readFileSync(join(folder, 'account.html'), 'utf8');
    const { entries } = (JSON.parse(har) as Har).log;
    keys = entries.map(({ request }) => new URL(request.url).pathname).filter((one) => /listKeys/.test(one));
  });

  it('the calls are there, without their keys', () => {
    expect(keys).toHaveLength(1);
    expect(har).toContain('not recorded: it holds keys');
    for (const text of [har, page]) expect(text).not.toMatch(KEY);
  });

  it('a request signed with Shared Key is not offered as a curl command with a token', () => {
    const [, signed = ''] = /hello\?restype=container([\s\S]*?)<\/details>/.exec(page) ?? [];
    expect(signed).toContain('curl cannot repeat this');
    expect(signed).not.toContain('$TOKEN');
  });
});

describe('as curl', () => {
  const request = { headers: {}, body: '', bodyBytes: 0, isCut: false, withheld: '' };
  const curl = (scheme: string, headers: Record<string, string>, rest = {}) =>
    asCurl({ method: 'POST', url: 'https://x.example/a', scheme, request: { ...request, headers, ...rest } });

  it.each([
    ['Bearer', `'authorization: Bearer '"$TOKEN"''`],
    ['Basic', `'authorization: Basic '"$CREDENTIALS"''`],
  ])('%s keeps its scheme', (scheme, header) => {
    expect(curl(scheme, { authorization: 'REDACTED' }).command).toContain(header);
  });

  it('another hidden header becomes a variable; a body that is not in the trace is said to be a file', () => {
    const { command, note } = curl(
      '',
      { 'x-identity-header': 'REDACTED' },
      { bodyBytes: 9, withheld: 'keys' },
    );
    expect(command).toContain(`'x-identity-header: '"$X_IDENTITY_HEADER"''`);
    expect(command).toContain('--data-binary @file');
    expect(note).toContain('not in the trace');
  });

  it('a dollar sign in a body stays one', () => {
    const { command } = curl('', {}, { body: '{"Name":"$TOKEN"}', bodyBytes: 17 });
    expect(command).toContain(`'{"Name":"$TOKEN"}'`);
  });
});

it('a secret that is an ordinary word is not removed from our own sentences', async () => {
  for (const args of [['token'], ['doctor']]) {
    const run = await runCli({ args, env: { ...emulator.env, AZURE_CLIENT_SECRET: 'wrong' } });
    expect(run.exitCode).toBe(3);
    expect(run.output).toContain('the client secret is wrong');
    expect(run.output).not.toContain('REDACTED');
  }
});

describe('control characters', () => {
  const NASTY = '\u001b]0;owned\u0007\u009b31m\u202e';
  // What a terminal would obey; line ends are ours.
  const UNSAFE = /[^\P{Cc}\n]|\u202e/u;
  let server: Server;
  let env: Record<string, string>;
  beforeAll(async () => {
    const jwt = [{ alg: 'none' }, { appid: NASTY, [NASTY]: NASTY, aud: 'x' }, '']
      .map((part) =>
        Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'),
      )
      .join('.');
    server = createServer(({ url = '' }, response) => {
      const body = url.includes('/oauth2/')
        ? url.startsWith('/refuses/')
          ? { error: 'invalid_client', error_description: `AADSTS7000215: ${NASTY}`, error_codes: [1] }
          : { token_type: 'Bearer', expires_in: 3599, access_token: jwt }
        : url.includes('Jobs')
          ? { error: { code: NASTY, message: { value: NASTY } } }
          : { d: { results: url.includes('skip') ? [] : [{ Id: NASTY, Name: NASTY, Created: NASTY }] } };
      const status = url.startsWith('/refuses/') ? 401 : url.includes('Jobs') ? 400 : 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    env = {
      AZURE_AUTHORITY_HOST: origin,
      AZURE_TENANT_ID: 'ok',
      AZURE_CLIENT_ID: 'c',
      AZURE_CLIENT_SECRET: 'some-secret',
      AMS_ENDPOINT: `${origin}/api/`,
    };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [['token']],
    [['token', '--json']],
    [['token', '--tenant', 'refuses']],
    [['list', 'Assets']],
    [['list', 'Assets', '--json']],
    [['list', 'Jobs']],
    [['call', 'GET', 'Assets']],
    [['call', 'GET', 'Jobs', '--verbose']],
    [['download', NASTY]],
    [['publish', `x${NASTY}`]],
    [['upload', `x${NASTY}`]],
    [[NASTY]],
  ])('%j shows them, and sends none', async (args) => {
    const run = await runCli({ args, env });
    expect(run.output).not.toMatch(UNSAFE);
    expect(run.output).toMatch(/\\u001b|%1B/);
  });

  it('JSON stays the same to a parser', () => {
    expect(JSON.parse(visibleJson({ a: NASTY }))).toEqual({ a: NASTY });
    expect(visibleJson({ a: NASTY })).not.toMatch(UNSAFE);
  });
});

describe('what a server that repeats the request says', () => {
  const SECRET = 'Pl4nted~s+cret/"&';
  const SIGNATURE = 'pl4ntedS1gnature';
  const TOKEN = ['{"alg":"none"}', '{"aud":"x"}', 'pl4nted']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  /** The secret and the token as they may be written in text, JSON, HTML, URLs and base64. */
  const SPELLINGS = [SECRET, TOKEN, SIGNATURE].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
    Buffer.from(secret).toString('base64').replaceAll('=', ''),
  ]);
  let server: Server;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const { url = '', headers } = request;
        const isToken = url.includes('/oauth2/');
        if (isToken && !url.startsWith('/refuses/')) {
          const answer = { token_type: 'Bearer', expires_in: 3599, access_token: TOKEN };
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
          return;
        }
        const echo = `${headers.authorization ?? ''} ${body} ${decodeURIComponent(body.replaceAll('+', ' '))}`;
        const sas = `https://a.blob.core.windows.net/c?sv=1&sig=${SIGNATURE}`;
        const said = `${echo} ${JSON.stringify(echo)} ${Buffer.from(echo).toString('base64')} ${sas}`;
        const answer = isToken
          ? { error: 'invalid_client', error_description: said, error_codes: [7000215] }
          : { error: { code: said, message: { value: said } }, Path: sas };
        response
          .writeHead(isToken ? 401 : 400, {
            'content-type': 'application/json',
            'x-ms-request-id': said.slice(0, 99),
          })
          .end(JSON.stringify(answer).replaceAll('&', '\\u0026'));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    env = {
      AZURE_AUTHORITY_HOST: origin,
      AZURE_TENANT_ID: 'ok',
      AZURE_CLIENT_ID: 'c',
      AZURE_CLIENT_SECRET: SECRET,
      AMS_ENDPOINT: `${origin}/api/`,
    };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [['token', '--tenant', 'refuses']],
    [['token', '--json', '--tenant', 'refuses', '--verbose']],
    [['doctor']],
    [['list', 'Assets', '--verbose']],
    [['call', 'GET', 'Assets', '--json']],
    [['call', 'POST', 'Assets', '--verbose', '--body', JSON.stringify({ Name: SECRET })]],
    [['demo']],
  ])('is in no output and no trace of %j', async (args) => {
    const [har, page] = ['echo.har', 'echo.html'].map((name) => join(folder, name)) as [string, string];
    const traces = args[0] === 'doctor' ? [] : ['--trace', har, '--trace', page];
    const tenant = args[0] === 'doctor' ? { AZURE_TENANT_ID: 'refuses' } : {};
    const run = await runCli({ args: [...args, ...traces], env: { ...env, ...tenant } });
    expect(run.exitCode).toBeGreaterThan(1);
    const texts = [
      run.output,
      ...(traces.length > 0 ? [har, page].map((path) => readFileSync(path, 'utf8')) : []),
    ];
    for (const text of texts) for (const spelling of SPELLINGS) expect(text).not.toContain(spelling);
  });
});
