/** The generic authorized request to the Media Services v2 REST API. */
import { sendAuthorized, type BearerContext } from '../bearer';
import type { TokenCredential } from '../credentials/access-token';
import { exchangeFacts, ProtocolError, ServiceError } from '../errors';
import {
  assertHeader,
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  decodeUtf8,
  isNormalized,
  parseBaseUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '../http';
import { redactText } from '../redact';
import { isRetryableStatus, retryAfterMs, type Exchange, type RetryOptions } from '../retry';
import { undiciTransport } from '../undici-transport';
import { encodeQuery, nextLink, parseODataError, unwrap, type Query } from './odata';
import { listPages, type ListOptions } from './paging';

/** The resource that a token for Media Services names, public cloud; exactly so, without a slash at the end. */
export const MEDIA_SERVICES_RESOURCE = 'https://rest.media.azure.net';

/** The verbs of the Media Services REST API; MERGE changes the properties given and no others. */
export type AmsMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'MERGE' | 'DELETE';
/** `verbose` wraps answers in `d` and adds `__metadata`; `light` is plainer. Both are unwrapped. */
export type ODataFormat = 'verbose' | 'light';

/** Which account an `AmsClient` calls, and as whom. */
export interface AmsClientOptions {
  /** The account's REST API endpoint, `https://<account>.restv2.<location>.media.azure.net/api/`. */
  readonly endpoint: string;
  /** One of ours, or anything with the same `getToken`, such as a credential of `@azure/identity`. */
  readonly credential: TokenCredential;
  /** Default `https://rest.media.azure.net/.default`; other clouds have their own resource. */
  readonly scope?: string;
  /** Of requests and answers; default `verbose`. */
  readonly format?: ODataFormat;
  /** Sent as `x-ms-version`; default `2.19`, the last one. */
  readonly apiVersion?: string;
  /** Origins besides the endpoint's own to which a 301 may move the API root; default none. */
  readonly allowedOrigins?: readonly string[];
  /** Default: an undici transport of its own. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** For one try, body included; default 60 000. */
  readonly timeoutMs?: number;
  /** Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

/** What goes with the verb and path of a request to Media Services. */
export interface AmsRequestOptions {
  readonly query?: Query;
  /** Becomes JSON. */
  readonly body?: unknown;
  /** Added to the usual ones, or replacing them; `authorization` is not to be set. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** What Media Services answered, out of its OData envelope. */
export interface AmsResponse<T = unknown> {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  /** The entity, or the array of entities, without its envelope; undefined when there was no body. */
  readonly body: T;
}

const MIME: Readonly<Record<ODataFormat, string>> = {
  verbose: 'application/json;odata=verbose',
  light: 'application/json',
};

/** Authorized requests to one Media Services account: `request` for any path, `list` for whole entity sets. */
export class AmsClient {
  readonly #options: AmsClientOptions;
  readonly #bearer: BearerContext;
  #root: URL;

  /** @throws TypeError when the endpoint is no https address (http on loopback). */
  constructor(options: AmsClientOptions) {
    this.#options = options;
    assertHeader('x-ms-version', options.apiVersion ?? '');
    this.#root = apiRoot(options.endpoint, 'endpoint');
    this.#bearer = {
      transport: options.transport ?? undiciTransport(),
      credential: options.credential,
      scope: options.scope ?? `${MEDIA_SERVICES_RESOURCE}/.default`,
      allowedOrigins: new Set([
        this.#root.origin,
        ...(options.allowedOrigins ?? []).map((origin) => parseBaseUrl(origin, 'an allowed origin').origin),
      ]),
      ...(options.retry && { retry: options.retry }),
    };
  }

  /** Where the API is: the endpoint, or where a 301 moved it. */
  get root(): string {
    return this.#root.href;
  }

  /**
   * Sends one authorized request and returns the answer without its envelope.
   *
   * After a 401 it is sent once more with a new token; throttling and passing faults are retried, a POST only
   * when surely nothing was done. A 301 moves the API root for good: same verb and body to the new place, once.
   *
   * @param path Relative to the API root and percent-encoded: `Assets`, `entityPath('Jobs', id, 'Tasks')`.
   * @throws ServiceError, AuthenticationError, NetworkError, ProtocolError, TypeError for a path that leaves the
   *   API root, or the reason of `options.signal`.
   */
  async request<T = unknown>(
    method: AmsMethod,
    path: string,
    options: AmsRequestOptions = {},
  ): Promise<AmsResponse<T>> {
    const { status, headers, body } = await this.requestRaw(method, path, options);
    return { status, headers, body: unwrap(body) as T };
  }

  /** As `request`, but leaves the envelope on: for `__count`, `odata.metadata` and the like. */
  async requestRaw(method: AmsMethod, path: string, options: AmsRequestOptions = {}): Promise<AmsResponse> {
    const request = this.#build(method, path, options);
    const exchange = await sendAuthorized(this.#bearer, request);
    if (exchange.response.status !== 301) return judge(request, exchange);

    const stopped = this.#moveRoot(exchange.response.headers['location']);
    if (stopped !== '') return judge(request, { ...exchange, stopped });
    const moved = { ...request, url: requestUrl(this.#root, path, options.query) };
    const again = await sendAuthorized(this.#bearer, moved);
    return judge(moved, { ...again, attempts: exchange.attempts + again.attempts });
  }

  /** All entities of a set or navigation, page by page behind the scenes; see `pages`. */
  async *list<T = Record<string, unknown>>(path: string, options: ListOptions = {}): AsyncGenerator<T, void> {
    for await (const page of this.pages<T>(path, options)) yield* page;
  }

  /**
   * The pages of a set or navigation.
   *
   * Media Services has no next link: pages are asked for by `$skip` and `$top`, so what is created or deleted
   * meanwhile can shift them. A `$top` in the query limits the whole.
   *
   * @throws what `request` throws.
   */
  pages<T = Record<string, unknown>>(path: string, options: ListOptions = {}): AsyncGenerator<T[], void> {
    return listPages(async (query) => {
      const { status, body } = await this.requestRaw('GET', path, { ...options, query });
      const items = unwrap(body);
      if (Array.isArray(items)) return { items: items as T[], more: nextLink(body) !== undefined };
      throw new ProtocolError({
        method: 'GET',
        url: this.root + path,
        status,
        reason: 'the answer is not a list',
      });
    }, options);
  }

  #build(method: AmsMethod, path: string, options: AmsRequestOptions): HttpRequest {
    if (!/^[A-Z]+$/.test(method)) throw new TypeError(`"${method}" is not a verb of HTTP`);
    const mime = MIME[this.#options.format ?? 'verbose'];
    return {
      method,
      url: requestUrl(this.#root, path, options.query),
      headers: {
        accept: mime,
        'x-ms-version': this.#options.apiVersion ?? '2.19',
        dataserviceversion: '3.0',
        maxdataserviceversion: '3.0',
        'x-ms-client-request-id': crypto.randomUUID(),
        ...(options.body !== undefined && { 'content-type': mime }),
        ...(options.headers && lowerCaseNames(options.headers)),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      signal: options.signal,
      timeoutMs: this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxResponseBytes: this.#options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    };
  }

  /** The Location of a 301 is always the API root, never the path that was asked for. Returns why it does not move. */
  #moveRoot(location: string | undefined): string {
    if (location === undefined || !URL.canParse(location, this.#root.href))
      return 'it has no usable Location';
    const moved = new URL(location, this.#root);
    if (!this.#bearer.allowedOrigins.has(moved.origin)) return `${moved.origin} is not an allowed origin`;
    try {
      this.#root = apiRoot(moved.href, 'its Location');
      return '';
    } catch (error) {
      return error instanceof TypeError ? error.message : '';
    }
  }
}

function apiRoot(text: string, name: string): URL {
  const url = parseBaseUrl(text, name);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** The server must see exactly what was written: a URL parser that would change a letter of it refuses it. */
function requestUrl(root: URL, path: string, query: Query | undefined): string {
  const relative = path.replace(/^\/+/, '');
  const target = root.pathname + relative + encodeQuery(query);
  if (/[?#]|%(?![\da-f]{2})/i.test(relative) || !isNormalized(root.origin, target))
    throw new TypeError(
      `the path "${redactText(path)}" must be percent-encoded, without query or dot segments; use entityPath and query`,
    );
  return root.origin + target;
}

/** They say where the request goes, as whom, and how long it is. */
const OWN_HEADERS = ['authorization', 'connection', 'content-length', 'host', 'transfer-encoding', 'upgrade'];

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  for (const name of OWN_HEADERS)
    if (name in lower) throw new TypeError(`the ${name} header is set by the client itself`);
  for (const [name, value] of Object.entries(lower)) assertHeader(name, value);
  return lower;
}

/** What the answer means: the parsed body, or the error it is. Pure. */
function judge(request: HttpRequest, exchange: Exchange): AmsResponse {
  const { status, headers, body } = exchange.response;
  if (status < 200 || status > 299) throw serviceError(request, exchange);
  if (body.length === 0) return { status, headers, body: undefined };
  try {
    return { status, headers, body: JSON.parse(decodeUtf8(body)) as unknown };
  } catch {
    const kind = [headers['content-type'], headers['content-encoding']].filter((name) => name).join(', ');
    const reason = `answered ${status}, but the body is not JSON in UTF-8 (${kind || 'no content type'})`;
    throw new ProtocolError({ ...exchangeFacts(request), status, reason, attempts: exchange.attempts });
  }
}

function serviceError(request: HttpRequest, exchange: Exchange): ServiceError {
  const { status, headers, body } = exchange.response;
  const text = new TextDecoder().decode(body.subarray(0, 65_536));
  const said = parseODataError(text);
  const moved = status >= 300 && status < 400 ? 'redirects are not followed' : '';
  return new ServiceError({
    ...exchangeFacts(request),
    ...exchange,
    status,
    code: said?.code,
    serviceMessage: said?.message ?? moved,
    requestId: headers['x-ms-request-id'] ?? headers['request-id'],
    retryable: isRetryableStatus(status),
    retryAfterMs: retryAfterMs(headers),
    body: text,
  });
}
