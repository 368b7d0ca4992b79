/** Media Services v2: a `RestClient` with OData envelopes, lists by `$skip`, and the 301 that moves the API root. */
import { ProtocolError, ServiceError, type ServiceErrorFacts } from '../http/errors';
import {
  bodyOf,
  RestClient,
  whyNotFollowed,
  type HttpMethod,
  type RestClientOptions,
  type RestRequestOptions,
  type RestResponse,
} from '../rest/rest-client';
import type { Query } from '../http/url';
import { nextLink, parseODataError, unwrapOData } from './odata';
import { listPages, type AmsListOptions } from './paging';

/** The resource of Media Services tokens in the public cloud, without a trailing slash. */
export const MEDIA_SERVICES_RESOURCE = 'https://rest.media.azure.net';

/** `verbose` wraps answers in `d` and adds `__metadata`; `light` does not. Both are unwrapped. */
export type ODataFormat = 'verbose' | 'light';

/** The account that an `AmsClient` calls, and the credential for it; other options as for `RestClient`. */
export interface AmsClientOptions extends Omit<
  RestClientOptions,
  'scope' | 'headers' | 'query' | 'refusalError'
> {
  /** The account's REST API endpoint, `https://<account>.restv2.<location>.media.azure.net/api/`. */
  readonly endpoint: string;
  /** Default `https://rest.media.azure.net/.default`; other clouds have their own resource. */
  readonly scope?: string;
  /** The format of requests and answers; default `verbose`. */
  readonly format?: ODataFormat;
  /** Sent as `x-ms-version`; default `2.19`, the last version. */
  readonly apiVersion?: string;
  /** Other origins to which a 301 may move the API root; default none. */
  readonly allowedOrigins?: readonly string[];
}

const MIME: Readonly<Record<ODataFormat, string>> = {
  verbose: 'application/json;odata=verbose',
  light: 'application/json',
};

/** Sends authorized requests to one Media Services account: `request` for any path, `list` for whole entity sets. */
export class AmsClient {
  readonly #mime: string;
  readonly #rest: RestClient;

  /** @throws TypeError when the endpoint is not an https URL (http on loopback). */
  constructor({ format = 'verbose', apiVersion = '2.19', ...options }: AmsClientOptions) {
    this.#mime = MIME[format];
    this.#rest = new RestClient({
      scope: `${MEDIA_SERVICES_RESOURCE}/.default`,
      ...options,
      headers: {
        accept: this.#mime,
        'x-ms-version': apiVersion,
        dataserviceversion: '3.0',
        maxdataserviceversion: '3.0',
      },
      refusalError: amsError,
    });
  }

  /** The API root: the endpoint, or the URL that a 301 moved it to. */
  get root(): string {
    return this.#rest.endpoint;
  }

  /**
   * Sends one authorized request like `RestClient.request`, and returns the answer without its envelope.
   *
   * A 301 moves the API root permanently, and the request is sent there, once.
   *
   * @param path Relative to the API root and percent-encoded: `Assets`, `entityPath('Jobs', id, 'Tasks')`.
   * @throws what `RestClient.request` throws.
   */
  async request<T = unknown>(
    method: HttpMethod,
    path: string,
    options: RestRequestOptions = {},
  ): Promise<RestResponse<T>> {
    const { status, headers, body } = await this.requestRaw(method, path, options);
    return { status, headers, body: unwrapOData(body) as T | undefined };
  }

  /** Like `request`, but returns the body. @throws ProtocolError when there is none, and what `request` throws. */
  async json<T>(method: HttpMethod, path: string, options: RestRequestOptions = {}): Promise<T> {
    return bodyOf({ method, url: this.root + path }, await this.request<T>(method, path, options));
  }

  /** Like `request`, but keeps the envelope, with `__count`, `odata.metadata` and so on. */
  async requestRaw(
    method: HttpMethod,
    path: string,
    options: RestRequestOptions = {},
  ): Promise<RestResponse> {
    const typed =
      options.body === undefined
        ? options
        : { ...options, headers: { 'content-type': this.#mime, ...options.headers } };
    const first = await this.#rest.send(method, path, typed);
    if (first.response.status !== 301) return this.#rest.judge(first, options);
    const stopped = this.#moveRoot(first.response.headers['location']);
    if (stopped !== '') return this.#rest.judge({ ...first, stopped }, options);
    const again = await this.#rest.send(method, path, typed);
    return this.#rest.judge({ ...again, attempts: first.attempts + again.attempts }, options);
  }

  /** Yields all entities of a set or navigation; see `pages`. */
  async *list<T = Record<string, unknown>>(
    path: string,
    options: AmsListOptions = {},
  ): AsyncGenerator<T, void> {
    for await (const page of this.pages<T>(path, options)) yield* page;
  }

  /**
   * Yields the pages of a set or navigation.
   *
   * Media Services has no next links. Pages are requested by `$skip` and `$top`, so an entity created or deleted meanwhile
   * can shift them. A `$top` in the query limits the whole list.
   *
   * @throws what `request` throws.
   */
  pages<T = Record<string, unknown>>(path: string, options: AmsListOptions = {}): AsyncGenerator<T[], void> {
    const fail = (reason: string) =>
      new ProtocolError({ method: 'GET', url: this.root + path, status: 200, reason });
    const fetchPage = async (query: Query) => {
      const { body } = await this.requestRaw('GET', path, { ...options, query });
      const items = unwrapOData(body);
      if (!Array.isArray(items)) throw fail('the answer is not a list');
      return { items: items as T[], more: nextLink(body) !== undefined };
    };
    return listPages(fetchPage, options, fail);
  }

  /** Closes the default transport, which a credential may share. A transport that you passed stays open. */
  close(): Promise<void> {
    return this.#rest.close();
  }

  /** The Location of a 301 is the API root, not the requested path. Returns why the root cannot move, or ''. */
  #moveRoot(location: string | undefined): string {
    // "https:path" has a scheme and no host; URL parses it as a relative path.
    const hasNoHost = location !== undefined && /^[a-z][a-z\d+.-]*:(?!\/\/)/i.test(location);
    if (location === undefined || hasNoHost || !URL.canParse(location, this.root))
      return 'it has no usable Location';
    try {
      this.#rest.moveTo(new URL(location, this.root).href);
      return '';
    } catch (error) {
      if (error instanceof TypeError) return error.message;
      throw error;
    }
  }
}

/** The error for a refusal, in any format of OData v3. */
function amsError(facts: ServiceErrorFacts): ServiceError {
  const said = parseODataError(facts.body ?? '');
  return new ServiceError({
    ...facts,
    code: said?.code,
    serviceMessage: said?.message ?? whyNotFollowed(facts.status),
  });
}
