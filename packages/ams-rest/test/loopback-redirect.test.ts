/** The listener of a sign-in's redirect, when any local process sends it what HTTP allows and what it does not. */
import { connect } from 'node:net';
import { listenForRedirect } from '../src/credentials/loopback-redirect';
import { rejection } from './helpers/values';

/** Sends bytes and returns everything that comes back until the connection ends. */
function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

test.each([
  '//',
  '//evil.example/?state=right&code=x',
  'http://[',
  'http://localhost/?state=right&code=x',
  '*',
  '/?state=right',
  '/?state=wrong&code=x',
  '/?state=right&state=right&code=x',
  '/other?state=right&code=x',
  '/%zz',
])('a GET of %s is turned away, and the sign-in goes on', async (target) => {
  const controller = new AbortController();
  const listener = await listenForRedirect('right', 0, controller.signal);
  const port = Number(new URL(listener.redirectUri).port);
  try {
    expect(await send(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 40[04] /,
    );
    const good = await send(port, 'GET /?state=right&code=the-code HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(good).toMatch(/^HTTP\/1.1 200 /);
    expect((await listener.redirected).get('code')).toBe('the-code');
  } finally {
    await listener.close();
  }
});

test.each([
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
  '\0\0\0\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
])('what is no GET, or no HTTP, ends only its own connection: %j', async (bytes) => {
  const controller = new AbortController();
  const listener = await listenForRedirect('right', 0, controller.signal);
  try {
    expect(await send(Number(new URL(listener.redirectUri).port), bytes)).toMatch(/^HTTP\/1.1 4/);
    controller.abort(new Error('enough'));
    expect((await rejection(listener.redirected)).message).toBe('enough');
  } finally {
    await listener.close();
  }
});
