/**
 * The same transport over any `fetch`: for Deno, Bun, edge runtimes, or a recording stand-in.
 *
 * `fetch` tells less than undici does: whether a failed request was sent cannot be known, except by the error
 * code that Node puts into `cause`.
 */
import { errorCode, NetworkError, ProtocolError } from './errors';
import type { HttpRequest, HttpResponse, Transport } from './http';

const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/**
 * Makes a transport over a `fetch` function; see `Transport` for what it promises.
 *
 * @param fetchFunction Default: the global one.
 */
export function fetchTransport(fetchFunction: typeof fetch = fetch): Transport {
  return async (request) => {
    request.signal?.throwIfAborted();
    const limit = AbortSignal.timeout(request.timeoutMs);
    try {
      const answer = await fetchFunction(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        redirect: 'manual',
        signal: request.signal ? AbortSignal.any([request.signal, limit]) : limit,
      });
      const body = await readBody(request, answer);
      return {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body,
      } satisfies HttpResponse;
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof ProtocolError) throw error;
      throw networkError(request, error, limit.aborted);
    }
  };
}

async function readBody(request: HttpRequest, answer: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop cancels the body.
    if (size > request.maxResponseBytes)
      throw new ProtocolError({
        ...request,
        status: answer.status,
        reason: `the answer is larger than ${request.maxResponseBytes} bytes`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function networkError(request: HttpRequest, error: unknown, timedOut: boolean): NetworkError {
  const { method, url } = request;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = errorCode(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new NetworkError({
    method,
    url,
    reason: timedOut ? `no complete answer within ${request.timeoutMs} ms` : message || code,
    maybeSent: !NOT_SENT.test(code),
    timedOut,
    cause: timedOut ? undefined : error,
  });
}
