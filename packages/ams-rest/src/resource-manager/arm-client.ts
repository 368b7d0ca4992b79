/** The generic authorized request to Azure Resource Manager. */
import { sendAuthorized, type BearerContext } from '../bearer';
import type { TokenCredential } from '../credentials/access-token';
import { exchangeFacts, ProtocolError } from '../errors';
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  decodeUtf8,
  isNormalized,
  parseBaseUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '../http';
import { encodeQuery, type Query } from '../media-services/odata';
import { isRetryableStatus, retryAfterMs, type Exchange, type RetryOptions } from '../retry';
import { undiciTransport } from '../undici-transport';
import { ArmError, isObject, readArmError } from './arm-error';
import { finishOperation, type WaitOptions } from './long-running';

/** The verbs of Resource Manager. */
export type ArmMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

/** Which Resource Manager an `ArmClient` calls, and as whom. */
export interface ArmClientOptions {
  /** One of ours, or anything with the same `getToken`. */
  readonly credential: TokenCredential;
  /** Default `https://management.azure.com`; other clouds have their own. The token goes nowhere else. */
  readonly endpoint?: string;
  /** Default `https://management.azure.com/.default`; other clouds have their own. */
  readonly scope?: string;
  /** Default: an undici transport of its own. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** For one try, body included; default 60 000, which is how long a resource provider may take. */
  readonly timeoutMs?: number;
}

/** What goes with the verb and path of a request to Resource Manager. */
export interface ArmRequestOptions {
  /** Each type of resource has its own: `2015-10-01`. */
  readonly apiVersion: string;
  readonly query?: Query;
  /** Becomes JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** What Resource Manager answered. */
export interface ArmResponse<T = unknown> {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  /** The parsed JSON; undefined when there was none. */
  readonly body: T;
}

/**
 * A path of names: `armPath('subscriptions', id, 'resourceGroups', group)`. Each is percent-encoded.
 *
 * @throws TypeError when a name is empty or would lead elsewhere (`.`, `..`).
 */
export function armPath(...names: string[]): string {
  for (const name of names)
    if (/^\.{0,2}$/.test(name)) throw new TypeError(`"${name}" cannot be a part of a resource's path`);
  return `/${names.map(encodeURIComponent).join('/')}`;
}

/** How many requests are left before Resource Manager throttles, by counter: `subscription-writes`, … */
export function remainingRequests(headers: HttpResponse['headers']): Record<string, number> {
  const prefix = 'x-ms-ratelimit-remaining-';
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(prefix) && /^\d+$/.test(value) ? [[name.slice(prefix.length), Number(value)]] : [],
    ),
  );
}

/** Authorized requests to Azure Resource Manager: any path, lists, and operations followed to their end. */
export class ArmClient {
  readonly #options: ArmClientOptions;
  readonly #bearer: BearerContext;
  readonly #origin: string;

