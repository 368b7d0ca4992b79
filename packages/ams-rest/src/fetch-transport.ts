/**
 * The same transport over any `fetch`: for Deno, Bun, edge runtimes, or a recording stand-in.
 *
 * `fetch` tells less than undici does: whether a failed request was sent cannot be known, except by the error
 * code that Node puts into `cause`.
 */
import { MAX_TIMER_MS, orAborted } from './abort';
import { exchangeFacts, ProtocolError } from './errors';
import type { HttpRequest, HttpResponse, Transport } from './http';
import { errorCodes, networkError, timeoutError } from './network-error';

/** Failures that happen before a byte of the request can have reached the service. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*|HOSTNAME_MISMATCH)$/;

/**
 * Makes a transport over a `fetch` function; see `Transport` for what it promises.
 *
 * @param fetchFunction Default: the global one.
 */
export function fetchTransport(fetchFunction: typeof fetch = fetch): Transport {
  return async (request) => {
    const { signal } = request;
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    const timer = setTimeout(
      () => controller.abort(timeoutError(request, true)),
      Math.min(request.timeoutMs, MAX_TIMER_MS),
    );
    try {
      // Not every fetch obeys its signal.
      return await orAborted(exchange(fetchFunction, request, controller.signal), controller.signal);
    } catch (error) {
      // The caller's own reason, or the time limit.
      controller.signal.throwIfAborted();
      if (error instanceof ProtocolError) throw error;
      const maybeSent = !errorCodes(error).every((code) => NOT_SENT.test(code));
      throw networkError(request, error, maybeSent);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
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
    // Only the DOM's types mind that bytes could lie in shared memory.
    body: (request.body ?? null) as string | (Uint8Array & { buffer: ArrayBuffer }) | null,
    redirect: 'manual',
    signal,
  });
  const body = await readBody(request, answer);
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
}

/** Counts what comes out of `fetch`, so a small compressed body cannot become a large one. */
async function readBody(request: HttpRequest, answer: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop cancels the body.
    if (size > request.maxResponseBytes)
      throw new ProtocolError({
        ...exchangeFacts(request),
        status: answer.status,
        reason: `the answer is larger than ${request.maxResponseBytes} bytes`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
