/**
 * The errors, one class for each reaction of a caller:
 *
 * - `NetworkError`         no complete answer: try later, check the network.
 * - `ServiceError`         the service refused: read `status`, `code` and `message`.
 * - `AuthenticationError`  the token endpoint refused: read `hint`.
 * - `ProtocolError`        the answer is not what the service would send (not JSON, without a token, too large).
 *
 * A wrong argument is a `TypeError`; an abort rejects with the signal's reason. URLs, messages and bodies contain no secret:
 * all pass through `redact.ts`.
 */
import { DEFAULT_TIMEOUT_MS, isObject, type HttpRequest } from './messages';
import { redactError, redactText, redactUrl } from './redact';

export const MAX_BODY_CHARS = 4096;
/** Longer text is not an id. */
const MAX_ID_CHARS = 200;

/** The base class of all errors of the library. Wrong arguments are a TypeError; an abort rejects with the signal's reason. */
export class AmsRestError extends Error {
  override name = 'AmsRestError';
}

/** The attempts of an exchange, which only the retry loop knows. */
export interface Attempts {
  /** How often the request was sent. */
  readonly attempts: number;
  /** Why it was not repeated (again); empty when there was no reason to. */
  readonly stopped: string;
  /** True when a request that must not be repeated may have been carried out. */
  readonly outcomeUnknown: boolean;
}

/** The request that an error is about. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  /** The `x-ms-client-request-id` that was sent, to search the service's log. */
  readonly clientRequestId?: string | undefined;
}

type Requested = Pick<HttpRequest, 'method' | 'url'> & Partial<HttpRequest>;

/** The facts about `request` that every error has. */
export function requestFacts({ method, url, headers = {} }: Requested): RequestFacts {
  return { method, url, clientRequestId: headers['x-ms-client-request-id'] ?? headers['client-request-id'] };
}

/** An error about one exchange. The judge of the answer throws it; the retry loop adds the attempts. */
export abstract class ExchangeError extends AmsRestError implements Attempts {
  readonly method: string;
  readonly url: string;
  readonly clientRequestId: string | undefined;
  /** How often the request was sent. */
  readonly attempts: number = 1;
  /** Why it was not repeated (again); empty when there was no reason to. */
  readonly stopped: string = '';
  /** True when a POST may have been carried out: check before repeating it. */
  readonly outcomeUnknown: boolean = false;
  readonly #parts: readonly [said: string, ending: string];

  constructor({ method, url, clientRequestId }: RequestFacts, said: string, ending = '', cause?: unknown) {
    super(
      `${method} ${redactUrl(url)}${said}${ending}`,
      cause === undefined ? {} : { cause: redactError(cause) },
    );
    this.method = method;
    this.url = redactUrl(url);
    this.clientRequestId = clientRequestId;
    this.#parts = [said, ending];
  }

  /** Adds the attempts, also to the message: ` after 4 attempts (gave up after 3 retries)`. */
  withAttempts({ attempts, stopped, outcomeUnknown }: Attempts): this {
    // V8 copies the message into the stack, in some hosts only when the stack is first read.
    const { message, stack } = this;
    Object.assign(this, { attempts, stopped, outcomeUnknown });
    const lookFor =
      outcomeUnknown && this.clientRequestId ? `; client request id ${this.clientRequestId}` : '';
    const counted = attempts > 1 ? ` after ${attempts} attempts` : '';
    const why = stopped ? ` (${stopped}${lookFor})` : '';
    this.message = `${this.method} ${this.url}${this.#parts[0]}${counted}${why}${this.#parts[1]}`;
    if (stack !== undefined) this.stack = stack.replace(message, () => this.message);
    return this;
  }
}

/** No complete answer arrived. */
export class NetworkError extends ExchangeError {
  override name = 'NetworkError';
  readonly reason: string;
  /** False only if the request cannot have reached the service, for example when the connection was refused. */
  readonly maybeSent: boolean;
  readonly timedOut: boolean;

  constructor(
    facts: RequestFacts &
      Pick<NetworkError, 'reason' | 'maybeSent'> & { timedOut?: boolean; cause?: unknown },
  ) {
    const reason = redactText(facts.reason);
    super(facts, `: ${reason}`, '', facts.cause);
    this.reason = reason;
    this.maybeSent = facts.maybeSent;
    this.timedOut = facts.timedOut ?? false;
  }
}

export interface ServiceErrorFacts extends RequestFacts {
  readonly status: number;
  readonly code?: string | undefined;
  /** The service's message. */
  readonly serviceMessage?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly body?: string | undefined;
  /** Advice, which ends the message. */
  readonly hint?: string | undefined;
}

