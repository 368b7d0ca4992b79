/**
 * The default transport: one undici Pool for each origin. The only file that imports undici.
 *
 * Why not `fetch`: user CPU per small GET at 64 in flight, measured on one machine, was 1.0 for a Pool,
 * 1.6 for `undici.request` and 8.6 for `undici.fetch` (`bench/speed`). Why `dispatch` and not `request`: only the handler is
 * told when the first byte is about to be written, which decides whether a POST may be repeated; `request` also
 * waits for a connection that is still being made when its signal aborts.
 */
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { MAX_TIMER_MS } from './abort';
import { exchangeFacts, ProtocolError } from './errors';
import { isPlainTarget, originAsWritten, type HttpRequest, type HttpResponse, type Transport } from './http';
import { networkError, timeoutError } from './network-error';

/** Which connections an undici transport uses. */
export interface UndiciTransportOptions {
  /**
   * Sends everything through this undici dispatcher instead of own pools: a `ProxyAgent`, or an `Agent` with
   * `connect: { ca, cert, key }`. It stays the caller's to close.
   */
  readonly dispatcher?: object;
  /** Connections to one origin at most; default no limit. */
  readonly connections?: number;
}

/** A transport with connections of its own. */
export type ClosableTransport = Transport & {
  /** Closes the connections once the exchanges under way have ended. Idle ones never keep a process alive. */
  close(): Promise<void>;
};

/** A socket, of which only this is needed. */
interface Socket {
  destroy(error: Error): unknown;
}

/** The connections to one origin, those that are still being made, and the exchanges that wait for one. */
interface Origin {
  readonly dispatcher: Dispatcher;
  readonly connecting: Set<Socket>;
  waiting: number;
}

/** Makes a transport over undici; see `Transport` for what it promises. */
export function undiciTransport(options: UndiciTransportOptions = {}): ClosableTransport {
  const origins = new Map<string, Origin>();
  const shared = options.dispatcher && {
    dispatcher: options.dispatcher as Dispatcher,
    connecting: new Set<Socket>(),
    waiting: 0,
  };

  function splitUrl(url: string): { origin: string; path: string } {
    const origin = originAsWritten(url);
    const path = url.slice(origin.length);
    if (origins.has(origin) && isPlainTarget(path)) return { origin, path };
    const parsed = new URL(url);
    return { origin: parsed.origin, path: parsed.pathname + parsed.search };
  }

  function originOf(url: string): Origin {
    let origin = origins.get(url);
    if (!origin) {
      origin = shared ?? openOrigin(url, options.connections);
      origins.set(url, origin);
    }
    return origin;
  }

  function send(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      request.signal?.throwIfAborted();
      const { origin, path } = splitUrl(request.url);
      const handler = new ExchangeUnderWay(request, originOf(origin), resolve, reject);
      handler.origin.dispatcher.dispatch(
        {
          origin,
          path,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          // The exchange has a limit of its own; undici's count from byte to byte.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        handler,
      );
    });
  }

  return Object.assign(send, {
    async close() {
      const own = shared ? [] : [...origins.values()];
      const closing = own.map(({ dispatcher }) => dispatcher.close());
      origins.clear();
      await Promise.all(closing);
    },
  });
}

function openOrigin(url: string, connections: number | undefined): Origin {
  const connect = buildConnector({}) as (...args: Parameters<buildConnector.connector>) => Socket;
  const pool = new Pool(url, {
    connections: connections ?? null,
    pipelining: 1,
    connect: (target, callback) => {
      // After an abort undici connects anew for the request that it aborted.
      if (origin.waiting === 0) {
        queueMicrotask(() => callback(new Error('nobody waits for this connection'), null));
        return;
      }
      const socket = connect(target, (...outcome) => {
        origin.connecting.delete(socket);
        callback(...outcome);
      });
      origin.connecting.add(socket);
    },
  });
  const origin: Origin = { dispatcher: pool, connecting: new Set(), waiting: 0 };
  return origin;
}

/** One exchange from dispatch to the last byte; whatever ends it first decides, once. */
class ExchangeUnderWay implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | undefined;
  #ended = false;
  #status = 0;
  #headers: HttpResponse['headers'] = {};
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = () => this.#fail(this.request.signal?.reason as Error);

  readonly request: HttpRequest;
  readonly origin: Origin;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (reason: Error) => void;

  constructor(
    request: HttpRequest,
    origin: Origin,
    resolve: (response: HttpResponse) => void,
    reject: (reason: Error) => void,
  ) {
    this.request = request;
    this.origin = origin;
    this.resolve = resolve;
    this.reject = reject;
    origin.waiting++;
    const limit = Math.min(request.timeoutMs, MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#fail(timeoutError(request, this.#started)), limit);
    request.signal?.addEventListener('abort', this.#onAbort);
  }

  /** Until then no byte of the request has left. */
  get #started(): boolean {
    return this.#controller !== undefined;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) {
      controller.abort(new Error('nobody waits for this exchange any more'));
      return;
    }
    if (!this.#started) this.origin.waiting--;
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = plainHeaders(headers);
    const declared = this.request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0);
    if (declared > this.request.maxResponseBytes) this.#tooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.request.maxResponseBytes) this.#tooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#end();
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    this.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#ended) this.#fail(networkError(this.request, error, this.#started));
  }

  #tooLarge(): void {
    const { maxResponseBytes } = this.request;
    const reason = `the answer is larger than ${maxResponseBytes} bytes`;
    this.#fail(new ProtocolError({ ...exchangeFacts(this.request), status: this.#status, reason }));
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.#end();
    this.reject(error);
    this.#controller?.abort(error);
    // Who gives up while a connection is still being made leaves it to the others who wait, or takes it along.
    if (!this.#started && --this.origin.waiting === 0)
      for (const socket of this.origin.connecting)
        socket.destroy(new Error('nobody waits for this connection'));
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.request.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Repeated headers come as lists; mostly there are none, and nothing has to be copied. */
function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'object') headers[name] = value.join(', ');
  }
  return headers as Record<string, string>;
}
