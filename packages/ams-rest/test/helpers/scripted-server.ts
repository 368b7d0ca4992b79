/**
 * A server that sends exactly the bytes that a test gives it: real sockets (TLS too) and any fault.
 *
 * It reads whole requests (only Content-Length, as this library sends them) and answers each by the script.
 */
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Bytes to write, or what to do with the socket. */
export type Reply = string | Uint8Array | ((socket: Socket) => void);
/** One reply for each request, the last one for all further ones; or a function of the request. */
export type Script = Reply | readonly Reply[] | ((request: ReceivedRequest, index: number) => Reply);

export interface ScriptedServer {
  readonly origin: string;
  readonly port: number;
  readonly received: readonly ReceivedRequest[];
  /** The sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** How many connections there ever were. */
  connections(): number;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly tls?: TlsOptions;
  /** Takes the socket instead of the script, before a byte was read. */
  readonly onConnection?: (socket: Socket) => void;
}

/** An answer with its Content-Length; a body that is not text becomes JSON. */
export function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  const all = { 'content-type': type, 'content-length': String(Buffer.byteLength(text)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n${text}`;
}

export async function startServer(script: Script, options: ServerOptions = {}): Promise<ScriptedServer> {
  const received: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const onSocket = (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Clients break connections in these tests; that is expected.
    socket.on('error', () => socket.destroy());
    if (options.onConnection) {
      options.onConnection(socket);
      return;
    }
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (let next = readRequest(pending); next; next = readRequest(pending)) {
        pending = next.rest;
        received.push(next.request);
        const reply = replyFor(script, next.request, received.length - 1);
        if (typeof reply === 'function') reply(socket);
        else socket.write(reply);
      }
    });
  };

  const server = options.tls ? createTlsServer(options.tls, onSocket) : createTcpServer(onSocket);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: options.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    received,
    sockets,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function replyFor(script: Script, request: ReceivedRequest, index: number): Reply {
  if (typeof script === 'string' || script instanceof Uint8Array) return script;
  if (typeof script === 'function')
    return (script as (r: ReceivedRequest, i: number) => Reply)(request, index);
  const reply = script[Math.min(index, script.length - 1)];
  if (reply === undefined) throw new Error('the script is empty');
  return reply;
}

function readRequest(bytes: Buffer): { request: ReceivedRequest; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
  if (bytes.length < bodyEnd) return undefined;
  const body = bytes.toString('utf8', end + 4, bodyEnd);
  return { request: { method, path, headers, body }, rest: bytes.subarray(bodyEnd) };
}
