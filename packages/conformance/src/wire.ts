/**
 * The proxy between the port and the local Azure: it records requests byte for byte, answers itself where a
 * scenario has a rule, and passes the rest on. Addresses in answers are rewritten, so that the port comes back here.
 */
import {
  createServer,
  request as sendRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** The API with its token endpoint; Blob Storage; and a stranger, to whom nothing may ever be sent. */
export type Place = 'azure' | 'storage' | 'elsewhere';

export interface Arrived {
  readonly place: Place;
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Milliseconds on a clock that never jumps. */
  readonly at: number;
  /** Once it is answered. */
  reply?: Reply;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The connection breaks before the last byte that Content-Length promises. */
  readonly cutShort?: true;
}

/** Answers instead of the service; undefined leaves the request to it, `cut` breaks the connection off. */
export type Rule = (request: Arrived) => Reply | 'cut' | undefined | Promise<Reply | 'cut' | undefined>;

export interface Wire {
  readonly urls: Readonly<Record<Place, string>>;
  /** In the order of arrival, since the last `clear`. */
  readonly arrived: readonly Arrived[];
  /** Forgets what arrived, and sets the rules for what comes. */
  clear(rules?: readonly Rule[]): void;
  /** An address like that of `azure` where connections are refused until `open` is called. */
  reserve(): Promise<{ readonly url: string; open(): Promise<void> }>;
  close(): Promise<void>;
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);

export async function openWire(upstream: {
  readonly azure: string;
  readonly storage: string;
}): Promise<Wire> {
  let arrived: Arrived[] = [];
  let rules: readonly Rule[] = [];

  async function answer(request: Arrived): Promise<Reply | 'cut'> {
    for (const rule of rules) {
      const reply = await rule(request);
      if (reply !== undefined) return reply;
    }
    if (request.place === 'elsewhere') return { status: 200, body: '{}' };
    return pass(request, upstream[request.place], rewrite);
  }

  function serve(place: Place) {
    return createServer((incoming, outgoing) => {
      const at = performance.now();
      void (async () => {
        const { method = 'GET', url: target = '/', headers } = incoming;
        const request: Arrived = { place, method, target, headers, body: await readAll(incoming), at };
        arrived.push(request);
        const reply = await answer(request);
        if (reply === 'cut') {
          outgoing.destroy();
          return;
        }
        request.reply = reply;
        if (reply.cutShort) {
          const length = Buffer.byteLength(reply.body ?? '') + 1;
          outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': length });
          outgoing.write(reply.body ?? '', () => outgoing.destroy());
          return;
        }
        outgoing.writeHead(reply.status, reply.headers).end(reply.body);
      })().catch(() => outgoing.destroy());
    });
  }

  const late: Server[] = [];
  const servers = { azure: serve('azure'), storage: serve('storage'), elsewhere: serve('elsewhere') };
  const urls = {
    azure: await listen(servers.azure),
    storage: await listen(servers.storage),
    elsewhere: await listen(servers.elsewhere),
  };
  const rewrite = (text: string) =>
    text.replaceAll(upstream.azure, urls.azure).replaceAll(upstream.storage, urls.storage);

  return {
    urls,
    get arrived() {
      return arrived;
    },
    clear(next = []) {
      arrived = [];
      rules = next;
    },
    async reserve() {
      const first = createServer();
      const url = await listen(first);
      await new Promise((resolve) => first.close(resolve));
      return {
        url,
        async open() {
          const server = serve('azure');
          late.push(server);
          await listen(server, Number(new URL(url).port));
        },
      };
    },
    async close() {
      for (const server of [...Object.values(servers), ...late]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function listen(server: Server, port = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pass(request: Arrived, origin: string, rewrite: (text: string) => string): Promise<Reply> {
  const { method, target, body } = request;
  const headers = { ...endToEnd(request.headers), 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(origin + target, { method, headers, agent: false }, (incoming) => {
      readAll(incoming).then((bytes) => {
        const isText = /json|xml|text/.test(incoming.headers['content-type'] ?? '');
        const answered = isText ? rewrite(bytes.toString('utf8')) : bytes;
        resolve({ status: incoming.statusCode ?? 0, headers: endToEnd(incoming.headers), body: answered });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function endToEnd(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
