/** Where a command goes, and that it says so: configured credentials are never ignored in silence. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startEmulator, type Emulator } from 'ams-emulator';
import { AuthenticationError } from 'ams-rest';
import { explain } from '../src/explain';
import { collectSettings, settle } from '../src/settings';
import { runCli } from './run-cli';

let emulator: Emulator;
/** A configured client, as most people have it since the retirement: no Media Services endpoint. */
let client: Record<string, string>;
beforeAll(async () => {
  emulator = await startEmulator();
  client = pick('AZURE_AUTHORITY_HOST', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET');
});
afterAll(() => emulator.close());

const pick = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, emulator.env[name] ?? '']));

const dotenvOf = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');

describe('a client without a Media Services endpoint', () => {
  it('token: live, with the credentials of .env, for any API', async () => {
    for (const args of [['token'], ['token', '--resource', 'https://management.azure.com/']]) {
      const run = await runCli({ args: [...args, '--json'], dotenv: dotenvOf(client) });
      expect(run.output).not.toContain('Note:');
      const { claims } = JSON.parse(run.stdout) as { claims: { appid: string; aud: string } };
      expect(claims.appid).toBe(emulator.clientId);
      expect(claims.aud).toBe(args[2] ?? 'https://rest.media.azure.net');
    }
  });

  it('account list: live, for the whole subscription', async () => {
    const env = { ...client, ...pick('AZURE_SUBSCRIPTION_ID') };
    const run = await runCli({ args: ['account', 'list', '--json'], env });
    expect(run.stderr + run.localNote).toBe('');
    expect(run.stdout).toContain(emulator.accountName);
  });

  it('part of the credentials: names what is missing instead of using a local Azure', async () => {
    const run = await runCli({ args: ['token'], env: { AZURE_TENANT_ID: 'contoso.onmicrosoft.com' } });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(
      /AZURE_CLIENT_ID +is missing[\s\S]*AZURE_CLIENT_SECRET +is missing[\s\S]*--local/,
    );
  });

  it('a command for Media Services: on a local Azure, and says which settings it does not use', async () => {
    const run = await runCli({ args: ['list', 'MediaProcessors'], dotenv: dotenvOf(client) });
    expect(run.exitCode).toBe(0);
    expect(run.localNote).toMatch(
      /It does not use AZURE_TENANT_ID, .*AZURE_CLIENT_SECRET \(\.env\)\. To go live, set AMS_ENDPOINT\.\n$/,
    );
  });

  it('--local: also token, and says which settings it does not use', async () => {
    const run = await runCli({ args: ['token', '--local', '--quiet'], env: client });
    expect(run.exitCode).toBe(0);
    expect(run.localNote).toMatch(/AZURE_CLIENT_SECRET \(environment\)\. To go live, leave out --local\.\n$/);
  });

  it.each([
    ['--live', '--local'],
    ['--local', '--tenant', 'contoso.com'],
  ])('%s %s is refused', async (...args) => {
    const run = await runCli({ args: ['token', ...args] });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toBe('');
  });

  it('doctor: checks them, and starts nothing beside them', async () => {
    const run = await runCli({ args: ['doctor'], env: client });
    expect(run.localNote).toBe('');
    expect(run.stdout).toMatch(
      /✓ settings[\s\S]*✓ authority[\s\S]*✓ token[\s\S]*– REST API +not checked: AMS_ENDPOINT is not set/,
    );
    expect(run.exitCode).toBe(0);
    const wrong = await runCli({
      args: ['doctor'],
      env: { ...client, AZURE_CLIENT_SECRET: 'not-the-secret' },
    });
    expect(wrong.stdout).toMatch(/✗ token/);
    expect(wrong.exitCode).toBe(3);
  });

  it('config says so', async () => {
    const { stdout } = await runCli({ args: ['config'], env: client });
    expect(stdout).toMatch(/AMS_ENDPOINT is not set: [\s\S]*token, account, and call/);
  });
});

