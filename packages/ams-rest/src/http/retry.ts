/**
 * The decision to repeat a failed exchange (pure), and the loop that repeats it.
 *
 * A request that creates something is repeated only when the service cannot have acted on it. Otherwise a lost answer could
 * lead to a second asset. A repetition is not a first try: `answerLost` says that an earlier one may have succeeded.
 */
import { MAX_TIMER_MS, sleep } from './abort';
import { ExchangeError, NetworkError, type Attempts } from './errors';
import {
  DEFAULT_TIMEOUT_MS,
  parseDate,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from './messages';
import { printRedacted, redactUrl } from './redact';

/** How often, and for how long, a request is repeated. */
export interface RetryOptions {
  /** Repetitions after the first try; default 3. */
  readonly maxRetries?: number;
  /** The first back-off, which doubles each time; default 500. */
  readonly baseDelayMs?: number;
  /** The longest back-off; default 20 000. A `Retry-After` is obeyed in full or not at all. */
  readonly maxDelayMs?: number;
  /** Limit for all tries and waits together; default 120 000, or twice the limit of one try if that is more. */
  readonly totalTimeoutMs?: number;
  /** Statuses worth repeating besides 408, 429, 500, 502, 503 and 504; default none. */
  readonly alsoRetry?: readonly number[];
  /** True when carrying the request out twice does no harm; default for all methods except POST. */
  readonly repeatable?: boolean;
  /** A number from 0 to 1 for the jitter; default `Math.random`. */
  readonly random?: () => number;
  /** Called before each wait, for example to log. What it throws ends the request. */
  readonly onRetry?: (retry: RetryEvent) => void;
}

/** One try that failed and will be repeated. */
export interface RetryEvent {
  readonly method: string;
  /** Without secrets. */
  readonly url: string;
  /** Which try failed; the first is 1. */
  readonly attempt: number;
  /** The status of the answer; undefined if there was none. */
  readonly status: number | undefined;
  /** Why there was no answer. */
  readonly error: NetworkError | undefined;
  /** How long until the next try. */
  readonly delayMs: number;
}

/** How one try ended. */
export type Outcome = { readonly response: HttpResponse } | { readonly error: NetworkError };

/** The last answer, and how it was reached. */
export interface Exchange extends Attempts {
  readonly response: HttpResponse;
  /**
   * True when an earlier try may have been carried out, because its answer was lost or a gateway's. Then after a DELETE a
   * 404 is success; after a conditional write a 409 or 412 can be.
   */
  readonly answerLost: boolean;
}

export type RetryDecision =
  | { readonly delayMs: number }
  /** `outcomeUnknown`: the request may have been carried out, and must not be repeated. */
  | { readonly stop: string; readonly outcomeUnknown: boolean };

const RETRYABLE_STATUS = new Set([408, 429, 500, 502, 503, 504]);
/** MERGE and PATCH set given values, so carrying them out twice ends the same (OData v3 section 10.3.3). */
const REPEATABLE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'MERGE', 'PATCH']);

export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUS.has(status);
}

/**
 * Reads how long the service asks to wait, in milliseconds; undefined if it does not say.
 *
 * `retry-after-ms` and `x-ms-retry-after-ms` take precedence over `Retry-After`, which has whole or decimal seconds or an
 * HTTP date (RFC 9110 section 10.2.3); a date in the past is 0. A date is compared with the answer's `Date`, as the two
 * clocks can differ.
 *
 * @param now Used if the answer has no `Date`; milliseconds since 1970.
 */
export function retryAfterMs(headers: HttpResponse['headers'], now = Date.now()): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const value = headers[name]?.trim();
    if (value && /^\d+(\.\d+)?$/.test(value)) return Number(value);
  }
  const value = headers['retry-after']?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = parseDate(value);
  const serverNow = parseDate(headers['date']);
  return Number.isNaN(date) ? undefined : Math.max(0, date - (Number.isNaN(serverNow) ? now : serverNow));
}

/** The state of the loop. */
export interface RetryState {
  /** True when carrying the request out twice does no harm. */
  readonly repeatable: boolean;
  /** Repetitions so far. */
  readonly retries: number;
  /** Time left for all tries and waits. */
  readonly remainingMs: number;
}

