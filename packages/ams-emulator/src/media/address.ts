import { badRequest } from './errors';

/** `Assets('id')` → name `Assets`, key `id`; `Jobs()` and `Jobs` → no key. */
export interface Segment {
  readonly name: string;
  readonly key?: string;
}

/** The part of a path below the API root, decoded; undefined for a path elsewhere. Throws 400 on a bad escape. */
export function belowApiRoot(path: string): string | undefined {
  let decoded: string;
  try {
    // Whole segments arrive encoded too (`/api/%2FFiles%28%27…%27%29`), so decoding comes first.
    decoded = decodeURIComponent(path);
  } catch {
    if (!/^\/+api(\/|$)/i.test(path)) return undefined;
    throw badRequest('The request URI is malformed.');
  }
  const match = /^\/+api(?:\/+|$)/i.exec(decoded);
  return match === null ? undefined : decoded.slice(match[0].length);
}

/**
 * Splits a decoded path into segments; slashes inside quoted keys belong to the key, empty segments vanish.
 * Throws 400 for anything else than names with an optional key in parentheses.
 */
export function parseSegments(decoded: string): Segment[] {
  const segments: Segment[] = [];
  const token = /\/+|([$A-Za-z][\w.]*)(?:\(\s*(?:(?:guid)?'((?:[^']|'')*)'|([^')]*?))\s*\))?(?=\/|$)/y;
  while (token.lastIndex < decoded.length) {
    const match = token.exec(decoded);
    if (match === null) throw badRequest('The request URI is not valid: a segment has a wrong form.');
    const [, name, quoted, bare] = match;
    if (name === undefined) continue;
    const key = quoted?.replaceAll("''", "'") ?? (bare === '' ? undefined : bare);
    segments.push(key === undefined ? { name } : { name, key });
  }
  return segments;
}

/** The key in an entity's URI as sent in a body: host, root and encoding do not matter. Throws 400 without a key. */
export function keyOfUri(uri: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(uri);
  } catch {
    throw badRequest('A URI in the request body is malformed.');
  }
  const key = /\((?:guid)?'((?:[^']|'')*)'\)\/?$/.exec(decoded)?.[1];
  if (key === undefined) throw badRequest('A URI in the request body does not name an entity.');
  return key.replaceAll("''", "'");
}