/** The service refused. */
export class ServiceError extends ExchangeError {
  override name = 'ServiceError';
  readonly status: number;
  /** The service's error code; often empty for Media Services. */
  readonly code: string;
  readonly serviceMessage: string;
  readonly requestId: string | undefined;
  /** True when the same request may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** The first 4096 characters of the answer. */
  readonly body: string;

  constructor(facts: ServiceErrorFacts) {
    const code = redactText(facts.code ?? '');
    const serviceMessage = redactText(facts.serviceMessage ?? '', [], MAX_BODY_CHARS);
    const requestId = shortId(facts.requestId);
    const said = [code, serviceMessage].filter((part) => part !== '').join(': ');
    super(
      facts,
      `: ${facts.status}${said && ` ${said}`}`,
      (requestId ? ` [request id ${requestId}]` : '') + (facts.hint ? ` — ${facts.hint}` : ''),
    );
    this.status = facts.status;
    this.code = code;
    this.serviceMessage = serviceMessage;
    this.requestId = requestId;
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs;
    this.body = redactText(facts.body ?? '', [], MAX_BODY_CHARS);
  }
}

/** The token endpoint refused (RFC 6749 section 5.2); `code` is the OAuth `error`. */
export class AuthenticationError extends ServiceError {
  override name = 'AuthenticationError';
  /** The `AADSTS` numbers. */
  readonly errorCodes: readonly number[];
  readonly suberror: string | undefined;
  /** A claims challenge to send back, as JSON text. */
  readonly claims: string | undefined;
  readonly traceId: string | undefined;
  readonly correlationId: string | undefined;
  /** Advice; empty if there is none. */
  readonly hint: string;

  constructor(
    facts: ServiceErrorFacts &
      Partial<Pick<AuthenticationError, 'errorCodes' | 'suberror' | 'claims' | 'traceId' | 'correlationId'>>,
  ) {
    super(facts);
    this.errorCodes = facts.errorCodes ?? [];
    this.suberror = facts.suberror;
    this.claims = facts.claims;
    this.traceId = shortId(facts.traceId);
    this.correlationId = shortId(facts.correlationId);
    this.hint = facts.hint ?? '';
  }
}

/** The answer is not what the service would send. */
export class ProtocolError extends ExchangeError {
  override name = 'ProtocolError';
  readonly reason: string;
  /** The answer's status; after a 2xx the request was still carried out. */
  readonly status: number | undefined;

  constructor(facts: RequestFacts & { reason: string; status?: number | undefined; cause?: unknown }) {
    const reason = redactText(facts.reason);
    super(facts, `: ${reason}`, '', facts.cause);
    this.reason = reason;
    this.status = facts.status;
  }
}

function shortId(id: string | undefined): string | undefined {
  return id === undefined ? undefined : redactText(id).slice(0, MAX_ID_CHARS);
}

/** The system's or undici's error code, such as ECONNREFUSED; empty if there is none. */
export function errorCode(error: unknown): string {
  return isObject(error) && typeof error['code'] === 'string' ? error['code'] : '';
}

/**
 * The innermost errors, which have the reason: `fetch` hides it in `cause`, and trying several addresses (IPv6, IPv4)
 * results in an AggregateError.
 */
export function innermostErrors(error: unknown, depth = 0): unknown[] {
  if (!isObject(error) || depth > 5) return [error];
  const { errors, cause } = error;
  const inner: unknown[] =
    Array.isArray(errors) && errors.length > 0 ? errors : isObject(cause) ? [cause] : [];
  return inner.length === 0 ? [error] : inner.flatMap((part) => innermostErrors(part, depth + 1));
}

/** A NetworkError with the messages of the innermost errors. */
export function networkError(request: HttpRequest, error: unknown, maybeSent: boolean): NetworkError {
  const parts = innermostErrors(error);
  const reasons = parts.map((part) => String(isObject(part) ? part['message'] || errorCode(part) : part));
  return new NetworkError({
    ...requestFacts(request),
    reason: [...new Set(reasons)].filter((reason) => reason !== '').join('; ') || 'the connection failed',
    maybeSent,
    timedOut: parts.some((part) => /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/.test(errorCode(part))),
    cause: parts[0],
  });
}

/** The error for an exceeded time limit. */
export function timeoutError(request: HttpRequest, maybeSent: boolean): NetworkError {
  const reason = `no complete answer within ${request.timeoutMs ?? DEFAULT_TIMEOUT_MS} ms`;
  return new NetworkError({ ...requestFacts(request), reason, maybeSent, timedOut: true });
}

/** The error for an answer that the service would not send. */
export function protocolError(request: Requested, reason: string, status?: number): ProtocolError {
  return new ProtocolError({ ...requestFacts(request), reason, status });
}

/** The error for an answer above the size limit. */
export function tooLargeError(request: HttpRequest, status: number, limit: number): ProtocolError {
  return protocolError(request, `the answer is larger than ${limit} bytes`, status);
}
