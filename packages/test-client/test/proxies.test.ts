/** The proxy of the environment: a real CONNECT proxy, and a token endpoint that only the proxy can reach. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startEmulator } from 'ams-emulator';
import { generate } from 'selfsigned';
import { runCli } from './run-cli';

const STS = 'sts.example';
/** Each cloud's authority host, Resource Manager host, and the audience of its tokens. */
const CLOUDS = [
  ['login.microsoftonline.us', 'management.usgovcloudapi.net', 'https://management.core.usgovcloudapi.net/'],
  [
    'login.partner.microsoftonline.cn',
    'management.chinacloudapi.cn',
    'https://management.core.chinacloudapi.cn/',
  ],
  ['login.microsoftonline.com', 'management.azure.com', 'https://management.azure.com/'],
] as const;
const PASSWORD = 'pl4nted-password';

let folder: string;
let sts: Server;
let proxy: ReturnType<typeof createServer>;
let proxyPort: number;
const tunnels: { target: string | undefined; authorization: string | undefined }[] = [];
const scopes: string[] = [];
const sockets = new Set<Socket>();
let client: Record<string, string>;

const listen = (server: Server | ReturnType<typeof createServer>) =>
  new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'proxies-'));
  const hosts = [STS, ...CLOUDS.flatMap(([authority, management]) => [authority, management])];
  const altNames = hosts.map((value) => ({ type: 2 as const, value }));
  const { private: key, cert } = await generate([{ name: 'commonName', value: STS }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  writeFileSync(join(folder, 'ca.pem'), cert);
  sts = createTlsServer({ key, cert }, (request, response) => {
    void text(request).then((body) => {
      const scope = new URLSearchParams(body).get('scope');
      if (scope !== null) scopes.push(scope);
      // For Resource Manager this is an empty list.
      const answer = { token_type: 'Bearer', expires_in: 3599, access_token: 'opaque-token', value: [] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  const stsPort = await listen(sts);
  proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on('connect', ({ url, headers }, socket: Socket) => {
    tunnels.push({ target: url, authorization: headers['proxy-authorization'] });
    const onward = connect(stsPort, '127.0.0.1');
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on('error', () => one.destroy());
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  });
  proxyPort = await listen(proxy);
  client = {
    AZURE_AUTHORITY_HOST: `https://${STS}`,
    AZURE_TENANT_ID: 'contoso.example',
    AZURE_CLIENT_ID: '00000000-0000-4000-8000-000000000000',
    AZURE_CLIENT_SECRET: 'not-a-real-secret',
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  };
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  sts.close();
  proxy.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  tunnels.splice(0);
  scopes.splice(0);
});

const throughProxy = () => ({ HTTPS_PROXY: `http://user:${PASSWORD}@127.0.0.1:${proxyPort}` });

it('HTTPS_PROXY: the token request goes through it, the proxy’s password is shown nowhere', async () => {
  const run = await runCli({ args: ['token', '--raw', '--verbose'], env: { ...client, ...throughProxy() } });
  expect(run.stdout).toBe('opaque-token\n');
  expect(run.exitCode).toBe(0);
  expect(tunnels).toEqual([{ target: `${STS}:443`, authorization: `Basic ${btoa(`user:${PASSWORD}`)}` }]);
  expect(run.output).not.toContain(PASSWORD);
});

it('HTTPS_PROXY also from .env', async () => {
  const run = await runCli({
    args: ['token', '--raw'],
    env: client,
    dotenv: `https_proxy=${throughProxy().HTTPS_PROXY}\n`,
  });
  expect(run.stdout).toBe('opaque-token\n');
  expect(tunnels).toHaveLength(1);
});

it('NO_PROXY: connects directly, where nothing listens', async () => {
  const run = await runCli({ args: ['token'], env: { ...client, ...throughProxy(), NO_PROXY: STS } });
  expect(run.exitCode).toBe(5);
  expect(run.stderr).toMatch(/Cannot reach https:\/\/sts\.example[\s\S]*HTTPS_PROXY/);
  expect(tunnels).toEqual([]);
});

it.each(CLOUDS)(
  '%s: account list calls %s with a token for that cloud',
  async (authority, management, resource) => {
    const AZURE_SUBSCRIPTION_ID = '00000000-0000-4000-8000-000000000001';
    const cloud = {
      AZURE_AUTHORITY_HOST: `https://${authority}`,
      AZURE_SUBSCRIPTION_ID,
      AZURE_RESOURCE_GROUP: 'media',
    };
    const run = await runCli({
      args: ['account', 'list', '--json'],
      env: { ...client, ...cloud, ...throughProxy() },
    });
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(scopes).toEqual([`${resource}/.default`]);
    expect(tunnels.map(({ target }) => target)).toEqual([`${authority}:443`, `${management}:443`]);
  },
);

it('this machine is reached without it', async () => {
  const emulator = await startEmulator();
  try {
    const proxies = { ...throughProxy(), HTTP_PROXY: throughProxy().HTTPS_PROXY };
    const run = await runCli({ args: ['list', 'Assets'], env: { ...emulator.env, ...proxies } });
    expect(run.exitCode).toBe(0);
    expect(tunnels).toEqual([]);
  } finally {
    await emulator.close();
  }
});

it('a value that is not an address: one clear message without the password', async () => {
  const run = await runCli({ args: ['token'], env: { ...client, HTTPS_PROXY: `user:${PASSWORD}@proxy` } });
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toMatch(/HTTPS_PROXY or HTTP_PROXY is not of the form http:\/\//);
  expect(run.output).not.toContain(PASSWORD);
});

it('a proxy that is away: network, without the password', async () => {
  const env = { ...client, HTTPS_PROXY: `http://user:${PASSWORD}@127.0.0.1:9` };
  const run = await runCli({ args: ['token'], env });
  expect(run.exitCode).toBe(5);
  expect(run.output).not.toContain(PASSWORD);
});
