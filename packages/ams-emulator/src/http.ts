import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Certificate } from './data/certificate';

/** A request as plain values. */
export interface HttpRequest {
  readonly method: string;
  /** The raw path, neither decoded nor normalized, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
  /** How to damage the answer; set by planned faults only. */
  readonly spoil?:
    'cut-connection' | 'cut-answer' | 'stall-headers' | 'stall-body' | 'cut-body' | 'truncate-json';
}

export type Handler = (request: HttpRequest) => Promise<HttpReply>;

export interface HttpServer {
  /** `http://host:port` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

// The longest legal body is a job of 30 tasks with 100 000 characters of configuration each, escaped. A regular
// expression over a text of this length stays well within the stack of V8 (64 MB).
const bodyLimit = 8 * 1024 * 1024;

/** Serves `handler`. If it throws, the answer is a bare 500 without a stack trace. */
export async function listen(
  handler: Handler,
  host: string,
  port: number,
  certificate?: Certificate,
): Promise<HttpServer> {
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    serve(handler, incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server =
    certificate === undefined
      ? createServer(listener)
      : createSecureServer({ key: certificate.privateKey, cert: certificate.certificate }, listener);
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  // A refused upgrade must not leave its socket open.
  server.on('upgrade', (_request, socket: Socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http${certificate === undefined ? '' : 's'}://${shownHost}:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await readBody(incoming);
  const reply = body === undefined ? tooLarge : await answer(handler, plainRequest(incoming, body));
  if (reply.spoil !== undefined) {
    await sendSpoiled(reply, outgoing);
    return;
  }
  outgoing.writeHead(reply.status, reply.headers);
  if (typeof reply.body !== 'string') {
    await pipeline(reply.body, outgoing);
    return;
  }
  outgoing.end(incoming.method === 'HEAD' ? undefined : reply.body);
}

/** Sends as much of an answer as its fault allows. A stalled answer stays open. */
async function sendSpoiled(
  { status, headers, body, spoil }: HttpReply,
  outgoing: ServerResponse,
): Promise<void> {
  if (typeof body !== 'string') body.destroy();
  const text = typeof body === 'string' ? body : '';
  const half = text.slice(0, text.length / 2);
  if (spoil === 'cut-connection' || spoil === 'cut-answer') outgoing.destroy();
  if (spoil === 'truncate-json') {
    outgoing.writeHead(status, { ...headers, 'Content-Length': String(Buffer.byteLength(half)) }).end(half);
  }
  if (spoil === 'stall-body' || spoil === 'cut-body') {
    outgoing.writeHead(status, headers);
    await new Promise((resolve) => outgoing.write(half === '' ? ' ' : half, resolve));
    if (spoil === 'cut-body') outgoing.destroy();
  }
}

const tooLarge: HttpReply = {
  status: 413,
  headers: { 'Content-Length': '0', Connection: 'close' },
  body: '',
};

async function answer(handler: Handler, request: HttpRequest): Promise<HttpReply> {
  try {
    const reply = await handler(request);
    // RFC 9110 section 8.6: no Content-Length in a 204 answer.
    if (typeof reply.body !== 'string' || reply.status === 204) return reply;
    return {
      ...reply,
      headers: { 'Content-Length': String(Buffer.byteLength(reply.body)), ...reply.headers },
    };
  } catch {
    return { status: 500, headers: { 'Content-Length': '0' }, body: '' };
  }
}

/** The request as plain values. */
export function plainRequest(incoming: IncomingMessage, body: Buffer): HttpRequest {
  // A request line may contain an absolute URL; only its path and query count.
  const target = (incoming.url ?? '/').replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = target.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: incoming.headers,
    body,
  };
}

/** The complete body; undefined if it exceeds the limit. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
