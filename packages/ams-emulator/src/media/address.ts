import { badRequest } from './errors';

/** `Assets('id')` → name `Assets`, key `id`; `Jobs()` and `Jobs` → no key. */
export interface Segment {
  readonly name: string;
  readonly key?: string;
}

/** A parsed path to the REST API. */
export interface ApiPath {
  /** Name of the account in `/accounts/<name>/api/`; the first account is at `/api/`. */
  readonly account: string | undefined;
  /** True for `/cluster/api/`, the root after a move. */
  readonly isCluster: boolean;
  /** Decoded path below the root; undefined when it cannot be decoded. */
  readonly path: string | undefined;
}

const apiRoot = /^\/+(?:accounts\/([\w-]+)\/+|(cluster)\/+)?api(?:\/+|$)/i;

/** Parses a path to the REST API; undefined for any other path. */
export function splitApiPath(path: string): ApiPath | undefined {
  // Whole segments arrive encoded too (`/api/%2FFiles%28%27…%27%29`), so decoding comes first.
  const decoded = decode(path);
  const match = apiRoot.exec(decoded ?? path);
  if (match === null) return undefined;
  const below = decoded?.slice(match[0].length);
  return { account: match[1], isCluster: match[2] !== undefined, path: below };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * Splits a decoded path into segments; slashes inside quoted keys belong to the key, empty segments are dropped.
 * Throws 400 for anything but names with an optional key in parentheses.
 */
export function parseSegments(decoded: string): Segment[] {
  const segments: Segment[] = [];
  const token = /\/+|([$A-Za-z][\w.]*)(?:\((?:\s*(?:guid)?'((?:[^']|'')*)'\s*|([^')]*))\))?(?=\/|$)/y;
  while (token.lastIndex < decoded.length) {
    const match = token.exec(decoded);
    if (match === null) throw badRequest('The request URI is not valid: a segment has a wrong form.');
    const [, name, quoted, bare] = match;
    if (name === undefined) continue;
    const key = quoted?.replaceAll("''", "'") ?? bare?.trim();
    segments.push(key === undefined || (key === '' && quoted === undefined) ? { name } : { name, key });
  }
  return segments;
}

const longestUri = 8000;

/** The key in an entity's URI as sent in a body: host, root and encoding do not matter. Throws 400 without a key. */
export function keyOfUri(uri: string): string {
  const decoded = uri.length > longestUri ? undefined : decode(uri);
  if (decoded === undefined) throw badRequest('A URI in the request body is malformed.');
  const key = /\((?:guid)?'((?:[^']|'')*)'\)\/?$/.exec(decoded)?.[1];
  if (key === undefined) throw badRequest('A URI in the request body does not name an entity.');
  return key.replaceAll("''", "'");
}
