/**
 * The default transport: one undici Pool for each origin. The only file that imports undici.
 *
 * Why not `fetch`: user CPU per small GET at 64 in flight, measured on one machine, was 1.0 for a Pool,
 * 1.6 for `undici.request` and 8.6 for `undici.fetch` (`bench/speed`). Why `dispatch` and not `request`: only the handler is
 * called when the first byte is about to be written, which decides whether a POST may be repeated; `request` also waits for
 * a pending connection when its signal aborts.
 */
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { MAX_TIMER_MS, onAbort } from './abort';
import { errorCode, networkError, timeoutError, tooLargeError } from './errors';
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  type ClosableTransport,
  type HttpRequest,
  type HttpResponse,
} from './messages';
import { redactText } from './redact';
import { parseUrl } from './url';

/** Which connections an undici transport uses. */
export interface UndiciTransportOptions {
  /**
   * Sends everything through this undici dispatcher instead of its own pools: a `ProxyAgent`, or an `Agent` with
   * `connect: { ca, cert, key }`. The caller closes it.
   */
  readonly dispatcher?: Dispatcher;
  /** Maximum number of connections to one origin; default: no limit. */
  readonly connections?: number;
}

/** The connections to one origin. */
interface Origin {
  readonly dispatcher: Dispatcher;
  /** How many requests wait for a connection. */
  waiting: number;
  /** Ends pending connections. */
  abandon(): void;
}

/** Node tries the next address of a host after 250 ms, less than a handshake takes on a slow link (nodejs/node#54359). */
const ADDRESS_TIMEOUT_MS = 2000;
/** undici's codes for an invalid request. */
const WRONG_REQUEST = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);
const NOT_WANTED = 'no request waits for this connection';

/** Makes a transport over undici; see `Transport` for what it promises. */
export function undiciTransport({ dispatcher, connections }: UndiciTransportOptions = {}): ClosableTransport {
  const origins = new Map<string, Origin>();
  const shared = dispatcher && { dispatcher, waiting: 0, abandon: () => undefined };

  function open(url: string): Origin {
    // undici fails every request queued for an ended connection, even later ones, so those get a new pool.
    const origin = openOrigin(url, connections, () => origins.delete(url));
    origins.set(url, origin);
    return origin;
  }

  return Object.assign(
    (request: HttpRequest) =>
      new Promise<HttpResponse>((resolve, reject) => {
        request.signal?.throwIfAborted();
        const url = parseUrl(request.url);
        if (!url) throw new TypeError('the URL of a request must be absolute');
        send(request, url, shared ?? origins.get(url.origin) ?? open(url.origin), resolve, reject);
      }),
    {
      async close() {
        const closing = [...origins.values()].map((origin) => origin.dispatcher.close());
        origins.clear();
        await Promise.all(closing);
      },
    },
  );
}

function openOrigin(url: string, connections: number | undefined, forget: () => void): Origin {
  const connector = buildConnector({
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
  } as buildConnector.BuildOptions);
  const connect = connector as (...args: Parameters<buildConnector.connector>) => {
    destroy(error: Error): unknown;
  };
  const connecting = new Set<ReturnType<typeof connect>>();
  const pool = new Pool(url, {
    connections: connections ?? null,
    pipelining: 1,
    connect(target, callback) {
      // After an abort undici connects again for the aborted request.
      if (origin.waiting === 0) {
        queueMicrotask(() => callback(new Error(NOT_WANTED), null));
        return;
      }
      const socket = connect(target, (...outcome) => {
        connecting.delete(socket);
        callback(...outcome);
      });
      connecting.add(socket);
    },
  });
  const origin: Origin = {
    dispatcher: pool,
    waiting: 0,
    abandon() {
      forget();
      pool.close().catch(() => undefined);
      for (const socket of connecting) socket.destroy(new Error(NOT_WANTED));
    },
  };
  return origin;
}

/** Performs one exchange. The first event that ends it determines the result. */
function send(
  request: HttpRequest,
  url: URL,
  origin: Origin,
  resolve: (response: HttpResponse) => void,
  reject: (reason: unknown) => void,
): void {
  const { method, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request;
  const { maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES } = request;
  const chunks: Uint8Array[] = [];
  let [status, size, ended] = [0, 0, false];
  let headers: HttpResponse['headers'] = {};
  /** While undefined, no byte of the request has been sent. */
  let sending: Dispatcher.DispatchController | undefined;

  const settle = () => {
    ended = true;
    clearTimeout(timer);
    forgetSignal();
  };
  const end = (reason: unknown) => {
    if (ended) return;
    settle();
    reject(reason);
    if (sending) sending.abort(reason as Error);
    else if (--origin.waiting === 0) origin.abandon();
  };
  const fail = (error: unknown) =>
    end(
      WRONG_REQUEST.has(errorCode(error))
        ? new TypeError(`the request cannot be sent: ${redactText((error as Error).message)}`)
        : networkError(request, error, sending !== undefined),
    );
  /** Counts bytes, declared or received. */
  const isTooLarge = (bytes: number) => {
    if (bytes > maxResponseBytes) end(tooLargeError(request, status, maxResponseBytes));
    return bytes > maxResponseBytes;
  };

  origin.waiting++;
  const timer = setTimeout(
    () => end(timeoutError(request, sending !== undefined)),
    Math.min(timeoutMs, MAX_TIMER_MS),
  );
  const forgetSignal = onAbort(signal, () => end(signal?.reason));
  const path = url.pathname + url.search;
  // Off, because they limit the time between bytes; `timeoutMs` limits the whole exchange.
  const limits = { headersTimeout: 0, bodyTimeout: 0 };
  try {
    origin.dispatcher.dispatch(
      { origin: url.origin, path, method, headers: request.headers, body: request.body ?? null, ...limits },
      {
        onRequestStart(controller) {
          if (ended) {
            controller.abort(new Error(NOT_WANTED));
            return;
          }
          if (!sending) origin.waiting--;
          sending = controller;
        },
        onResponseStart(_controller, code, received) {
          if (code < 200) return;
          status = code;
          headers = plainHeaders(received);
          if (method !== 'HEAD') isTooLarge(Number(headers['content-length'] ?? 0));
        },
        onResponseData(_controller, chunk) {
          size += chunk.length;
          if (!isTooLarge(size)) chunks.push(chunk);
        },
        onResponseEnd() {
          if (ended) return;
          settle();
          const [only] = chunks;
          resolve({ status, headers, body: chunks.length === 1 && only ? only : Buffer.concat(chunks) });
        },
        onResponseError: (_controller, error) => fail(error),
      },
    );
  } catch (error) {
    fail(error);
  }
}

/** Joins repeated headers in place, as most answers have none. */
function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'object') headers[name] = value.join(', ');
  }
  return headers as Record<string, string>;
}
