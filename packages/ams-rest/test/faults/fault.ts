/** What a fault is, and the small words that the table is written in. */
import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { answer, type ReceivedRequest, type Reply } from '../helpers/scripted-server';

/** What the request is: to the API without and with an effect, or to the token endpoint. */
export type Door = 'get' | 'post' | 'token';

/** What a reply can be made of. */
export interface Scene {
  readonly door: Door;
  readonly request: ReceivedRequest;
  /** The answer that the client hopes for. */
  readonly ok: string;
  /** The server's own origin, and another one's. */
  readonly here: string;
  readonly elsewhere: string;
}

/** Where a request goes when not to the scripted server. */
export type Place =
  'closed port' | 'unknown host' | 'no TLS' | 'reset in TLS' | 'plain HTTP' | 'untrusted certificate';

export interface Fault {
  readonly name: string;
  /** One reply for each request, the last for all further ones. */
  readonly replies: (scene: Scene) => readonly Reply[];
  readonly place?: Place;
  /** The client finds out by its time limit. */
  readonly slow?: boolean;
  /** How often it is sent, and what the caller gets. */
  readonly get: string;
  readonly post: string;
  readonly token: string;
  /** Where `fetch` cannot know as much. */
  readonly overFetch?: Partial<Record<Door, string>>;
}

export const GAVE_UP = 'gave up after 2 retries';
export const UNKNOWN = 'outcome unknown';

/** The same reply again and again. */
export const always = (reply: Reply) => () => [reply];
/** That reply, and after it the answer hoped for. */
export const once = (reply: Reply) => (scene: Scene) => [reply, scene.ok];

export const status = (code: number, headers: Record<string, string> = {}) =>
  answer(code, `<html>${code}</html>`, { 'content-type': 'text/html', ...headers });

export const redirect = (code: number, location: (scene: Scene) => string) => (scene: Scene) => [
  answer(code, '', { location: location(scene) }),
];

/** Bytes as they are, and then nothing more. */
export const raw = (...lines: string[]): string => lines.join('\r\n');

export const thenReset = (bytes: string) => (socket: Socket) => {
  // A TLS socket cannot send a reset; closed without close_notify, it fails in the same way.
  socket.write(bytes, () => ('encrypted' in socket ? socket.destroy() : socket.resetAndDestroy()));
};

export const thenEnd = (bytes: string) => (socket: Socket) => void socket.end(bytes);

/** One drop after the other, for ever, until the other side has enough. */
export const trickle =
  (head: string, drop = ' ') =>
  (socket: Socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(drop), 20);
    socket.on('close', () => clearInterval(timer));
  };

/** As much as the other side takes. */
export const flood = (head: string, chunk: string) => (socket: Socket) => {
  socket.write(head);
  const pour = () => {
    while (!socket.destroyed && socket.write(chunk));
    if (!socket.destroyed) socket.once('drain', pour);
  };
  pour();
};

/** 100 MB of blanks in 100 kB; packed beforehand, as that takes longer than some of the time limits. */
const packed = gzipSync(Buffer.alloc(100_000_000, ' '));
export const gzipBomb = always(
  Buffer.concat([
    Buffer.from(raw('HTTP/1.1 200 OK', 'Content-Encoding: gzip', `Content-Length: ${packed.length}`, '', '')),
    packed,
  ]),
);

/** What a careless gateway does: its error page shows the request that it could not pass on. */
export const playBack = ({ request }: Scene) => [
  answer(502, `<html>could not pass on ${JSON.stringify(request)}</html>`, {
    'content-type': 'text/html',
    'x-ms-request-id': request.headers['authorization'] ?? request.body,
  }),
];

export { answer };
