/** What both transports promise, over real sockets; the faults are in the fault matrix. */
import net from 'node:net';
import { Agent } from 'undici';
import { fetchTransport, undiciTransport, type Transport } from '../src';
import { closing } from './helpers/closing';
import { answer, startServer, type Script } from './helpers/scripted-server';
import { rejection, request } from './helpers/values';

const transports: [string, () => Transport][] = [
  ['undici', () => closing(undiciTransport())],
  ['fetch', () => fetchTransport()],
];

describe.each(transports)('the %s transport', (_, make) => {
  const serve = async (script: Script) => closing(await startServer(script));

  test('sends what it was given and returns plain values', async () => {
    const server = await serve(
      'HTTP/1.1 207 Odd\r\nX-A: 1\r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    );
    const sent = request({
      method: 'PUT',
      url: `${server.origin}/a%2Fb?c=d%20e`,
      headers: { 'content-type': 'text/plain', 'x-b': '3' },
      body: 'ä',
    });
    const response = await make()(sent);
    expect(response.status).toBe(207);
    expect(response.headers).toMatchObject({ 'x-a': '1, 2' });
    expect(Buffer.from(response.body).toString()).toBe('abcde');
    expect(server.received[0]).toMatchObject({
      method: 'PUT',
      path: '/a%2Fb?c=d%20e',
      body: 'ä',
      headers: { 'content-type': 'text/plain', 'x-b': '3', 'content-length': '2' },
    });
  });

  test('sends bytes, and takes an answer without a body', async () => {
    const server = await serve('HTTP/1.1 204 No Content\r\n\r\n');
    const body = new Uint8Array([0x68, 0x69]);
    const response = await make()(request({ method: 'PUT', url: server.origin, body }));
    expect([response.status, response.body.length]).toEqual([204, 0]);
    expect(server.received[0]?.body).toBe('hi');
  });

  test('takes the length of what a HEAD answer leaves out for no body', async () => {
    const server = await serve('HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n');
    const sent = request({ method: 'HEAD', url: server.origin, maxResponseBytes: 1000 });
    const { headers, body } = await make()(sent);
    expect([headers['content-length'], body.length]).toEqual(['200000000', 0]);
  });

  test('uses a connection again', async () => {
    const server = await serve(answer(200, 'x'));
    const transport = make();
    for (let count = 0; count < 3; count++) {
      await transport(request({ url: server.origin }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([server.received.length, server.connections()]).toEqual([3, 1]);
  });

  test.each([301, 302, 307])('does not follow a %d', async (status) => {
    const server = await serve(answer(status, '', { location: '/elsewhere' }));
    const response = await make()(request({ url: `${server.origin}/` }));
    expect([response.status, response.headers['location'], server.received.length]).toEqual([
      status,
      '/elsewhere',
      1,
    ]);
  });

  test('sends what an address means, however it is written', async () => {
    const server = await serve(answer(200));
    const transport = make();
    // The first to an origin is parsed in any case.
    for (const path of ['/', "/a/./b/%2e%2e/c d?e='f'#g"])
      await transport(request({ url: server.origin + path }));
    await transport(request({ url: `${server.origin.replace('http', 'HTTP')}/x?y` }));
    expect(server.received.slice(1).map(({ path }) => path)).toEqual(['/a/c%20d?e=%27f%27', '/x?y']);
  });

  test('accepts an answer of just the permitted size, declared or not', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n';
    const server = await serve([answer(200, '0123456789'), chunked]);
    const transport = make();
    for (let count = 0; count < 2; count++) {
      const { body } = await transport(request({ url: server.origin, maxResponseBytes: 10 }));
      expect(Buffer.from(body).toString()).toBe('0123456789');
    }
  });

  test('an abort before, during and at the end of the exchange comes back as its own reason', async () => {
    const reason = new Error('enough');
    const server = await serve(() => () => undefined);
    const transport = make();
    const before = transport(request({ url: server.origin, signal: AbortSignal.abort(reason) }));
    expect(await rejection(before)).toBe(reason);
    expect(server.received).toHaveLength(0);

    const controller = new AbortController();
    const during = rejection(transport(request({ url: server.origin, signal: controller.signal })));
    while (server.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    expect(await during).toBe(reason);
  });

  test('leaves no listener on the caller’s signal', async () => {
    const server = await serve([answer(200, 'x'), (socket) => socket.destroy()]);
    const { signal } = new AbortController();
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    const transport = make();
    await transport(request({ url: server.origin, signal }));
    await rejection(transport(request({ url: server.origin, signal })));
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed).toHaveBeenCalledTimes(2);
  });
});

// A slow handshake cannot be had on one machine, so this looks at what Node is asked for (nodejs/node#54359).
test('each address of a host has two seconds for its handshake', async () => {
  const server = closing(await startServer(answer(200)));
  const connect = jest.spyOn(net, 'connect');
  try {
    await closing(undiciTransport())(request({ url: server.origin }));
    expect(connect.mock.calls).toEqual([
      [expect.objectContaining({ autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2000 })],
    ]);
  } finally {
    connect.mockRestore();
  }
});

test('a dispatcher that throws leaves no timer behind', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  try {
    const dispatcher = new Agent();
    dispatcher.dispatch = () => {
      throw new Error('not today');
    };
    const error = await rejection(undiciTransport({ dispatcher })(request()));
    expect(error).toMatchObject({ name: 'NetworkError', reason: 'not today', maybeSent: false });
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test('the limit that a request does not give is in the message all the same', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  try {
    const deaf = fetchTransport((() => new Promise(() => undefined)) as unknown as typeof fetch);
    const failed = rejection(deaf({ method: 'GET', url: 'https://h.example/', headers: {} }));
    await jest.advanceTimersByTimeAsync(60_000);
    expect((await failed).message).toContain('no complete answer within 60000 ms');
  } finally {
    jest.useRealTimers();
  }
});

test('a dispatcher of the caller’s stays open when the transport is closed', async () => {
  const server = closing(await startServer(answer(200)));
  const dispatcher = new Agent();
  closing({ close: () => dispatcher.destroy() });
  const first = undiciTransport({ dispatcher });
  await first(request({ url: server.origin }));
  await first.close();
  expect((await undiciTransport({ dispatcher })(request({ url: server.origin }))).status).toBe(200);
});
