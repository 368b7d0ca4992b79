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
import { redactText, redactUrl } from './redact';

const MAX_BODY_CHARS = 4096;

export class AmsRestError extends Error {
  override name = 'AmsRestError';
}

export interface ExchangeFacts {
  readonly method: string;
  readonly url: string;
  /** How often the request was sent before giving up. */
  readonly attempts?: number | undefined;
  /** The `x-ms-client-request-id` that was sent: what a service's log is searched with. */
  readonly clientRequestId?: string | undefined;
}

export interface NetworkErrorFacts extends ExchangeFacts {
  readonly reason: string;
  /** False only when the request surely never reached the service, as when the connection was refused. */
  readonly maybeSent: boolean;
  readonly timedOut?: boolean;
  readonly cause?: unknown;
}

export class NetworkError extends AmsRestError {
  override name = 'NetworkError';
  readonly method: string;
  readonly url: string;
  readonly reason: string;
  readonly maybeSent: boolean;
  readonly timedOut: boolean;
  readonly attempts: number;
  readonly clientRequestId: string | undefined;
  /** True when a request that changes something may or may not have been carried out: look before repeating. */
  readonly outcomeUnknown: boolean;

  constructor(facts: NetworkErrorFacts) {
    const url = redactUrl(facts.url);
    const attempts = facts.attempts ?? 1;
    const outcomeUnknown = facts.maybeSent && facts.method !== 'GET' && facts.method !== 'HEAD';
    const reason = redactText(facts.reason);
    super(
      `${facts.method} ${url}: ${reason}${afterAttempts(attempts)}` +
        (outcomeUnknown
          ? '. Whether the service carried it out is unknown; look before repeating it' +
            (facts.clientRequestId ? ` (client request id ${facts.clientRequestId})` : '')
          : ''),
      { cause: facts.cause },
    );
    this.method = facts.method;
    this.url = url;
    this.reason = reason;
    this.maybeSent = facts.maybeSent;
    this.timedOut = facts.timedOut ?? false;
    this.attempts = attempts;
    this.clientRequestId = facts.clientRequestId;
    this.outcomeUnknown = outcomeUnknown;
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
  /** Why repeating it stopped, or was not tried. */
  readonly stopped?: string | undefined;
  readonly body?: string | undefined;
}

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
  /** The first 4096 characters of the answer. */
  readonly body: string;

  constructor(facts: ServiceErrorFacts) {
    const url = redactUrl(facts.url);
    const code = redactText(facts.code ?? '');
    const serviceMessage = redactText(facts.serviceMessage ?? '').slice(0, MAX_BODY_CHARS);
    const attempts = facts.attempts ?? 1;
    const said = [code, serviceMessage].filter((part) => part !== '').join(': ');
    super(
      `${facts.method} ${url}: ${facts.status}${said ? ` ${said}` : ''}${afterAttempts(attempts)}` +
        (facts.stopped ? ` (${facts.stopped})` : '') +
        (facts.requestId ? ` [request id ${facts.requestId}]` : ''),
    );
    this.method = facts.method;
    this.url = url;
    this.status = facts.status;
    this.code = code;
    this.serviceMessage = serviceMessage;
    this.requestId = facts.requestId;
    this.clientRequestId = facts.clientRequestId;
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs;
    this.attempts = attempts;
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
    this.traceId = facts.traceId;
    this.correlationId = facts.correlationId;
    this.hint = facts.hint ?? '';
    if (this.hint) this.message += ` — ${this.hint}`;
  }
}

export interface ProtocolErrorFacts extends ExchangeFacts {
  readonly reason: string;
  readonly status?: number;
  readonly cause?: unknown;
}

export class ProtocolError extends AmsRestError {
  override name = 'ProtocolError';
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;

  constructor(facts: ProtocolErrorFacts) {
    const url = redactUrl(facts.url);
    super(`${facts.method} ${url}: ${redactText(facts.reason)}`, { cause: facts.cause });
    this.method = facts.method;
    this.url = url;
    this.status = facts.status;
  }
}

function afterAttempts(attempts: number): string {
  return attempts > 1 ? ` after ${attempts} attempts` : '';
}

/** The system's or undici's code of an error, such as ECONNREFUSED; empty when it has none. */
export function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
