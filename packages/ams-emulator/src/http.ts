import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';

/** A request as plain values: what every part of the emulator takes. */
export interface HttpRequest {
  readonly method: string;
  /** As sent: neither decoded nor normalised, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
}

export type Handler = (request: HttpRequest) => Promise<HttpReply>;

export interface HttpServer {
  /** `http://host:port` */
  readonly url: string;
  close(): Promise<void>;
}

// The longest legal body is a job of 30 tasks with 100 000 characters of configuration each, escaped.
const bodyLimit = 16 * 1024 * 1024;

/** Serves `handler`; a handler that throws is answered by a bare 500, never by a stack trace. */
export async function listen(handler: Handler, host: string, port: number): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => {
    serve(handler, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  // A refused upgrade must not leave a socket nobody owns.
  server.on('upgrade', (_request, socket: Socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shownHost}:${address.port}`,
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
  outgoing.writeHead(reply.status, reply.headers);
  if (typeof reply.body !== 'string') {
    await pipeline(reply.body, outgoing);
    return;
  }
  outgoing.end(incoming.method === 'HEAD' ? undefined : reply.body);
}

const tooLarge: HttpReply = {
  status: 413,
  headers: { 'Content-Length': '0', Connection: 'close' },
  body: '',
};

async function answer(handler: Handler, request: HttpRequest): Promise<HttpReply> {
  try {
    const reply = await handler(request);
    if (typeof reply.body !== 'string') return reply;
    return {
      ...reply,
      headers: { 'Content-Length': String(Buffer.byteLength(reply.body)), ...reply.headers },
    };
  } catch {
    return { status: 500, headers: { 'Content-Length': '0' }, body: '' };
  }
}

function plainRequest(incoming: IncomingMessage, body: Buffer): HttpRequest {
  // A request line may carry a whole URL; only its path and query matter.
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

/** The whole body, undefined when it is over the limit. */
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
