/**
 * One request to Blob Storage and the judgement of its answer.
 *
 * Permission comes with the URL (a SAS) or with the transport (`sharedKeyTransport`, `bearerTransport`), so nothing
 * here knows about keys or tokens.
 */
import { exchangeFacts, ProtocolError, ServiceError } from '../errors';
import {
  assertHeader,
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  parseBaseUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '../http';
import { printRedacted } from '../redact';
import { isRetryableStatus, retryAfterMs, sendWithRetry, type Exchange, type RetryOptions } from '../retry';
import { childText, parseXml, type XmlElement } from './xml';

/** Sent as `x-ms-version`; the first one with blocks of 4000 MiB. */
export const SERVICE_VERSION = '2019-12-12';

/** What every call to Storage takes. */
export interface StorageOptions {
  readonly signal?: AbortSignal | undefined;
  readonly retry?: RetryOptions;
  /** For one try of one request; default 60 000, for a block or range at least 300 000. */
  readonly timeoutMs?: number;
}

export interface StorageRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Of a blob, container or account, with or without a SAS. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
  /** The statuses that mean success. */
  readonly expected: readonly number[];
  /** How much is asked for, where that can be more than 64 MiB. */
  readonly answerBytes?: number;
}

/**
 * Sends one request, again where that is safe, and gives the answer when its status is an expected one.
 *
 * @throws ServiceError with the storage error code, NetworkError, TypeError when the URL is no https address (http on
 *   loopback), or the reason of `options.signal`.
 */
export async function sendToStorage(
  transport: Transport,
  { method, url, query, headers, body, expected, answerBytes = 0 }: StorageRequest,
  options: StorageOptions = {},
): Promise<Exchange> {
  parseBaseUrl(url.split('?', 1)[0] ?? '', 'the storage URL');
  const request = printRedacted({
    method,
    url: withQuery(url, query),
    headers: {
      'x-ms-version': SERVICE_VERSION,
      'x-ms-client-request-id': crypto.randomUUID(),
      ...definedValues(headers),
    },
    ...(body !== undefined && { body }),
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxResponseBytes: Math.max(DEFAULT_MAX_RESPONSE_BYTES, answerBytes),
  });
  const exchange = await sendWithRetry(transport, request, options.retry);
  if (expected.includes(exchange.response.status)) return exchange;
  throw storageError(request, exchange);
}

/** Options with time for so many bytes on a slow line: 32 KB a second, and three tries. */
export function patient(bytes: number, options: StorageOptions): StorageOptions {
  const timeoutMs = options.timeoutMs ?? Math.max(300_000, bytes / 32);
  return { ...options, timeoutMs, retry: { totalTimeoutMs: timeoutMs * 3, ...options.retry } };
}

/** The answer as XML. @throws ProtocolError when it is not. */
export function xmlAnswer(method: string, url: string, { status, body }: HttpResponse): XmlElement {
  try {
    return parseXml(new TextDecoder().decode(body));
  } catch (cause) {
    throw new ProtocolError({ method, url, status, reason: 'the answer is not the XML expected', cause });
  }
}

/** Adds query parameters to a URL that may have some already; undefined ones are left out. */
export function withQuery(url: string, query: StorageRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  if (pairs.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}

/** What a refusal says; pure. */
function storageError(request: HttpRequest, exchange: Exchange): ServiceError {
  const { status, headers, body } = exchange.response;
  // A refused signature is quoted in the refusal.
  const text = new TextDecoder()
    .decode(body.subarray(0, 65_536))
    .replace(/(found in the HTTP request ')[^']*/g, '$1REDACTED');
  const said = readErrorBody(text);
  return new ServiceError({
    ...exchangeFacts(request),
    ...exchange,
    status,
    // Answers to HEAD have no body, and services before 2017-07-29 do not send the header.
    code: headers['x-ms-error-code'] ?? said?.code,
    // The lines after the first repeat the request id and the time.
    serviceMessage: said?.message.split('\n')[0],
    requestId: headers['x-ms-request-id'],
    retryable: isRetryableStatus(status),
    retryAfterMs: retryAfterMs(headers),
    body: text,
  });
}

function readErrorBody(text: string): { code: string; message: string } | undefined {
  try {
    if (text.trimStart().startsWith('{')) return readJsonError(JSON.parse(text) as { error?: unknown });
    const error = parseXml(text);
    return { code: childText(error, 'Code'), message: childText(error, 'Message') };
  } catch {
    return undefined; // A gateway's page, say; the status and the body tell.
  }
}

/** The form of the Data Lake endpoint of the same account. */
function readJsonError({ error }: { error?: unknown }): { code: string; message: string } | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : '',
  };
}

function definedValues(headers: StorageRequest['headers'] = {}): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    assertHeader(name, value);
    defined[name] = value;
  }
  return defined;
}
