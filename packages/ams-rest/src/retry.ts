/**
 * Whether a failed exchange is worth repeating (a pure question), and the loop that repeats it.
 *
 * The rule that costs most when forgotten: a request that creates something is repeated only when the service
 * surely did nothing with it, or a lost answer becomes a second asset.
 */
import { MAX_TIMER_MS, sleep } from './abort';
import { exchangeFacts, NetworkError, ProtocolError } from './errors';
import type { HttpRequest, HttpResponse, Transport } from './http';
import { printRedacted } from './redact';

/** How often, and for how long, a request is repeated that may be. */
export interface RetryOptions {
  /** Repetitions after the first try; default 3. */
  readonly maxRetries?: number;
  /** The first back-off; doubles each time; default 500. */
  readonly baseDelayMs?: number;
  /** The longest back-off; default 20 000. A `Retry-After` is obeyed in full or not at all. */
  readonly maxDelayMs?: number;
  /** Budget for all tries and waits together; default 120 000. */
  readonly totalTimeoutMs?: number;
  /** Statuses worth repeating besides 408, 429, 500, 502, 503 and 504; default none. */
  readonly alsoRetry?: readonly number[];
  /** A number from 0 to 1 for the jitter; default `Math.random`. */
  readonly random?: () => number;
}

/** How one try ended. */
export type Outcome = { readonly response: HttpResponse } | { readonly error: NetworkError };

export interface Exchange {
  readonly response: HttpResponse;
  readonly attempts: number;
  /** Why a bad answer was not repeated (again). */
  readonly stopped?: string;
  /** It must not be done twice, and may have been carried out. */
  readonly outcomeUnknown?: boolean;
}

/** `outcomeUnknown`: it may have been carried out, and must not be twice. */
export type RetryDecision =
  { readonly delayMs: number } | { readonly stop: string; readonly outcomeUnknown?: boolean };

const RETRYABLE_STATUS = new Set([408, 429, 500, 502, 503, 504]);
/** MERGE and PATCH set given values, so carrying them out twice ends the same (OData v3 section 10.3.3). */
const REPEATABLE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'MERGE', 'PATCH']);

export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUS.has(status);
}

/**
 * Reads how long the service asks to wait, in milliseconds; undefined when it does not say.
 *
 * `retry-after-ms` and `x-ms-retry-after-ms` before `Retry-After`, which may be whole or decimal seconds or an
 * HTTP date (RFC 9110 section 10.2.3); a date in the past is 0.
 */
export function retryAfterMs(headers: HttpResponse['headers'], now = Date.now()): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const value = headers[name]?.trim();
    if (value && /^\d+(\.\d+)?$/.test(value)) return Number(value);
  }
  const value = headers['retry-after']?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // Date.parse takes nearly anything ("-5" is the year 2001), so ask for the month of an HTTP date first.
  const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * Decides whether and when to repeat.
 *
 * @param repeatable True when carrying the request out twice does no harm.
 * @param retries How many repetitions there were.
 * @param remainingMs What is left of the budget.
 */
export function decideRetry(
  outcome: Outcome,
  repeatable: boolean,
  retries: number,
  remainingMs: number,
  options: RetryOptions = {},
): RetryDecision {
  const { maxRetries = 3, baseDelayMs = 500, maxDelayMs = 20_000, random = Math.random } = options;
  if ('response' in outcome) {
    const { status } = outcome.response;
    if (!isRetryableStatus(status) && !options.alsoRetry?.includes(status)) return { stop: '' };
  }
  if (!repeatable && !surelyNotDone(outcome))
    return { stop: 'not repeated: it may have been carried out', outcomeUnknown: true };
  if (retries >= maxRetries) return { stop: maxRetries > 0 ? `gave up after ${counted(maxRetries)}` : '' };

  const asked = 'response' in outcome ? retryAfterMs(outcome.response.headers) : undefined;
  const backOff = Math.min(maxDelayMs, baseDelayMs * 2 ** retries) * (0.5 + random() / 2);
  const delayMs = asked ?? backOff;
  if (delayMs >= remainingMs || delayMs > MAX_TIMER_MS) {
    return asked === undefined
      ? { stop: 'gave up: the time for retries is used up' }
      : { stop: `gave up: the service asks to wait ${Math.ceil(asked / 1000)} s` };
  }
  return { delayMs };
}

const counted = (retries: number) => (retries === 1 ? '1 retry' : `${retries} retries`);

/** Refused at the door: not connected, throttled. A bare 503 may come from a gateway after the work was done. */
function surelyNotDone(outcome: Outcome): boolean {
  if ('error' in outcome) return !outcome.error.maybeSent;
  const { status, headers, body } = outcome.response;
  if (status === 429) return true;
  if (status !== 503) return false;
  if (retryAfterMs(headers) !== undefined || headers['x-ms-error-code'] === 'ServerBusy') return true;
  return /server is busy/i.test(new TextDecoder('latin1').decode(body.subarray(0, 2048)));
}

/**
 * Sends `request`, again where `decideRetry` says so.
 *
 * Returns the last answer, good or bad, with the number of tries; rejects with `NetworkError` when nobody
 * answered, or with the reason of `request.signal`.
 *
 * @param repeatable Default: by method. A token request is a POST that may be repeated.
 */
export async function sendWithRetry(
  transport: Transport,
  request: HttpRequest,
  options: RetryOptions = {},
  repeatable = REPEATABLE_METHODS.has(request.method),
): Promise<Exchange> {
  // Not the time of day, which may be set while we wait.
  const deadline = performance.now() + (options.totalTimeoutMs ?? 120_000);
  for (let attempts = 1; ; attempts++) {
    const remaining = Math.max(1, Math.floor(deadline - performance.now()));
    const limited =
      remaining < request.timeoutMs ? printRedacted({ ...request, timeoutMs: remaining }) : request;
    let outcome: Outcome;
    try {
      outcome = { response: await transport(limited) };
    } catch (error) {
      outcome = { error: networkErrorOr(error, request, attempts) };
    }
    const decision = decideRetry(outcome, repeatable, attempts - 1, deadline - performance.now(), options);
    if ('delayMs' in decision) {
      await sleep(decision.delayMs, request.signal);
      continue;
    }
    const { stop: stopped, outcomeUnknown = false } = decision;
    if ('response' in outcome) return { response: outcome.response, attempts, stopped, outcomeUnknown };
    const { reason, maybeSent, timedOut, cause } = outcome.error;
    const facts = { ...exchangeFacts(request), attempts, stopped, outcomeUnknown };
    throw new NetworkError({ ...facts, reason, maybeSent, timedOut, cause });
  }
}

/** @throws `error` itself when it is no NetworkError; a ProtocolError then tells the number of tries. */
function networkErrorOr(error: unknown, request: HttpRequest, attempts: number): NetworkError {
  if (error instanceof NetworkError) return error;
  if (!(error instanceof ProtocolError) || attempts === 1) throw error;
  const { reason, status, cause } = error;
  throw new ProtocolError({ ...exchangeFacts(request), reason, status, cause, attempts });
}
