/** Makes a `NetworkError` of whatever the network, undici or a `fetch` threw. */
import { errorCode, exchangeFacts, NetworkError } from './errors';
import type { HttpRequest } from './http';

/**
 * What went wrong, in the words of the innermost error that has some.
 *
 * `fetch` hides the reason in `cause`; several addresses tried (IPv6, IPv4) come as parts of an AggregateError.
 */
export function networkError(request: HttpRequest, error: unknown, maybeSent: boolean): NetworkError {
  const parts = innermost(error);
  const reasons = new Set(
    parts.map((part) => messageOf(part) || errorCode(part)).filter((text) => text !== ''),
  );
  return new NetworkError({
    ...exchangeFacts(request),
    reason: [...reasons].join('; ') || 'the connection failed',
    maybeSent,
    timedOut: parts.some((part) => /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/.test(errorCode(part))),
    cause: error,
  });
}

/** The limit for the whole exchange passed. */
export function timeoutError(request: HttpRequest, maybeSent: boolean): NetworkError {
  const reason = `no complete answer within ${request.timeoutMs} ms`;
  return new NetworkError({ ...exchangeFacts(request), reason, maybeSent, timedOut: true });
}

/** The codes of every part of `error`. */
export function errorCodes(error: unknown): string[] {
  return innermost(error).map(errorCode);
}

function innermost(error: unknown, depth = 0): unknown[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [error];
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return error.errors.flatMap((part) => innermost(part, depth + 1));
  if ('cause' in error && typeof error.cause === 'object' && error.cause !== null)
    return innermost(error.cause, depth + 1);
  return [error];
}

function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null)
    return 'message' in error && typeof error.message === 'string' ? error.message : '';
  return String(error);
}
