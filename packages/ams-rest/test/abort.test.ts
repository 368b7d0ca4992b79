/** A caller's abort ends the request wherever it is, with the caller's own reason, and leaves nothing behind. */
import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { AmsClient, fetchTransport, undiciTransport, type TokenCredential, type Transport } from '../src';
import { orAborted, sleep } from '../src/http/abort';
import { becomesZero } from './faults/run';
import { closing } from './helpers/closing';
import { answer, startServer, type Reply } from './helpers/scripted-server';
import { listCredential, rejection } from './helpers/values';

const never: TokenCredential = { getToken: () => new Promise(() => undefined) };
/** Returns a first token immediately, and never a second one. */
const onlyOnce: TokenCredential = {
  getToken: (_, { refusedToken } = {}) =>
    refusedToken === undefined
      ? Promise.resolve({ token: 'one', expiresOnTimestamp: 0 })
      : new Promise(() => undefined),
};

interface Stage {
  readonly name: string;
  readonly replies: readonly Reply[];
  readonly credential?: TokenCredential;
  /** No exchange is under way. */
  readonly idle?: boolean;
  /** What shows that the stage is reached. */
  readonly reached: (server: { received: readonly unknown[]; connections: () => number }) => boolean;
}

const asked = ({ received }: { received: readonly unknown[] }) => received.length > 0;
const stages: readonly Stage[] = [
  { name: 'waiting for a token', replies: [''], credential: never, idle: true, reached: () => true },
  {
    name: 'waiting for a second token',
    replies: [answer(401)],
    credential: onlyOnce,
    idle: true,
    reached: asked,
  },
  { name: 'waiting for the headers', replies: [''], reached: asked },
  {
    name: 'in the middle of the body',
    replies: ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'],
    reached: asked,
  },
  {
    name: 'before the next try',
    idle: true,
    replies: [answer(429, '', { 'retry-after': '100' })],
    reached: asked,
  },
  {
    name: 'waiting for the headers of the second try',
    replies: [(socket: Socket) => socket.destroy(), ''],
    reached: ({ received }) => received.length > 1,
  },
];

const transports: readonly [string, () => Transport][] = [
  ['undici', () => closing(undiciTransport())],
  ['fetch', () => fetchTransport()],
];

describe.each(transports)('over %s', (over, make) => {
  test.each(stages)('$name', async ({ replies, credential = listCredential('t'), reached, idle = false }) => {
    const server = closing(await startServer(replies));
    const retry = { baseDelayMs: 1, totalTimeoutMs: 1_000_000 };
    const client = new AmsClient({ endpoint: server.origin, credential, transport: make(), retry });
    const controller = new AbortController();
    const failed = rejection(client.request('GET', 'Assets', { signal: controller.signal }));
    while (!reached(server)) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await failed).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    // What was under way is torn down, and nothing opened instead; an idle connection may stay, as may those of fetch.
    if (idle || over === 'fetch') return;
    const connections = server.connections();
    expect(await becomesZero(() => server.sockets.size)).toBe(0);
    expect(server.connections()).toBe(connections);
  });

  test('while the connection is being made', async () => {
    const server = closing(await startServer('', { onConnection: (socket) => socket.resume() }));
    const endpoint = `https://localhost:${server.port}`;
    const client = new AmsClient({ endpoint, credential: listCredential('t'), transport: make() });
    const controller = new AbortController();
    const failed = rejection(client.request('GET', 'Assets', { signal: controller.signal }));
    while (server.connections() === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await failed).toBe(reason);
  });
});

test('a connection that is being made goes with the last one who waits for it', async () => {
  const server = closing(await startServer('', { onConnection: (socket) => socket.resume() }));
  const endpoint = `https://localhost:${server.port}`;
  const client = new AmsClient({ endpoint, credential: listCredential('t') });
  const controllers = [1, 2, 3].map(() => new AbortController());
  const failed = controllers.map(({ signal }) => rejection(client.request('GET', 'Assets', { signal })));
  while (server.connections() < 3) await new Promise((resolve) => setImmediate(resolve));
  controllers.forEach((controller) => controller.abort(new Error('enough')));
  await Promise.all(failed);
  expect(await becomesZero(() => server.sockets.size)).toBe(0);
});

test('a fetch that ignores its signal is not waited for, neither for an abort nor for the time limit', async () => {
  const deaf = fetchTransport((() => new Promise(() => undefined)) as unknown as typeof fetch);
  const request = { method: 'GET', url: 'https://h.example/', headers: {}, maxResponseBytes: 1 };
  const controller = new AbortController();
  const aborted = rejection(deaf({ ...request, timeoutMs: 1e9, signal: controller.signal }));
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await aborted).toBe(reason);
  expect(await rejection(deaf({ ...request, timeoutMs: 5 }))).toMatchObject({
    name: 'NetworkError',
    timedOut: true,
  });
});

test('limits above the maximum of a timer do not become one millisecond', async () => {
  const server = closing(await startServer(answer(200, { d: {} })));
  for (const transport of [closing(undiciTransport()), fetchTransport()]) {
    const options = { transport, timeoutMs: Infinity, retry: { totalTimeoutMs: Infinity } };
    const client = new AmsClient({ endpoint: server.origin, credential: listCredential('t'), ...options });
    expect((await client.request('GET', 'Assets')).status).toBe(200);
  }
});

test('an abort reaches those who still wait when another who shared the signal has finished', async () => {
  const controller = new AbortController();
  const waiting = rejection(sleep(1e9, controller.signal));
  await sleep(1, controller.signal);
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await Promise.race([waiting, sleep(1000)])).toBe(reason);
});

test('sleep and orAborted leave no listener', async () => {
  const { signal } = new AbortController();
  await sleep(1, signal);
  await orAborted(Promise.resolve(), signal);
  await rejection(orAborted(Promise.reject(new Error('own')), signal));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const gone = AbortSignal.abort(new Error('enough'));
  expect((await rejection(sleep(1e9, gone))).message).toBe('enough');
  expect((await rejection(orAborted(new Promise(() => undefined), gone))).message).toBe('enough');
});
