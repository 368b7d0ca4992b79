/**
 * One HTTP exchange as plain values, and the one function type that performs it.
 *
 * Everything else in this library builds an `HttpRequest` or judges an `HttpResponse`; only a `Transport`
 * touches the network. To trace, count, record or fake exchanges, wrap or replace the transport.
 */

export interface HttpRequest {
  readonly method: string;
  /** Absolute, already percent-encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The caller's own abort; its reason is what the caller gets back. */
  readonly signal?: AbortSignal | undefined;
  /** Limit for the whole exchange, connection and body included. */
  readonly timeoutMs: number;
  /** A larger answer is refused instead of held in memory. */
  readonly maxResponseBytes: number;
}

/** An answer, read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with ", " (RFC 9110 section 5.3). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Performs one exchange: no redirects followed, no retries, no status judged.
 *
 * Rejects with `NetworkError` when nobody answered, `ProtocolError` when the answer is too large, and with
 * `request.signal.reason` when the caller aborted.
 */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

export const DEFAULT_TIMEOUT_MS = 60_000;
/** 64 MiB: a full page of 1000 verbose entities is about 1.5 MB, a ranged download 8 MiB. */
export const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** True for the hosts that never leave this machine: `localhost`, `127.0.0.0/8`, `[::1]`. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Reads `text` as the base address of a service: https (http on loopback alone), no user, query or fragment.
 *
 * @param name What the address is, for the error text.
 * @throws TypeError naming what is wrong.
 */
export function parseBaseUrl(text: string, name: string): URL {
  if (!URL.canParse(text)) throw new TypeError(`${name} is not an absolute URL`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw new TypeError(`${name} must start with https:// (http:// is allowed for this machine alone)`);
  if (url.username || url.password || url.search || url.hash)
    throw new TypeError(`${name} must not contain a user name, password, query or fragment`);
  return url;
}

/**
 * Refuses what could end a header early and begin another (RFC 9110 section 5.5).
 *
 * @throws TypeError naming the header.
 */
export function assertHeader(name: string, value: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e]/.test(value))
    throw new TypeError(`the header "${name}" has a character that a header cannot have`);
}

/** True when `text` has half of a surrogate pair in it, which UTF-8 cannot carry. */
export function isMalformed(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The body as text.
 *
 * @throws TypeError when it is not UTF-8; callers turn that into a `ProtocolError`.
 */
export function decodeUtf8(body: Uint8Array): string {
  return UTF8.decode(body);
}

/*
 * Parsing each address where it is needed, three times in all, took a tenth of the processor time of a small request
 * (`bench/speed`). These tell without a parser what can be told so.
 */

/** An address up to its path, '' if it has none: its origin, if it is found in a set of origins. */
export function originAsWritten(url: string): string {
  return url.slice(0, Math.max(0, url.indexOf('/', 'https://'.length)));
}

const PLAIN = /^\/[\w~!$&'()*+,;=:@%/.-]*(?:\?[\w~!$&()*+,;=:@%/?.-]*)?$/;
const DOT_SEGMENT = /\/(?:\.|%2e)/i;

/** True when a URL parser surely leaves this path, with its query, as it is written. */
export function isPlainTarget(target: string): boolean {
  return PLAIN.test(target) && !DOT_SEGMENT.test(target);
}

/** Whether a URL parser leaves an origin, which one wrote, with this path and query as it is. */
export function isNormalized(origin: string, target: string): boolean {
  if (isPlainTarget(target)) return true;
  const text = origin + target;
  return URL.canParse(text) && new URL(text).href === text;
}