  /** @throws TypeError when the endpoint is no https address (http on loopback). */
  constructor(options: ArmClientOptions) {
    const { endpoint = 'https://management.azure.com' } = options;
    this.#options = options;
    this.#origin = parseBaseUrl(endpoint, 'endpoint').origin;
    this.#bearer = {
      transport: options.transport ?? undiciTransport(),
      credential: options.credential,
      scope: options.scope ?? 'https://management.azure.com/.default',
      allowedOrigins: new Set([this.#origin]),
      ...(options.retry && { retry: options.retry }),
    };
  }

  /**
   * Sends one authorized request and gives the answer, whatever kind of success it is; see `complete`.
   *
   * After a 401 it is sent once more with a new token; throttling and passing faults are retried, a POST only when
   * surely nothing was done.
   *
   * @param path From `armPath`, or the `id` of a resource.
   * @throws ArmError, NetworkError, ProtocolError, TypeError, or the reason of `options.signal`.
   */
  async request<T = unknown>(
    method: ArmMethod,
    path: string,
    { apiVersion, query, body, signal }: ArmRequestOptions,
  ): Promise<ArmResponse<T>> {
    if (!/^\d{4}-\d\d-\d\d(-preview)?$/.test(apiVersion))
      throw new TypeError(`"${apiVersion}" is not an api-version, which is a date`);
    const target = path + encodeQuery({ 'api-version': apiVersion, ...query });
    if (!path.startsWith('/') || /[?#]/.test(path) || !isNormalized(this.#origin, target))
      throw new TypeError(`the path "${path}" must start with / and be percent-encoded; use armPath`);
    return (await this.#send(method, this.#origin + target, body, signal)) as ArmResponse<T>;
  }

  /** GETs an address that an answer gave: a next page, the status of an operation. */
  async follow(link: string, signal?: AbortSignal): Promise<ArmResponse> {
    // The token would go with it, and answers can come from anybody who runs a resource provider.
    if (!URL.canParse(link) || new URL(link).origin !== this.#origin)
      throw new ProtocolError({
        method: 'GET',
        url: link,
        reason: `the link leads away from ${this.#origin}`,
      });
    return this.#send('GET', link, undefined, signal);
  }

  /**
   * As `request`, and waits until what it started has ended.
   *
   * @returns The answer that has the outcome: the resource after PUT and PATCH.
   * @throws what `request` throws; ArmError with the operation's own code when it failed or was canceled.
   */
  async complete<T = unknown>(
    method: ArmMethod,
    path: string,
    options: ArmRequestOptions & WaitOptions,
  ): Promise<ArmResponse<T>> {
    const answer = await this.request(method, path, options);
    const { apiVersion, signal } = options;
    const getResource = () => this.request('GET', path, { apiVersion, signal });
    return (await finishOperation(this, method, answer, getResource, options)) as ArmResponse<T>;
  }

  /** All items of a list, page by page behind the scenes. @throws what `request` throws. */
  async *list<T = Record<string, unknown>>(
    path: string,
    options: ArmRequestOptions,
  ): AsyncGenerator<T, void> {
    let page = await this.request('GET', path, options);
    for (;;) {
      const { status, body } = page;
      if (!isObject(body) || !Array.isArray(body['value']))
        throw new ProtocolError({
          method: 'GET',
          url: this.#origin + path,
          status,
          reason: 'the answer is not a list',
        });
      yield* body['value'] as T[];
      const next = body['nextLink'] ?? body['@odata.nextLink'];
      if (typeof next !== 'string' || next === '') return;
      page = await this.follow(next, options.signal);
    }
  }

  async #send(method: ArmMethod, url: string, body: unknown, signal: AbortSignal | undefined) {
    const request: HttpRequest = {
      method,
      url,
      headers: {
        accept: 'application/json',
        'x-ms-client-request-id': crypto.randomUUID(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
      timeoutMs: this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxResponseBytes: DEFAULT_MAX_RESPONSE_BYTES,
    };
    return judge(request, await sendAuthorized(this.#bearer, request));
  }
}

/** What the answer means: the parsed body, or the error it is. Pure. */
function judge(request: HttpRequest, exchange: Exchange): ArmResponse {
  const { status, headers, body } = exchange.response;
  const parsed = body.length === 0 ? undefined : parseJson(body);
  if (status < 200 || status > 299)
    throw new ArmError({
      ...exchangeFacts(request),
      ...exchange,
      status,
      said: readArmError(parsed),
      requestId: headers['x-ms-request-id'],
      retryable: isRetryableStatus(status),
      retryAfterMs: retryAfterMs(headers),
      body: new TextDecoder().decode(body.subarray(0, 65_536)),
    });
  if (body.length > 0 && parsed === undefined)
    throw new ProtocolError({
      ...exchangeFacts(request),
      status,
      reason: `answered ${status}, but the body is not JSON in UTF-8`,
    });
  return { status, headers, body: parsed };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(body).replace(/^\uFEFF/, ''));
  } catch {
    return undefined; // What that means depends on the status.
  }
}
