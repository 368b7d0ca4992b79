/** Base URLs, paths, query strings and page links. */

/** True for hosts on this machine: `localhost`, `127.0.0.0/8`, `[::1]`. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** True when a secret may be sent there: https, or http on loopback. */
export function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** Parses a URL, absolute or relative to `base`; undefined if it is malformed, as Node's error would show a signature in it. */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/**
 * Reads `text` as the base URL of a service: https (http on loopback only), without user, query or fragment.
 *
 * @param name What error messages call the URL.
 * @throws TypeError naming what is wrong.
 */
export function parseBaseUrl(text: string, name: string): URL {
  const url = parseUrl(text);
  if (!url) throw new TypeError(`${name} is not an absolute URL`);
  if (!isSafe(url))
    throw new TypeError(`${name} must start with https:// (http:// is allowed for this machine only)`);
  if (url.username || url.password || url.search || url.hash)
    throw new TypeError(`${name} must not contain a user name, password, query or fragment`);
  return url;
}

/** The characters of a path (RFC 3986 section 3.3), percent-encoded ones included. */
const PATH = /^(?:[\w.~!$&'()*+,;=:@/-]|%[\da-f]{2})*$/i;
/** A segment that URL parsers resolve, percent-encoded or not. */
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * True when `path` is percent-encoded and without dot segments, so that the service sees exactly what was written,
 * below the base URL that it is appended to.
 */
export function isEncodedPath(path: string): boolean {
  return PATH.test(path) && !DOT_SEGMENT.test(path);
}

/** True when `text` has an unpaired surrogate, which UTF-8 cannot encode. */
export function isMalformed(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** A value of a query. In an OData expression, quote text with `odataString`. */
export type QueryValue = string | number | boolean;
/** Names in the wire's spelling: `$filter`, `$top`, `assetid`. Undefined values are left out. */
export type Query = Readonly<Record<string, QueryValue | undefined>>;

/**
 * The query string with its `?`, or nothing. Option names keep their `$`, values are percent-encoded.
 *
 * @throws TypeError when a name is not that of a query option.
 */
export function encodeQuery(query: Query = {}): string {
  let text = '';
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (!/^[$\w.-]+$/.test(name)) throw new TypeError(`"${name}" is not the name of a query option`);
    text += `${text === '' ? '?' : '&'}${name}=${encodeValue(String(value))}`;
  }
  return text;
}

/**
 * Like `encodeURIComponent`, but also encodes ! ' ( ) *, which could end a key in a path early.
 *
 * @throws TypeError for an unpaired surrogate, which UTF-8 cannot encode.
 */
export function encodeValue(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  if (isMalformed(text)) throw new TypeError('a key or query value has half a surrogate pair in it');
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A list with more pages, or more consecutive empty pages, is treated as endless. */
export const MAX_PAGES = 100_000;
export const MAX_EMPTY_PAGES = 100;

/**
 * Guards the loop over the pages of one list. Call the returned function after each page, with the link or marker of the
 * next one; it returns what is wrong with the list, or undefined.
 */
export function pageGuard(first: string): (next: string, itemCount: number) => string | undefined {
  let [count, empty, seen, last] = [0, 0, first, first];
  return (next, itemCount) => {
    count += 1;
    empty = itemCount > 0 ? 0 : empty + 1;
    if (next === last || next === seen) return 'the list has no end: it leads back to an earlier page';
    if (count >= MAX_PAGES || empty >= MAX_EMPTY_PAGES)
      return `the list has no end: ${count} pages, the last ${empty} of them without an item`;
    // Remembering each power of two finds a circle of any length (Brent's algorithm).
    if ((count & (count - 1)) === 0) seen = next;
    last = next;
    return undefined;
  };
}
