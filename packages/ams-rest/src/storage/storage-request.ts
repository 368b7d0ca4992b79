/**
 * Sends one request to Blob Storage and judges its answer.
 *
 * Permission comes with the URL (a SAS) or with the transport (`sharedKeyTransport`, `bearerTransport`).
 */
import { requestFacts, ProtocolError, ServiceError } from '../http/errors';
import {
  assertHeader,
  DEFAULT_MAX_PARSED_BYTES,
  DEFAULT_TIMEOUT_MS,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '../http/messages';
import { printRedacted, redactText } from '../http/redact';
import { secretsOf } from '../http/redact-request';
import { parseBaseUrl } from '../http/url';
import {
  isRetryableStatus,
  retryAfterMs,
  sendWithRetry,
  type Exchange,
  type RetryOptions,
} from '../http/retry';
import { childText, parseXml, type XmlElement } from './xml';

/** Sent as `x-ms-version`; the first version with blocks of 4000 MiB. */
export const SERVICE_VERSION = '2019-12-12';

/** Options of every call to Storage. */
export interface StorageOptions {
  readonly signal?: AbortSignal | undefined;
  readonly retry?: RetryOptions;
  /** Limit for one try; default 60 000, for a block or range at least 300 000. */
  readonly timeoutMs?: number;
  /** Limit for parsed answers, such as lists; default 8 MiB. */
  readonly maxResponseBytes?: number;
}

export interface StorageRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** The URL of a blob, container or account, with or without a SAS. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
  /** The statuses that mean success. */
  readonly expected: readonly number[];
  /** The number of bytes requested from a blob. */
  readonly answerBytes?: number;
  /** True if carrying it out twice does no harm; default: true except for POST. */
  readonly repeatable?: boolean;
  /**
   * For a conditional write, whose condition its own first try breaks. Called when a repetition gets 409 or 412; returns
   * an answer that proves the write, or undefined.
   */
  readonly findWritten?: () => Promise<HttpResponse | undefined>;
}

/**
 * Sends one request, retries it if that is safe, and returns an answer with an expected status.
 *
 * A repetition of a conditional write that gets 409 or 412 has succeeded if `findWritten` finds what was written.
 * Otherwise it is unknown whether the first try was carried out, and the error has `outcomeUnknown`.
 *
 * @throws ServiceError with the storage error code, NetworkError, TypeError when the URL is not an https URL (http on
 *   loopback), or the reason of `options.signal`.
 */
export async function sendToStorage(
  transport: Transport,
  storageRequest: StorageRequest,
  options: StorageOptions = {},
): Promise<Exchange> {
  const { method, url, query, headers, body, expected, answerBytes = 0 } = storageRequest;
  const { repeatable, findWritten } = storageRequest;
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
    maxResponseBytes: Math.max(options.maxResponseBytes ?? DEFAULT_MAX_PARSED_BYTES, answerBytes),
  });
  const retry = { ...options.retry, ...(repeatable !== undefined && { repeatable }) };
  const exchange = await sendWithRetry(transport, request, retry);
  const { status } = exchange.response;
  if (expected.includes(status)) return exchange;
  if (!findWritten || !exchange.answerLost || (status !== 409 && status !== 412))
    throw storageError(request, exchange.response).withAttempts(exchange);
  // This may need a permission that writing does not.
  const response = await findWritten().catch(() => undefined);
  options.signal?.throwIfAborted();
  if (response) return { ...exchange, response };
  const unknown = { ...exchange, outcomeUnknown: true, stopped: MAYBE_DONE };
  throw storageError(request, exchange.response).withAttempts(unknown);
}

const MAYBE_DONE = 'an earlier try, whose answer was lost, may have been carried out';

/** Options with enough time for `bytes` on a slow connection: 32 KB per second, and three tries. */
export function patient(bytes: number, options: StorageOptions): StorageOptions {
  const timeoutMs = options.timeoutMs ?? Math.max(300_000, bytes / 32);
  return { ...options, timeoutMs, retry: { totalTimeoutMs: timeoutMs * 3, ...options.retry } };
}

/** Parses the answer as XML. @throws ProtocolError when it is not. */
export function xmlAnswer(method: string, url: string, { status, body }: HttpResponse): XmlElement {
  try {
    return parseXml(new TextDecoder().decode(body));
  } catch (cause) {
    throw new ProtocolError({ method, url, status, reason: 'the answer is not the XML expected', cause });
  }
}

/** Adds query parameters to a URL that may have some; omits undefined ones. */
export function withQuery(url: string, query: StorageRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  if (pairs.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}

/** The error for a refusal; pure. */
function storageError(request: HttpRequest, { status, headers, body }: HttpResponse): ServiceError {
  // The service quotes a refused signature.
  const answered = new TextDecoder().decode(body.subarray(0, 65_536));
  const text = redactText(answered, secretsOf(request)).replace(
    /(found in the HTTP request ')[^']*/g,
    '$1REDACTED',
  );
  const said = readErrorBody(text);
  // The lines after the first repeat the request id and the time. The detail can name a SAS's times, for example.
  const words = [said?.message, said?.detail]
    .map((part) => part?.split('\n')[0]?.trim())
    .filter((part) => part);
  return new ServiceError({
    ...requestFacts(request),
    status,
    // Answers to HEAD have no body, and services before 2017-07-29 do not send the header.
    code: headers['x-ms-error-code'] ?? said?.code,
    serviceMessage: words.join(' '),
    requestId: headers['x-ms-request-id'],
    retryable: isRetryableStatus(status),
    retryAfterMs: retryAfterMs(headers),
    body: text,
  });
}

interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
}

function readErrorBody(text: string): ErrorBody | undefined {
  try {
    if (text.trimStart().startsWith('{')) return readJsonError(JSON.parse(text) as { error?: unknown });
    const error = parseXml(text);
    return {
      code: childText(error, 'Code'),
      message: childText(error, 'Message'),
      detail: childText(error, 'AuthenticationErrorDetail'),
    };
  } catch {
    return undefined; // For example a gateway's page; the error has its status and body.
  }
}

/** The error format of the account's Data Lake endpoint. */
function readJsonError({ error }: { error?: unknown }): ErrorBody | undefined {
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
