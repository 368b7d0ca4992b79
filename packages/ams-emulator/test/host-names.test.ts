/** A web page whose name points to the emulator (DNS rebinding) gets nothing. */
import { connect } from 'node:net';
import { startEmulator, type Emulator } from '../src/index';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ hostNames: ['Emulator.test'], accessControlService: true });
});
afterAll(() => emulator.close());

/** Status of a GET with that Host header. */
async function statusOf(path: string, host: string): Promise<number> {
  const { hostname, port } = new URL(emulator.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nMetadata: true\r\nConnection: close\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(Buffer.concat(chunks).toString())?.[1]);
}

const metadata =
  '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Frest.media.azure.net';

const paths = (): [path: string, good: number][] => [
  [metadata, 200],
  [`/arc${metadata}`, 404],
  ['/_emulator/clock', 200],
  ['/api/Assets', 401],
  ['/cluster/api/Assets', 401],
  [`/${emulator.tenantId}/oauth2/v2.0/authorize`, 400],
  [`/${emulator.tenantId}/.well-known/openid-configuration`, 200],
  [`/subscriptions/${emulator.subscriptionId}`, 401],
  ['/v2/OAuth2-13', 400],
];

test('every endpoint answers to the names of the emulator', async () => {
  for (const [path, good] of paths()) {
    expect([path, await statusOf(path, new URL(emulator.url).host)]).toEqual([path, good]);
  }
  const names = [
    'localhost',
    'LOCALHOST:1',
    'x.localhost',
    '127.0.0.1',
    '10.0.0.7:80',
    '[::1]:80',
    'emulator.TEST',
  ];
  for (const name of names) expect([name, await statusOf(metadata, name)]).toEqual([name, 200]);
});

test('no endpoint answers to another name', async () => {
  for (const [path] of paths()) {
    expect([path, await statusOf(path, 'evil.example')]).toEqual([path, 400]);
  }
  const names = [
    'evil.example:80',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    'evil.example/localhost',
    'evil.example#localhost',
    '',
  ];
  for (const name of names) expect([name, await statusOf(metadata, name)]).toEqual([name, 400]);
});

test('published content is served under any name', async () => {
  expect(await statusOf(`/${crypto.randomUUID()}/film.mp4`, 'cdn.example')).toBe(404);
});
