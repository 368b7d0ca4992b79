/**
 * Shared Key authorization for Blob Storage, by the headings of Microsoft's "Authorize with Shared Key":
 * string to sign, canonicalized headers, canonicalized resource, signature. Each is a pure function.
 *
 * The rules are those of service versions from 2016-05-31 on; older ones wrote a length of zero as `0` and left
 * empty headers out.
 */
import { parseBaseUrl, type HttpRequest, type Transport } from '../http';
import { printRedacted } from '../redact';
import { hmacSha256 } from './digest';

/** A storage account with a key of it, which signs anything in its name. */
export interface AccountKey {
  /** The storage account's name. */
  readonly account: string;
  /** Either of its two keys, base64. */
  readonly key: string;
}

type SignedRequest = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

/** In the order they are signed; each has its line even when it is not sent. */
const STANDARD_HEADERS = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
] as const;

/** What is signed: verb, the values of the standard headers, the `x-ms-` headers, the resource. */
export function stringToSign(account: string, request: SignedRequest): string {
  const headers = lowerCaseNames(request.headers);
  headers.set('content-length', contentLength(request, headers));
  const lines = [request.method.toUpperCase(), ...STANDARD_HEADERS.map((name) => headers.get(name) ?? '')];
  return `${lines.join('\n')}\n${canonicalizedHeaders(headers)}${canonicalizedResource(account, request.url)}`;
}

/** All headers named `x-ms-…`, sorted, each as `name:value` with a line feed after it. */
export function canonicalizedHeaders(headers: Iterable<readonly [name: string, value: string]>): string {
  return (
    [...headers]
      .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, ' ')] as const)
      .filter(([name]) => name.startsWith('x-ms-'))
      // By character code. The service sorts like a dictionary, which differs only where - or _ meets a letter.
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}:${value}\n`)
      .join('')
  );
}

/**
 * The account, the path as it is sent, and each query parameter decoded on a line of its own.
 *
 * Where the account is part of the path, as in `http://127.0.0.1:10000/devstoreaccount1/…`, it appears twice.
 */
export function canonicalizedResource(account: string, url: string): string {
  const { pathname, search } = new URL(url);
  const parameters = new Map<string, string[]>();
  for (const pair of search.slice(1).split('&').filter(Boolean)) {
    const equals = pair.includes('=') ? pair.indexOf('=') : pair.length;
    const name = decodeURIComponent(pair.slice(0, equals)).toLowerCase();
    const value = decodeURIComponent(pair.slice(equals + 1));
    parameters.set(name, [...(parameters.get(name) ?? []), value]);
  }
  const lines = [...parameters]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, values]) => `\n${name}:${values.sort().join(',')}`);
  return `/${account}${pathname}${lines.join('')}`;
}

/** HMAC-SHA256 of the string to sign with the account key. */
export function signature(key: string, text: string): string {
  return hmacSha256(key, text);
}

/** The value of the `Authorization` header: `SharedKey account:signature`. */
export function sharedKeyAuthorization({ account, key }: AccountKey, request: SignedRequest): string {
  return `SharedKey ${account}:${signature(key, stringToSign(account, request))}`;
}

/**
 * A transport that dates and signs each request with an account key, each retry anew.
 *
 * Only `x-ms-date` is sent, never `Date`: the service ignores `Date` beside it and Azurite does not.
 *
 * @param account.endpoint The blob endpoint, `https://<account>.blob.core.windows.net`; nothing else is signed.
 * @throws TypeError when the endpoint is no https address (http on loopback); the transport rejects with TypeError when
 *   a request goes elsewhere.
 */
export function sharedKeyTransport(
  transport: Transport,
  account: AccountKey & { readonly endpoint: string },
): Transport {
  const { origin } = parseBaseUrl(account.endpoint, 'endpoint');
  return async (request) => {
    if (new URL(request.url).origin !== origin)
      throw new TypeError(`the account key for ${origin} does not sign requests to other places`);
    const headers = { ...request.headers, 'x-ms-date': new Date().toUTCString() };
    const authorization = sharedKeyAuthorization(account, { ...request, headers });
    return transport(printRedacted({ ...request, headers: { ...headers, authorization } }));
  };
}

/** Empty for a length of zero, whether or not a Content-Length is sent. */
function contentLength({ body }: SignedRequest, headers: ReadonlyMap<string, string>): string {
  const length = headers.get('content-length') ?? String(body === undefined ? 0 : Buffer.byteLength(body));
  return length === '0' ? '' : length;
}

function lowerCaseNames(headers: HttpRequest['headers']): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
