/**
 * One HTTP exchange as plain values, and the function type that performs it.
 *
 * Everything else in this library builds an `HttpRequest` or judges an `HttpResponse`; only a `Transport` touches the
 * network. To trace, count, record or fake exchanges, wrap or replace the transport.
 */

export interface HttpRequest {
  readonly method: string;
  /** Absolute and percent-encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Aborts the exchange, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Limit for the whole exchange, connection and body included; default 60 000. */
  readonly timeoutMs?: number;
  /** A larger answer is an error; default 64 MiB. */
  readonly maxResponseBytes?: number;
}

/** A complete answer. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with ", " (RFC 9110 section 5.3). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Performs one exchange. It does not follow redirects, retry or check the status.
 *
 * Rejects with `NetworkError` when no complete answer arrived, `ProtocolError` when it is too large, `TypeError` when the
 * request cannot be sent as it is, and with `request.signal.reason` when the caller aborted.
 */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/** A transport that owns its connections. */
export type ClosableTransport = Transport & {
  /** Closes the connections once the exchanges under way have ended. Idle ones never keep a process alive. */
  close(): Promise<void>;
};

export const DEFAULT_TIMEOUT_MS = 60_000;

/** For bodies returned as bytes; a range of a download has 8 MiB. */
export const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** For bodies that are parsed. A page of 1000 verbose entities is about 1.5 MB; the densest 8 MiB parse in under a second. */
export const DEFAULT_MAX_PARSED_BYTES = 8 * 1024 * 1024;

/** Headers for host, authorization, length and connection. Only the library sets them. */
const OWN_HEADERS = new Set(
  'authorization connection content-length expect host transfer-encoding upgrade'.split(' '),
);

/**
 * A caller's headers with their names in lower case.
 *
 * @throws TypeError for a header that the library sets itself, and what `assertHeader` throws.
 */
export function callerHeaders(headers: HttpRequest['headers']): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (OWN_HEADERS.has(name.toLowerCase()))
      throw new TypeError(`the ${name} header is set by the client itself`);
    assertHeader(name, value);
    lower[name.toLowerCase()] = value;
  }
  return lower;
}

/**
 * Refuses characters that could end a header early and begin another (RFC 9110 section 5.5).
 *
 * @throws TypeError naming the header.
 */
export function assertHeader(name: string, value: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e]/.test(value))
    throw new TypeError(`the header "${name}" has a character that a header cannot have`);
}

/**
 * Reads a date as services write it (RFC 9110 section 5.6.7, ISO 8601): milliseconds since 1970, or NaN for other text.
 *
 * Without a zone it is UTC. `Date.parse` would take the machine's zone, and reads "-5" as the year 2001.
 */
export function parseDate(text: unknown): number {
  if (typeof text !== 'string' || !/\d:\d\d/.test(text)) return Number.NaN;
  return Date.parse(/(?:GMT|UTC|Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}+00:00`);
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object: not an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Parses JSON in UTF-8; undefined if it is malformed. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(body));
  } catch {
    return undefined;
  }
}

/** Parses a JSON object; undefined for anything else. */
export function parseJsonObject(body: Uint8Array): JsonObject | undefined {
  const value = parseJson(body);
  return isObject(value) ? value : undefined;
}
