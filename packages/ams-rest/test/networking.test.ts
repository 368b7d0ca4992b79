/** Runs the code of docs/networking.md against a real proxy and real certificates. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket, type TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { AmsClient, undiciTransport, type Transport } from '../src';
import { makeCertificates, type Certificates } from './helpers/certificates';
import { closing } from './helpers/closing';
import { startProxy } from './helpers/connect-proxy';
import { runBlocks } from './helpers/documentation';
import { answer, startServer, type ReceivedRequest } from './helpers/scripted-server';
import { everyPrint, listCredential, rejection } from './helpers/values';

/** What the blocks of the page export. */
interface Blocks {
  transportThroughProxy(uri: string, token: string, ca: string): Transport;
  transportTrusting(ca: string): Transport;
  transportWithCertificate(cert: string, key: string, ca: string): Transport;
  transportOverFetch(ca: string): Transport;
}

const OK = answer(200, { d: { results: [] } });
const TOKEN = answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: 'planted-token' });
const blocks = runBlocks('networking.md') as unknown as Blocks;
let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates();
});

const startSecureServer = async (options: TlsOptions = {}) => {
  const script = ({ path }: ReceivedRequest) => (path.includes('oauth2') ? TOKEN : OK);
  const server = await startServer(script, { tls: { ...certificates.server, ...options } });
  return closing(server);
};

/** The limit is for tests that wait for its end; no other may meet it, however busy the machine is. */
function ask(origin: string, transport: Transport, method: 'GET' | 'POST' = 'GET', timeoutMs = 120_000) {
  const retry = { maxRetries: 1, baseDelayMs: 1 };
  const client = new AmsClient({
    endpoint: `${origin}/api/`,
    credential: listCredential('planted-token'),
    transport,
    retry,
    timeoutMs,
  });
  return client.request(method, 'Assets');
}

describe('the proxy from the environment', () => {
  const run = promisify(execFile);
  let folder: string;
  let authority: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ams-rest-networking-'));
    authority = join(folder, 'ca.pem');
    await writeFile(authority, certificates.ca);
  });

  afterAll(() => rm(folder, { recursive: true }));

  /** In a separate process, as the environment belongs to a process. */
  async function askWith(env: Record<string, string>, origin: string): Promise<unknown> {
    const program = join(__dirname, 'programs/ask-through-environment.ts');
    const { stdout, stderr } = await run(
      process.execPath,
      ['--require', 'ts-node/register/transpile-only', program, origin],
      { env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: authority, ...env } },
    );
    expect(stdout + stderr).not.toContain('planted');
    return JSON.parse(stdout);
  }

  test('HTTPS_PROXY takes the token request and the call', async () => {
    const [proxy, server] = [closing(await startProxy()), await startSecureServer()];
    expect(await askWith({ HTTPS_PROXY: proxy.url.replace('//', '//user:planted@') }, server.origin)).toEqual(
      {
        status: 200,
      },
    );
    expect(proxy.tunnels[0]).toMatchObject({
      target: `localhost:${server.port}`,
      headers: { 'proxy-authorization': `Basic ${btoa('user:planted')}` },
    });
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(proxy.seen()).not.toContain('planted');
    expect(server.connections()).toBe(proxy.tunnels.length);
  });

  test('NO_PROXY goes straight to the service', async () => {
    const [proxy, server] = [closing(await startProxy()), await startSecureServer()];
    const env = { https_proxy: proxy.url, no_proxy: 'other.example,localhost' };
    expect(await askWith(env, server.origin)).toEqual({ status: 200 });
    expect(proxy.tunnels).toHaveLength(0);
  });
});

describe('a proxy of your own choice', () => {
  test('sees where a request goes, and nothing else', async () => {
    const [proxy, server] = [closing(await startProxy()), await startSecureServer()];
    await ask(server.origin, blocks.transportThroughProxy(proxy.url, 'Basic dTpw', certificates.ca), 'POST');
    expect(proxy.tunnels).toMatchObject([
      { target: `localhost:${server.port}`, headers: { 'proxy-authorization': 'Basic dTpw' } },
    ]);
    expect(server.received[0]?.headers['authorization']).toBe('Bearer planted-token');
    expect(server.received[0]?.headers['proxy-authorization']).toBeUndefined();
    expect(proxy.seen()).not.toMatch(/planted|Assets/);
    expect(JSON.stringify(proxy.tunnels)).not.toContain('planted');
  });

  test.each([
    [
      'wants another password',
      'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n',
      /407/,
    ],
    ['cannot reach the service', 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', /502/],
  ])('that %s: nothing was sent, so a POST is tried again too', async (_, refusal, words) => {
    const [proxy, server] = [closing(await startProxy(refusal)), await startSecureServer()];
    const transport = blocks.transportThroughProxy(proxy.url, 'Basic planted', certificates.ca);
    const error = await rejection(ask(server.origin, transport, 'POST'));
    expect(error).toMatchObject({ name: 'NetworkError', maybeSent: false, attempts: 2 });
    expect(error.message).toMatch(words);
    expect(everyPrint(error)).not.toContain('planted');
    expect([proxy.tunnels.length, server.connections()]).toEqual([2, 0]);
  });

  test('that does not answer: the time limit holds, and nothing was sent', async () => {
    const [proxy, server] = [closing(await startProxy('')), await startSecureServer()];
    const transport = blocks.transportThroughProxy(proxy.url, 'Basic planted', certificates.ca);
    const error = await rejection(ask(server.origin, transport, 'POST', 500));
    expect(error).toMatchObject({ name: 'NetworkError', timedOut: true, maybeSent: false });
  });

  test('that is not there', async () => {
    const proxy = await startProxy();
    await proxy.close();
    const uri = proxy.url.replace('//', '//user:planted@');
    const transport = blocks.transportThroughProxy(uri, 'Basic planted', certificates.ca);
    const error = await rejection(ask('https://localhost:1', transport));
    expect(error).toMatchObject({ name: 'NetworkError', maybeSent: false });
    expect(error.message).toMatch(/ECONNREFUSED/);
    expect(everyPrint(error)).not.toContain('planted');
  });
});

test('a certificate authority of your own', async () => {
  const server = await startSecureServer();
  await ask(server.origin, blocks.transportTrusting(certificates.ca));
  const error = await rejection(ask(server.origin, closing(undiciTransport())));
  expect(error).toMatchObject({ name: 'NetworkError', maybeSent: false, attempts: 2 });
  expect(error.message).toMatch(/certificate/);
});

test('mutual TLS', async () => {
  const server = await startSecureServer({
    requestCert: true,
    rejectUnauthorized: true,
    ca: certificates.ca,
  });
  const { cert, key } = certificates.client;
  await ask(server.origin, blocks.transportWithCertificate(cert, key, certificates.ca));
  const names = [...server.sockets].map((socket) =>
    socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : '',
  );
  expect(names).toEqual(['ams-client']);
  const error = await rejection(ask(server.origin, blocks.transportTrusting(certificates.ca)));
  expect(error).toMatchObject({ name: 'NetworkError', attempts: 2 });
  expect(server.received).toHaveLength(1);
});

test('over fetch', async () => {
  const server = await startSecureServer();
  await ask(server.origin, blocks.transportOverFetch(certificates.ca));
  expect(server.received).toHaveLength(1);
});
