/**
 * What can go wrong, one class for each thing a catcher would do differently:
 *
 * - `NetworkError`         nobody answered (or the connection broke): try later, look at the network.
 * - `ServiceError`         the service answered no: read `status`, `code` and `message`.
 * - `AuthenticationError`  the token endpoint said no: read `hint`.
 * - `ProtocolError`        the answer broke its promise (success that is no JSON, no token in it, too large).
 *
 * A wrong argument is a `TypeError`; the caller's own abort comes back as its own reason. No URL, message or
 * body in here contains a secret: everything passes through `redact.ts`.
 */
import type { HttpRequest } from './http';
import { redactError, redactText, redactUrl } from './redact';

const MAX_BODY_CHARS = 4096;
/** Enough for any id; what is longer is somebody else's text. */
const MAX_ID_CHARS = 200;

/** The class above all errors of the library. Wrong arguments are a TypeError, an abort is your signal's own reason. */
export class AmsRestError extends Error {
  override name = 'AmsRestError';
}

export interface ExchangeFacts {
  readonly method: string;
  readonly url: string;
  /** How often the request was sent before giving up. */
  readonly attempts?: number | undefined;
  /** Why it was not repeated (again); empty when there was no reason to. */
  readonly stopped?: string | undefined;
  /** A request that must not be done twice may or may not have been carried out. */
  readonly outcomeUnknown?: boolean | undefined;
  /** The `x-ms-client-request-id` that was sent: what a service's log is searched with. */
  readonly clientRequestId?: string | undefined;
}

/** What every error about `request` tells. */
export function exchangeFacts({ method, url, headers }: HttpRequest): ExchangeFacts {
  return { method, url, clientRequestId: headers['x-ms-client-request-id'] ?? headers['client-request-id'] };
}

export interface NetworkErrorFacts extends ExchangeFacts {
  readonly reason: string;
  /** False only when the request surely never reached the service, as when the connection was refused. */
  readonly maybeSent: boolean;
  readonly timedOut?: boolean;
  readonly cause?: unknown;
}

/** Nobody answered, or the connection broke. */
export class NetworkError extends AmsRestError {
  override name = 'NetworkError';
  readonly method: string;
  readonly url: string;
  readonly reason: string;
  readonly maybeSent: boolean;
  readonly timedOut: boolean;
  readonly attempts: number;
  /** Why it was not repeated (again). */
  readonly stopped: string;
  readonly clientRequestId: string | undefined;
  /** True when a POST may or may not have been carried out: look before repeating it. */
  readonly outcomeUnknown: boolean;

  constructor(facts: NetworkErrorFacts) {
    const url = redactUrl(facts.url);
    const reason = redactText(facts.reason);
    super(`${facts.method} ${url}: ${reason}${ending(facts)}`, { cause: redactError(facts.cause) });
    this.method = facts.method;
    this.url = url;
    this.reason = reason;
    this.maybeSent = facts.maybeSent;
    this.timedOut = facts.timedOut ?? false;
    this.attempts = facts.attempts ?? 1;
    this.stopped = facts.stopped ?? '';
    this.clientRequestId = facts.clientRequestId;
    this.outcomeUnknown = facts.outcomeUnknown ?? false;
  }
}

export interface ServiceErrorFacts extends ExchangeFacts {
  readonly status: number;
  readonly code?: string | undefined;
  /** The service's own words. */
  readonly serviceMessage?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly body?: string | undefined;
}

/** The service answered no. */
export class ServiceError extends AmsRestError {
  override name = 'ServiceError';
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** The service's error code; empty when it gave none, as Media Services mostly does. */
  readonly code: string;
  readonly serviceMessage: string;
  readonly requestId: string | undefined;
  readonly clientRequestId: string | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly attempts: number;
  /** Why it was not repeated (again); empty when there was no reason to. */
  readonly stopped: string;
  /** True when a POST may or may not have been carried out: look before repeating it. */
  readonly outcomeUnknown: boolean;
  /** The first 4096 characters of the answer. */
  readonly body: string;

