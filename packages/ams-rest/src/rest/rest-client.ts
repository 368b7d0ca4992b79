/**
 * The generic authorized request: JSON, text or bytes to and from an API that accepts Entra ID tokens, such as Microsoft
 * Graph, Key Vault, Resource Manager or your own.
 *
 * Building a request, sending it and judging the answer are separate functions that can be read and tested one by one.
 */
import { protocolError, requestFacts, ServiceError, type ServiceErrorFacts } from '../http/errors';
import {
  callerHeaders,
  DEFAULT_MAX_PARSED_BYTES,
  DEFAULT_MAX_RESPONSE_BYTES,
  isObject,
  parseJson,
  type ClosableTransport,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '../http/messages';
import { redactText } from '../http/redact';
import { isRetryableStatus, judged, retryAfterMs, type Exchange, type RetryOptions } from '../http/retry';
import { undiciTransport } from '../http/undici-transport';
import { encodeQuery, isEncodedPath, pageGuard, parseBaseUrl, parseUrl, type Query } from '../http/url';
import type { TokenCredential } from '../token/access-token';
import { sendAuthorized, type BearerContext } from './bearer';

/** MERGE is OData v3's: it changes only the given properties. */
export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'MERGE' | 'DELETE';

/** The API that a `RestClient` calls, and the credential for it. */
export interface RestClientOptions {
  /** The API's base URL, to which paths are relative: `https://graph.microsoft.com/v1.0`. */
  readonly endpoint: string;
  /** A credential of this library or `@azure/identity`, or any object with the same `getToken`. */
  readonly credential: TokenCredential;
  /** The API's resource, exactly as it is registered, followed by `/.default`: `https://graph.microsoft.com/.default`. */
  readonly scope: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with every request except next links: `{ 'api-version': '7.4' }`. */
  readonly query?: Query;
  /** Other origins that get the token, for next links; default none. */
  readonly allowedOrigins?: readonly string[];
  /** Default: the credential's default transport, if it has one, or a new undici transport. See `close`. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** Limit for one try, including the body; default 60 000. */
  readonly timeoutMs?: number;
  /** A larger answer is an error; default 8 MiB for JSON and text, 64 MiB for bytes. */
  readonly maxResponseBytes?: number;
  /** Creates the error for a refusal, for APIs with their own error format; default `restError`. */
  readonly refusalError?: (facts: ServiceErrorFacts) => ServiceError;
}

/** Options of a request. */
export interface RestRequestOptions {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent unchanged, instead of `body`; as `text/plain` or `application/octet-stream` unless `headers` has a type. */
  readonly content?: string | Uint8Array;
  /** The form of the answer's body; default `json`. */
  readonly responseType?: 'json' | 'text' | 'bytes';
  /** Added to the usual headers, or replacing them: `if-match`, `prefer`, …; `authorization` is not allowed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the request, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Overrides the client's options one by one. */
  readonly retry?: RetryOptions;
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
}

/** An answer with status 2xx, or 304 to a conditional request. */
export interface RestResponse<T = unknown> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: HttpResponse['headers'];
  /** In the form of `responseType`; undefined if there is no body. */
  readonly body: T | undefined;
  /** True when an earlier try may have been carried out, but its answer was lost. */
  readonly answerLost?: boolean;
}

/** Options of a list. */
export interface RestListOptions extends RestRequestOptions {
  /** Returns the items and next link of an answer, or undefined if it is not a list; default `readPage`. */
  readonly readPage?: (body: unknown) => RestPage | undefined;
}

/** One page of a list. */
export interface RestPage {
  readonly items: readonly unknown[];
  /** The URL of the next page, which may be relative; undefined on the last page. */
  readonly nextLink: string | undefined;
}

/** A request and its answer, whatever the status. */
export interface RestExchange extends Exchange {
  readonly request: HttpRequest;
}

/** Sends authorized requests to one API: `request` and `json` for any path, `list` and `pages` for whole lists. */
export class RestClient {
  #endpoint: string;
  readonly #options: RestClientOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #bearer: BearerContext;