/** Decides whether and when to repeat. */
export function decideRetry(
  outcome: Outcome,
  { repeatable, retries, remainingMs }: RetryState,
  options: RetryOptions = {},
): RetryDecision {
  const { maxRetries = 3, baseDelayMs = 500, maxDelayMs = 20_000, random = Math.random } = options;
  const stop = (reason: string, outcomeUnknown = false) => ({ stop: reason, outcomeUnknown });
  if ('response' in outcome) {
    const { status } = outcome.response;
    if (!isRetryableStatus(status) && !options.alsoRetry?.includes(status)) return stop('');
  }
  if (!repeatable && !surelyNotDone(outcome)) return stop('not repeated: it may have been carried out', true);
  if (retries >= maxRetries) return stop(maxRetries > 0 ? `gave up after ${counted(maxRetries)}` : '');

  const asked = 'response' in outcome ? retryAfterMs(outcome.response.headers) : undefined;
  const backOff = Math.min(maxDelayMs, baseDelayMs * 2 ** retries) * (0.5 + random() / 2);
  const delayMs = asked ?? backOff;
  if (delayMs < remainingMs && delayMs <= MAX_TIMER_MS) return { delayMs };
  return stop(
    asked === undefined
      ? 'gave up: the time for retries is used up'
      : `gave up: the service asks to wait ${Math.ceil(asked / 1000)} s`,
  );
}

const counted = (retries: number) => (retries === 1 ? '1 retry' : `${retries} retries`);

/** True when not connected or throttled. A bare 503 may come from a gateway after the work was done. */
function surelyNotDone(outcome: Outcome): boolean {
  if ('error' in outcome) return !outcome.error.maybeSent;
  const { status, headers, body } = outcome.response;
  if (status === 429) return true;
  if (status !== 503) return false;
  if (retryAfterMs(headers) !== undefined || headers['x-ms-error-code'] === 'ServerBusy') return true;
  return /server is busy/i.test(new TextDecoder('latin1').decode(body.subarray(0, 2048)));
}

/**
 * Sends `request`, and repeats it as `decideRetry` decides.
 *
 * Returns the last answer, whatever its status; rejects with `NetworkError` when no answer arrived, or with the reason of
 * `request.signal`.
 */
export async function sendWithRetry(
  transport: Transport,
  request: HttpRequest,
  options: RetryOptions = {},
): Promise<Exchange> {
  const { repeatable = REPEATABLE_METHODS.has(request.method) } = options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = request;
  // Not Date.now(), as the clock may be set meanwhile.
  const deadline = performance.now() + (options.totalTimeoutMs ?? Math.max(120_000, 2 * timeoutMs));
  let answerLost = false;
  for (let attempts = 1; ; attempts++) {
    const left = Math.max(1, Math.floor(deadline - performance.now()));
    const limited = left < timeoutMs ? printRedacted({ ...request, timeoutMs: left }) : request;
    const outcome = await oneTry(transport, limited, attempts);
    const state = { repeatable, retries: attempts - 1, remainingMs: deadline - performance.now() };
    const decision = decideRetry(outcome, state, options);
    if ('stop' in decision) {
      const { stop: stopped, outcomeUnknown } = decision;
      if ('error' in outcome) throw outcome.error.withAttempts({ attempts, stopped, outcomeUnknown });
      return { response: outcome.response, attempts, stopped, outcomeUnknown, answerLost };
    }
    answerLost ||= !surelyNotDone(outcome);
    options.onRetry?.({
      method: request.method,
      url: redactUrl(request.url),
      attempt: attempts,
      status: 'response' in outcome ? outcome.response.status : undefined,
      error: 'error' in outcome ? outcome.error : undefined,
      delayMs: decision.delayMs,
    });
    await sleep(decision.delayMs, request.signal);
  }
}

/** Returns a NetworkError and throws all others, ExchangeErrors with the number of tries. */
async function oneTry(transport: Transport, request: HttpRequest, attempts: number): Promise<Outcome> {
  try {
    return { response: await transport(request) };
  } catch (error) {
    if (error instanceof NetworkError) return { error };
    if (error instanceof ExchangeError) error.withAttempts({ attempts, stopped: '', outcomeUnknown: false });
    throw error;
  }
}

/** Judges the answer of an exchange. `judge` sees one answer only; the attempts are added to its errors here. */
export function judged<T>(exchange: Exchange, judge: (response: HttpResponse) => T): T {
  try {
    return judge(exchange.response);
  } catch (error) {
    throw error instanceof ExchangeError ? error.withAttempts(exchange) : error;
  }
}
