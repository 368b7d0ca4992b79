/** Azure Resource Manager: a `RestClient` with api-versions, its own errors, and long-running operations. */
import type { HttpResponse } from '../http/messages';
import {
  bodyOf,
  RestClient,
  type HttpMethod,
  type RestClientOptions,
  type RestRequestOptions,
  type RestResponse,
} from '../rest/rest-client';
import { armError } from './arm-error';
import { finishOperation, type ArmWaitOptions } from './long-running';

/** The Resource Manager that an `ArmClient` calls, and the credential for it; other options as for `RestClient`. */
export interface ArmClientOptions extends Omit<
  RestClientOptions,
  'endpoint' | 'scope' | 'headers' | 'query' | 'refusalError'
> {
  /** Default `https://management.azure.com`; other clouds have their own. The token is sent only there. */
  readonly endpoint?: string;
  /** Default `https://management.azure.com/.default`; other clouds have their own. */
  readonly scope?: string;
}

/** Options of a request to Resource Manager. */
export interface ArmRequestOptions extends RestRequestOptions {
  /** Depends on the type of resource: `2015-10-01`. */
  readonly apiVersion: string;
}

/**
 * A path of names: `armPath('subscriptions', id, 'resourceGroups', group)`. Names are percent-encoded.
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

/** Authorized requests to Azure Resource Manager: any path, lists, and long-running operations. */
export class ArmClient {
  readonly #rest: RestClient;

  /** @throws TypeError when the endpoint is not an https URL (http on loopback). */
  constructor(options: ArmClientOptions) {
    this.#rest = new RestClient({
      endpoint: 'https://management.azure.com',
      scope: 'https://management.azure.com/.default',
      ...options,
      refusalError: armError,
    });
  }

  /**
   * Sends one authorized request, as `RestClient.request` does, and returns the answer, whatever kind of success it is;
   * see `complete`.
   *
   * @param path From `armPath`, or the `id` of a resource.
   * @throws what `RestClient.request` throws; the refusals are ArmErrors.
   */
  async request<T = unknown>(
    method: HttpMethod,
    path: string,
    options: ArmRequestOptions,
  ): Promise<RestResponse<T>> {
    return this.#rest.request<T>(method, path, withApiVersion(path, options));
  }

  /** As `request`, for an answer that must have a body, which it returns. @throws ProtocolError when there is none. */
  async json<T>(method: HttpMethod, path: string, options: ArmRequestOptions): Promise<T> {
    return this.#rest.json<T>(method, path, withApiVersion(path, options));
  }

  /** GETs a URL from an answer, such as an operation's status. @throws what `request` throws. */
  async follow(link: string, options: RestRequestOptions = {}): Promise<RestResponse> {
    return this.#rest.follow(link, options);
  }

  /**
   * As `request`, and waits until what it started has ended.
   *
   * @returns The answer that has the outcome: the resource after PUT and PATCH.
   * @throws what `request` throws; ArmError with the operation's own code when it failed or was canceled.
   */
  async complete<T = unknown>(
    method: HttpMethod,
    path: string,
    options: ArmRequestOptions & ArmWaitOptions,
  ): Promise<RestResponse<T>> {
    const answer = await this.request(method, path, options);
    const { apiVersion, signal } = options;
    const operation = {
      method,
      url: this.#rest.endpoint + path.slice(1),
      answer,
      getResource: () => this.request('GET', path, { apiVersion, signal }),
      follow: (link: string) => this.follow(link, { signal }),
    };
    return (await finishOperation(operation, options)) as RestResponse<T>;
  }

  /** As `complete`, for an outcome that is a resource, which it returns. @throws ProtocolError when it is not there. */
  async completeJson<T>(
    method: HttpMethod,
    path: string,
    options: ArmRequestOptions & ArmWaitOptions,
  ): Promise<T> {
    return bodyOf(
      { method, url: this.#rest.endpoint + path.slice(1) },
      await this.complete<T>(method, path, options),
    );
  }

  /** All items of a list, by the next links of its pages. @throws what `RestClient.pages` throws. */
  list<T = Record<string, unknown>>(path: string, options: ArmRequestOptions): AsyncGenerator<T, void> {
    return this.#rest.list<T>(path, withApiVersion(path, options));
  }

  /** Closes the connections of the default transport, which a credential may share. A transport of yours stays open. */
  close(): Promise<void> {
    return this.#rest.close();
  }
}

/** @throws TypeError when the api-version is not a date, or the path does not start with a slash. */
function withApiVersion(path: string, { apiVersion, ...options }: ArmRequestOptions): RestRequestOptions {
  if (!/^\d{4}-\d\d-\d\d(-preview)?$/.test(apiVersion))
    throw new TypeError(`"${apiVersion}" is not an api-version, which is a date`);
  if (!path.startsWith('/'))
    throw new TypeError('the path must start with / and be percent-encoded; use armPath');
  return { ...options, query: { 'api-version': apiVersion, ...options.query } };
}