it('nothing configured: every command says that it is on a local Azure', async () => {
  for (const args of [
    ['token', '--raw', '--quiet'],
    ['doctor', '--json'],
    ['account', 'list', '--json'],
  ]) {
    const { localNote } = await runCli({ args });
    expect(localNote).toMatch(/^Note: this runs on a local Azure that ends with the command\./);
  }
});

describe('call with a full URL', () => {
  const asked: { method: string | undefined; url: string | undefined; token: string }[] = [];
  let api: Server;
  let origin: string;
  /** Statuses to answer with before any other. */
  let failures: number[] = [];
  beforeAll(async () => {
    api = createServer(({ method, url, headers }, response) => {
      asked.push({ method, url, token: headers.authorization ?? '' });
      const status = failures.shift();
      const json = (body: unknown) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (status) response.writeHead(status, { 'retry-after': '0' }).end();
      else if (url === '/moves') response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
      else if (url === '/refuses') response.writeHead(403).end('no \u001b[31m');
      else if (url === '/text') response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b');
      else if (url === '/list?$top=1')
        json({ value: [{ n: 1 }], '@odata.nextLink': `${origin}/list?skip=1` });
      else if (url === '/list?skip=1') json({ value: [{ n: 2 }] });
      else json({ value: [1] });
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked.splice(0);
    failures = [];
  });
  afterAll(() => {
    api.closeAllConnections();
    api.close();
  });
  const resource = ['--resource', 'https://management.azure.com/'];
  const callApi = (method: string, path: string, ...more: string[]) =>
    runCli({ args: ['call', method, `${origin}${path}`, ...more, ...resource], env: client });

  it('goes live with the client, with a token for the resource', async () => {
    const run = await callApi('GET', '/v1.0/organization');
    expect(run.output).toBe('{\n  "value": [\n    1\n  ]\n}\n');
    const claims = asked[0]?.token.split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: 'https://management.azure.com/',
    });
  });

  it('sends the path and query of the URL unchanged, and adds --query', async () => {
    await callApi('GET', '//a%2Fb/c/?$top=1&x=%2A+*&y', '--query', 'a=b c');
    await callApi('GET', '/?sig=a%2bb');
    expect(asked.map(({ url }) => url)).toEqual(['//a%2Fb/c/?$top=1&x=%2A+*&y&a=b%20c', '/?sig=a%2bb']);
  });

  it('retries a GET that is throttled, with its query', async () => {
    failures = [429, 503];
    const run = await callApi('GET', '/x?$top=1');
    expect(run.exitCode).toBe(0);
    expect(asked.map(({ url }) => url)).toEqual(['/x?$top=1', '/x?$top=1', '/x?$top=1']);
  });

  it('reports a 401 once the service refuses a token of this very moment', async () => {
    failures = [401, 401, 401];
    const run = await callApi('POST', '/x', '--body', '{}');
    expect(run.stderr).toMatch(/The service refused the token/);
    expect(run.exitCode).toBe(3);
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('prints an answer that is not JSON as it is', async () => {
    expect((await callApi('GET', '/text')).output).toBe('a,b\n');
  });

  it('--all follows the next links', async () => {
    const run = await callApi('GET', '/list?$top=1', '--all');
    expect(run.output).toBe('{"n":1}\n{"n":2}\n');
    expect(asked.map(({ url }) => url)).toEqual(['/list?$top=1', '/list?skip=1']);
  });

  it('a path below --resource goes to that API', async () => {
    const run = await runCli({ args: ['call', 'GET', 'v1.0/x', '--resource', origin], env: client });
    // The directory does not know this API, so the error names the audience that was asked for.
    expect(run.stderr).toMatch(/AADSTS500011/);
    expect(asked).toEqual([]);
  });

  it.each([
    ['/moves', /302.*redirects are not followed/],
    ['/refuses', /403 no \\u001b\[31m/],
  ])('%s: reports the refusal, and sends the token nowhere else', async (path, message) => {
    const run = await callApi('GET', path);
    expect(run.stderr).toMatch(message);
    expect(run.exitCode).toBe(4);
    expect(asked).toHaveLength(1);
  });

  it.each([
    [['http://api.example/x'], {}, /over https only/],
    [['https://user:pw@api.example/x'], {}, /no user name/],
    [['https://api.example/x', '--local'], {}, /--local is for paths/],
    [['https://api.example/x', '--header', 'Authorization: x'], {}, /set by the client itself/],
    [
      ['https://api.example/x'],
      { AZURE_CLIENT_ID: '', AZURE_TENANT_ID: '', AZURE_CLIENT_SECRET: '' },
      /is missing/,
    ],
  ])('%j is refused before anything is sent', async (args, env, message) => {
    const run = await runCli({ args: ['call', 'GET', ...args], env: { ...client, ...env } });
    expect(run.stderr).toMatch(message);
    expect(run.exitCode).toBe(2);
  });
});

describe('an API that the directory does not know', () => {
  it('live: suggests another one', () => {
    const error = new AuthenticationError({
      method: 'POST',
      url: 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token',
      status: 400,
      code: 'invalid_resource',
      errorCodes: [500011],
    });
    const { message, exitCode } = explain(error, { command: 'node ams' });
    expect(exitCode).toBe(3);
    expect(message).toContain('Another API: node ams token --resource https://graph.microsoft.com');
  });

  it('on a local Azure: says how to go live instead of suggesting what was run', async () => {
    const run = await runCli({ args: ['token', '--resource', 'https://graph.microsoft.com'] });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toMatch(/A local Azure has [^]*set AZURE_TENANT_ID, AZURE_CLIENT_ID and/);
    expect(run.stderr).not.toContain('ams token');
  });
});

describe('.env as Windows PowerShell 5.1 writes it', () => {
  const text = () => dotenvOf(emulator.env).replaceAll('\n', '\r\n');
  it.each([
    ['UTF-16 LE', () => Buffer.from(`\ufeff${text()}`, 'utf16le')],
    ['UTF-16 BE', () => Buffer.from(`\ufeff${text()}`, 'utf16le').swap16()],
    ['UTF-8 with a byte order mark', () => Buffer.from(`\ufeff${text()}`)],
  ])('%s is read', async (_, bytes) => {
    const run = await runCli({ args: ['config', '--json'], dotenv: bytes() });
    const { settings } = JSON.parse(run.stdout) as { settings: { name: string; from: string }[] };
    expect(settings.find(({ name }) => name === 'AZURE_TENANT_ID')).toMatchObject({ from: '.env' });
    expect(settings.find(({ name }) => name === 'AZURE_AUTHORITY_HOST')).toMatchObject({ from: '.env' });
  });

  it('UTF-16 without the mark is refused, and named', async () => {
    const run = await runCli({ args: ['token'], dotenv: Buffer.from(text(), 'utf16le') });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/\.env is not text in UTF-8\. Save it as UTF-8\./);
  });
});

describe('the cloud of the authority host', () => {
  const client = { AZURE_TENANT_ID: 't.example', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' };
  it.each([
    [
      'https://login.microsoftonline.us',
      'https://rest.media.usgovcloudapi.net',
      'https://management.usgovcloudapi.net/',
      'https://management.core.usgovcloudapi.net/',
    ],
    [
      'https://login.partner.microsoftonline.cn',
      'https://rest.media.chinacloudapi.cn',
      'https://management.chinacloudapi.cn/',
      'https://management.core.chinacloudapi.cn/',
    ],
    [
      'https://login.microsoftonline.com',
      'https://rest.media.azure.net',
      'https://management.azure.com/',
      'https://management.azure.com/',
    ],
  ])('%s', (AZURE_AUTHORITY_HOST, resource, resourceManagerEndpoint, resourceManagerResource) => {
    const sourced = collectSettings([['.env', { ...client, AZURE_AUTHORITY_HOST }]]);
    const settings = settle(sourced, 'a token', 'ams');
    expect(settings).toMatchObject({ resource, cloud: { resourceManagerEndpoint, resourceManagerResource } });
  });
});