  constructor(facts: ServiceErrorFacts) {
    const url = redactUrl(facts.url);
    const code = redactText(facts.code ?? '');
    const serviceMessage = redactText(facts.serviceMessage ?? '').slice(0, MAX_BODY_CHARS);
    const requestId = shortId(facts.requestId);
    const said = [code, serviceMessage].filter((part) => part !== '').join(': ');
    super(
      `${facts.method} ${url}: ${facts.status}${said ? ` ${said}` : ''}${ending(facts)}` +
        (requestId ? ` [request id ${requestId}]` : ''),
    );
    this.method = facts.method;
    this.url = url;
    this.status = facts.status;
    this.code = code;
    this.serviceMessage = serviceMessage;
    this.requestId = requestId;
    this.clientRequestId = facts.clientRequestId;
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs;
    this.attempts = facts.attempts ?? 1;
    this.stopped = facts.stopped ?? '';
    this.outcomeUnknown = facts.outcomeUnknown ?? false;
    this.body = redactText(facts.body ?? '').slice(0, MAX_BODY_CHARS);
  }
}

export interface AuthenticationErrorFacts extends ServiceErrorFacts {
  /** The `AADSTS` numbers. */
  readonly errorCodes?: readonly number[];
  readonly suberror?: string | undefined;
  /** A claims challenge to send back, as JSON text. */
  readonly claims?: string | undefined;
  readonly traceId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly hint?: string | undefined;
}

/** The token endpoint refused (RFC 6749 section 5.2); `code` is the OAuth `error`. */
export class AuthenticationError extends ServiceError {
  override name = 'AuthenticationError';
  readonly errorCodes: readonly number[];
  readonly suberror: string | undefined;
  readonly claims: string | undefined;
  readonly traceId: string | undefined;
  readonly correlationId: string | undefined;
  /** What to do about it, in plain words; empty when nothing better than the service's words is known. */
  readonly hint: string;

  constructor(facts: AuthenticationErrorFacts) {
    super(facts);
    this.errorCodes = facts.errorCodes ?? [];
    this.suberror = facts.suberror;
    this.claims = facts.claims;
    this.traceId = shortId(facts.traceId);
    this.correlationId = shortId(facts.correlationId);
    this.hint = facts.hint ?? '';
    if (this.hint) this.message += ` — ${this.hint}`;
  }
}

export interface ProtocolErrorFacts extends ExchangeFacts {
  readonly reason: string;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** A success that breaks its promise: not what the service would answer. */
export class ProtocolError extends AmsRestError {
  override name = 'ProtocolError';
  readonly method: string;
  readonly url: string;
  readonly reason: string;
  /** The answer's status; after a 2xx the request was carried out all the same. */
  readonly status: number | undefined;
  readonly attempts: number;
  readonly clientRequestId: string | undefined;

  constructor(facts: ProtocolErrorFacts) {
    const url = redactUrl(facts.url);
    const reason = redactText(facts.reason);
    super(`${facts.method} ${url}: ${reason}${ending(facts)}`, { cause: redactError(facts.cause) });
    this.method = facts.method;
    this.url = url;
    this.reason = reason;
    this.status = facts.status;
    this.attempts = facts.attempts ?? 1;
    this.clientRequestId = facts.clientRequestId;
  }
}

/** ` after 4 attempts (gave up after 3 retries)`, with the id to look with when the outcome is unknown. */
function ending({ attempts = 1, stopped, outcomeUnknown, clientRequestId }: ExchangeFacts): string {
  const look = outcomeUnknown && clientRequestId ? `; client request id ${clientRequestId}` : '';
  return (attempts > 1 ? ` after ${attempts} attempts` : '') + (stopped ? ` (${stopped}${look})` : '');
}

function shortId(id: string | undefined): string | undefined {
  return id === undefined ? undefined : redactText(id.slice(0, MAX_ID_CHARS));
}

/** The system's or undici's code of an error, such as ECONNREFUSED; empty when it has none. */
export function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