  /** @throws TypeError when the endpoint is not an https URL (http on loopback), or a header or origin is wrong. */
  constructor(options: RestClientOptions) {
    const base = parseBaseUrl(options.endpoint, 'endpoint');
    const { credential, scope, allowedOrigins = [] } = options;
    this.#endpoint = withSlash(base);
    this.#options = options;
    this.#headers = callerHeaders(options.headers ?? {});
    this.#bearer = {
      transport: options.transport ?? credential.defaultTransport ?? undiciTransport(),
      credential,
      scope,
      allowedOrigins: new Set([
        base.origin,
        ...allowedOrigins.map((allowed) => parseBaseUrl(allowed, 'an allowed origin').origin),
      ]),
    };
  }

  /** The base URL of requests; ends with a slash. */
  get endpoint(): string {
    return this.#endpoint;
  }

  /** Changes the base URL, for an API that moves. @throws TypeError when it is invalid or its origin is not allowed. */
  moveTo(endpoint: string): void {
    const base = parseBaseUrl(endpoint, 'the new endpoint');
    if (!this.#bearer.allowedOrigins.has(base.origin))
      throw new TypeError(`${base.origin} is not an allowed origin`);
    this.#endpoint = withSlash(base);
  }

  /**
   * Sends one authorized request and returns the answer.
   *
   * After a 401 it is sent again, once, with a new token. Throttling and temporary failures are retried; a POST only if the
   * service cannot have acted on it. A DELETE that gets 404 after a lost answer has succeeded. Redirects are not followed.
   *
   * @param path Relative to the endpoint and percent-encoded: `users/me`, `/subscriptions`.
   * @throws ServiceError, AuthenticationError, NetworkError, ProtocolError; TypeError for an invalid path, method or
   *   header; the reason of `options.signal`.
   */
  async request<T = unknown>(
    method: HttpMethod,
    path: string,
    options: RestRequestOptions = {},
  ): Promise<RestResponse<T>> {
    return this.judge<T>(await this.send(method, path, options), options);
  }

  /** Like `request`, but returns the body. @throws ProtocolError when there is none, and what `request` throws. */
  async json<T>(method: HttpMethod, path: string, options: RestRequestOptions = {}): Promise<T> {
    const exchange = await this.send(method, path, options);
    return bodyOf(exchange.request, this.judge<T>(exchange, options));
  }

  /** GETs a URL from an answer, such as a next page or an operation's status. @throws what `request` throws. */
  async follow<T = unknown>(link: string, options: RestRequestOptions = {}): Promise<RestResponse<T>> {
    return this.judge<T>(
      await this.#send(this.#build('GET', this.#linked(link, this.endpoint), options), options),
      options,
    );
  }

  /** All items of a list; see `pages`. */
  async *list<T = Record<string, unknown>>(
    path: string,
    options: RestListOptions = {},
  ): AsyncGenerator<T, void> {
    for await (const page of this.pages<T>(path, options)) yield* page;
  }

  /**
   * Yields the pages of a list that have items. Follows the answers' next links, requesting each page when it is needed.
   *
   * @throws what `request` throws; ProtocolError when an answer is not a list, a link leads to an origin that is not
   *   allowed or back to an earlier page, or the list has no end.
   */
  async *pages<T = Record<string, unknown>>(
    path: string,
    options: RestListOptions = {},
  ): AsyncGenerator<T[], void> {
    let url = this.#url(path, options.query);
    const guard = pageGuard(url);
    for (;;) {
      const request = this.#build('GET', url, options);
      const fail = (reason: string) => protocolError(request, reason, 200);
      const { body } = this.judge(await this.#send(request, options), options);
      const page = (options.readPage ?? readPage)(body);
      if (!page) throw fail('the answer is not a list');
      if (page.items.length > 0) yield page.items as T[];
      if (!page.nextLink) return;
      url = this.#linked(page.nextLink, url);
      const wrong = guard(url, page.items.length);
      if (wrong) throw fail(wrong);
    }
  }

  /** Sends one authorized request and returns the exchange, whatever the status, for `judge`. */
  async send(method: HttpMethod, path: string, options: RestRequestOptions = {}): Promise<RestExchange> {
    if (!/^[A-Z]+$/.test(method)) throw new TypeError(`"${method}" is not an HTTP method`);
    return this.#send(this.#build(method, this.#url(path, options.query), options), options);
  }

  /** Returns the answer of an exchange. @throws the error for a refusal or unusable answer. */
  judge<T = unknown>(
    exchange: RestExchange,
    { responseType = 'json' }: RestRequestOptions = {},
  ): RestResponse<T> {
    const { request, answerLost } = exchange;
    const { status, headers } = exchange.response;
    // An earlier try deleted it.
    if (request.method === 'DELETE' && status === 404 && answerLost)
      return { status, headers, body: undefined, answerLost };
    const refusalError = this.#options.refusalError ?? restError;
    const answer = judged(exchange, (response) =>
      judgeRestResponse(request, response, responseType, refusalError),
    ) as RestResponse<T>;
    return answerLost ? { ...answer, answerLost } : answer;
  }

  /** Closes the default transport, which a credential may share. A transport that you passed stays open. */
  async close(): Promise<void> {
    if (!this.#options.transport) await (this.#bearer.transport as Partial<ClosableTransport>).close?.();
  }

  async #send(request: HttpRequest, options: RestRequestOptions): Promise<RestExchange> {
    const retry = options.retry ? { ...this.#options.retry, ...options.retry } : this.#options.retry;
    return Object.assign(await sendAuthorized(this.#bearer, request, retry), { request });
  }

  #build(method: HttpMethod, url: string, options: RestRequestOptions): HttpRequest {
    const { body, content, responseType = 'json', signal } = options;
    if (body !== undefined && content !== undefined)
      throw new TypeError('a request has a body or content, not both');
    const type = typeof content === 'string' ? 'text/plain;charset=utf-8' : 'application/octet-stream';
    const payload = body === undefined ? content : JSON.stringify(body);
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    return {
      method,
      url,
      headers: {
        accept: responseType === 'json' ? 'application/json' : '*/*',
        ...(payload !== undefined && { 'content-type': body === undefined ? type : 'application/json' }),
        'x-ms-client-request-id': crypto.randomUUID(),
        ...this.#headers,
        ...(options.headers && callerHeaders(options.headers)),
      },
      ...(payload !== undefined && { body: payload }),
      signal,
      ...(timeoutMs !== undefined && { timeoutMs }),
      maxResponseBytes:
        options.maxResponseBytes ??
        this.#options.maxResponseBytes ??
        (responseType === 'bytes' ? DEFAULT_MAX_RESPONSE_BYTES : DEFAULT_MAX_PARSED_BYTES),
    };
  }

  /** The service must see exactly what was written, below the endpoint. */
  #url(path: string, query: Query | undefined): string {
    const relative = path.replace(/^\/+/, '');
    if (!isEncodedPath(relative))
      throw new TypeError(
        `the path "${redactText(path)}" must be percent-encoded, without query, fragment or dot segments`,
      );
    return this.endpoint + relative + encodeQuery({ ...this.#options.query, ...query });
  }

  /** A link comes from an answer, so it must not send the token to another origin. */
  #linked(link: string, base: string): string {
    const url = parseUrl(link, base);
    const { allowedOrigins } = this.#bearer;
    if (url && allowedOrigins.has(url.origin) && !url.username && !url.password) return url.href;
    const reason = `the link leads away from ${[...allowedOrigins].join(', ')}`;
    throw protocolError({ method: 'GET', url: link }, reason);
  }
}

function withSlash({ origin, pathname }: URL): string {
  return origin + (pathname.endsWith('/') ? pathname : `${pathname}/`);
}

/** Returns the body of an answer. @throws ProtocolError when it has none. */
export function bodyOf<T>(
  { method, url }: { method: string; url: string },
  { status, body }: RestResponse<T>,
): T {
  if (body !== undefined) return body;
  throw protocolError({ method, url }, `answered ${status} without a body`, status);
}

/**
 * Reads an answer. Pure.
 *
 * @throws the error of `refusalError` for a refusal; ProtocolError when a success is not the expected JSON.
 */
export function judgeRestResponse(
  request: HttpRequest,
  { status, headers, body }: HttpResponse,
  responseType: 'json' | 'text' | 'bytes',
  refusalError: (facts: ServiceErrorFacts) => ServiceError = restError,
): RestResponse {
  if ((status < 200 || status > 299) && status !== 304)
    throw refusalError({
      ...requestFacts(request),
      status,
      requestId: headers['x-ms-request-id'] ?? headers['request-id'],
      retryable: isRetryableStatus(status),
      retryAfterMs: retryAfterMs(headers),
      body: new TextDecoder().decode(body.subarray(0, 65_536)),
    });
  if (body.length === 0) return { status, headers, body: undefined };
  if (responseType === 'bytes') return { status, headers, body };
  if (responseType === 'text') return { status, headers, body: new TextDecoder().decode(body) };
  const value = parseJson(body);
  if (value !== undefined) return { status, headers, body: value };
  const kind = [headers['content-type'], headers['content-encoding']].filter((name) => name).join(', ');
  const reason = `answered ${status}, but the body is not JSON in UTF-8 (${kind || 'no content type'})`;
  throw protocolError(request, reason, status);
}

/** The error for a refusal in the most common formats: `{error: {code, message}}` and RFC 9457's `{title, detail}`. */
export function restError(facts: ServiceErrorFacts): ServiceError {
  const body = parseJson(new TextEncoder().encode(facts.body));
  const said = isObject(body) ? (isObject(body['error']) ? body['error'] : body) : {};
  const text = (...names: string[]) =>
    names.map((name) => said[name]).find((value): value is string => typeof value === 'string');
  return new ServiceError({
    ...facts,
    code: text('code', 'error'),
    serviceMessage: text('message', 'error_description', 'detail', 'title') ?? whyNotFollowed(facts.status),
  });
}

/** The message for a redirect without one. */
export function whyNotFollowed(status: number): string | undefined {
  return status >= 300 && status < 400 ? 'redirects are not followed' : undefined;
}

/** Reads `{value: […], nextLink}` as Resource Manager and Key Vault write it, with `@odata.nextLink` as Graph does. */
export function readPage(body: unknown): RestPage | undefined {
  if (!isObject(body) || !Array.isArray(body['value'])) return undefined;
  const link = body['nextLink'] ?? body['@odata.nextLink'];
  return {
    items: body['value'] as unknown[],
    nextLink: typeof link === 'string' && link !== '' ? link : undefined,
  };
}
