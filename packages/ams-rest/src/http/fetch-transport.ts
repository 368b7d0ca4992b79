/**
 * A transport over any `fetch`, for Deno, Bun and edge runtimes.
 *
 * `fetch` reports less than undici does: only the error code that Node puts into `cause` says whether a failed request
 * was sent.
 */
import { MAX_TIMER_MS, onAbort, orAborted } from './abort';
import {
  errorCode,
  innermostErrors,
  networkError,
  ProtocolError,
  requestFacts,
  timeoutError,
  tooLargeError,
} from './errors';
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from './messages';

/** Failures that happen before a byte of the request can have reached the service. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*|HOSTNAME_MISMATCH)$/;

/** For example, a range of a blob that is stored compressed. */
const UNDECODABLE =
  'fetch could not decode the answer by its Content-Encoding; undiciTransport leaves answers as they are';

/**
 * Makes a transport over a `fetch` function; see `Transport` for what it promises.
 *
 * @param fetchFunction Default: the global one.
 */
export function fetchTransport(fetchFunction: typeof fetch = fetch): Transport {
  return async (request) => {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request;
    signal?.throwIfAborted();
    if (!URL.canParse(request.url)) throw new TypeError('the URL of a request must be absolute');
    const controller = new AbortController();
    const forgetSignal = onAbort(signal, () => controller.abort(signal?.reason));
    const timer = setTimeout(
      () => controller.abort(timeoutError(request, true)),
      Math.min(timeoutMs, MAX_TIMER_MS),
    );
    try {
      // Some fetch functions ignore the signal.
      return await orAborted(exchange(fetchFunction, request, controller.signal), controller.signal);
    } catch (error) {
      // The caller's own reason, or the time limit.
      controller.signal.throwIfAborted();
      if (error instanceof ProtocolError) throw error;
      const codes = innermostErrors(error).map(errorCode);
      if (codes.includes('Z_DATA_ERROR'))
        throw new ProtocolError({ ...requestFacts(request), reason: UNDECODABLE });
      const maybeSent = !codes.every((code) => NOT_SENT.test(code));
      throw networkError(request, error, maybeSent);
    } finally {
      clearTimeout(timer);
      forgetSignal();
    }
  };
}

async function exchange(
  fetchFunction: typeof fetch,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const answer = await fetchFunction(request.url, {
    method: request.method,
    headers: request.headers,
    // The cast is for the DOM's types, which exclude shared memory.
    body: (request.body ?? null) as string | (Uint8Array & { buffer: ArrayBuffer }) | null,
    redirect: 'manual',
    signal,
  });
  const body = await readBody(request, answer);
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
}

/** Counts decoded bytes, so that a small compressed body cannot become a large one. */
async function readBody(request: HttpRequest, answer: Response): Promise<Uint8Array> {
  const { maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES } = request;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop cancels the body.
    if (size > maxResponseBytes) throw tooLargeError(request, answer.status, maxResponseBytes);
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
