/**
 * Shared Key authorization for Blob Storage: one pure function for each step of Microsoft's "Authorize with Shared Key"
 * (string to sign, canonicalized headers, canonicalized resource, signature).
 *
 * The rules are those of service version 2016-05-31 and later; older ones wrote a length of zero as `0` and omitted empty
 * headers.
 */
import { type HttpRequest, type Transport } from '../http/messages';
import { parseBaseUrl } from '../http/url';
import { printRedacted } from '../http/redact';
import { hmacSha256 } from './digest';

/** A storage account with its key, which gives full access. */
export interface AccountKey {
  /** The storage account's name. */
  readonly account: string;
  /** Either of its two keys, base64. */
  readonly key: string;
}

type SignedRequest = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

/** In the order of signing; a header that is not sent is an empty line. */
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

/** The text to sign: method, standard header values, `x-ms-` headers, resource. */
export function sharedKeyStringToSign(account: string, request: SignedRequest): string {
  const headers = lowerCaseNames(request.headers);
  headers.set('content-length', contentLength(request, headers));
  const lines = [request.method.toUpperCase(), ...STANDARD_HEADERS.map((name) => headers.get(name) ?? '')];
  return `${lines.join('\n')}\n${sharedKeyCanonicalizedHeaders(headers)}${sharedKeyCanonicalizedResource(account, request.url)}`;
}

/** All `x-ms-` headers, sorted, each as `name:value` and a line feed. */
export function sharedKeyCanonicalizedHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
): string {
  return [...headers]
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, ' ')] as const)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => compareHeaderNames(a, b))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
}

const DICTIONARY_ORDER = '!#$%&*.^_`|~+0123456789abcdefghijklmnopqrstuvwxyz';
/** Ignored at first; they decide, in this order, between names that are otherwise equal. */
const IGNORED_AT_FIRST = "'-";

/**
 * Compares two lower-case header names in the service's order, .NET's invariant culture: `_` precedes the digits, and `-`
 * matters only if the names are otherwise equal.
 */
function compareHeaderNames(a: string, b: string): number {
  const [wordA, wordB] = [a, b].map((name) => name.replace(/['-]/g, ''));
  return compareBy(DICTIONARY_ORDER, wordA ?? '', wordB ?? '') || compareBy(IGNORED_AT_FIRST, a, b);
}

/** Compares by the first different characters, in `order`; the end of a name and unlisted characters come first. */
function compareBy(order: string, a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const rank = (name: string) => (i < name.length ? order.indexOf(name.charAt(i)) : -1);
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
  }
  return 0;
}

/**
 * The account, the path as sent, and each query parameter, decoded, on a separate line.
 *
 * Where the account is part of the path, as in `http://127.0.0.1:10000/devstoreaccount1/…`, it appears twice.
 *
 * @throws TypeError when the URL is not absolute, or its query not percent-encoded.
 */
export function sharedKeyCanonicalizedResource(account: string, url: string): string {
  // Node's error would contain the URL, including a SAS.
  if (!URL.canParse(url)) throw new TypeError('the URL to sign is not an absolute URL');
  const { pathname, search } = new URL(url);
  const parameters = new Map<string, string[]>();
  for (const pair of search.slice(1).split('&').filter(Boolean)) {
    const equals = pair.includes('=') ? pair.indexOf('=') : pair.length;
    const name = decoded(pair.slice(0, equals)).toLowerCase();
    const value = decoded(pair.slice(equals + 1));
    parameters.set(name, [...(parameters.get(name) ?? []), value]);
  }
  const lines = [...parameters]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, values]) => `\n${name}:${values.sort().join(',')}`);
  return `/${account}${pathname}${lines.join('')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('the query of the URL to sign is not percent-encoded UTF-8');
  }
}

/** HMAC-SHA256 of the string to sign with the account key. */
export function signature(key: string, text: string): string {
  return hmacSha256(key, text);
}

/** The value of the `Authorization` header: `SharedKey account:signature`. */
export function sharedKeyAuthorization({ account, key }: AccountKey, request: SignedRequest): string {
  return `SharedKey ${account}:${signature(key, sharedKeyStringToSign(account, request))}`;
}

/**
 * A transport that dates and signs each request, including each retry, with an account key.
 *
 * It sends only `x-ms-date`: the service would ignore an additional `Date`, but Azurite would not.
 *
 * @param account.endpoint The blob endpoint, `https://<account>.blob.core.windows.net`; requests to other origins are refused.
 * @throws TypeError when the endpoint is not an https URL (http on loopback); the transport rejects with TypeError when
 *   a request goes elsewhere.
 */
export function sharedKeyTransport(
  transport: Transport,
  account: AccountKey & { readonly endpoint: string },
): Transport {
  const { origin } = parseBaseUrl(account.endpoint, 'endpoint');
  return async (request) => {
    if (!URL.canParse(request.url) || new URL(request.url).origin !== origin)
      throw new TypeError(`the account key for ${origin} does not sign requests to other places`);
    const headers = { ...request.headers, 'x-ms-date': new Date().toUTCString() };
    const authorization = sharedKeyAuthorization(account, { ...request, headers });
    return transport(printRedacted({ ...request, headers: { ...headers, authorization } }));
  };
}

/** Empty for a length of zero, even if a Content-Length is sent. */
function contentLength({ body }: SignedRequest, headers: ReadonlyMap<string, string>): string {
  const length = headers.get('content-length') ?? String(body === undefined ? 0 : Buffer.byteLength(body));
  return length === '0' ? '' : length;
}

function lowerCaseNames(headers: HttpRequest['headers']): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
