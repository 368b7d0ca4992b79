/**
 * The `WWW-Authenticate` header: which scheme and parameters a resource answers 401 with.
 *
 * Grammar: RFC 9110 sections 5.6 and 11.6.1. One header may hold several challenges, and both they and their
 * parameters are divided by commas, which quoted strings may contain too: so it is read from left to right.
 */
import { parseJsonObject } from './messages';

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly params: ReadonlyMap<string, string>;
  /** What some schemes send instead of parameters. */
  readonly token68?: string;
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const SEPARATOR = /[\s,]*/y;
const SCHEME = new RegExp(`(${TOKEN})(?:[ \\t]+|(?=,|$))`, 'y');
const PARAM = new RegExp(
  `(${TOKEN})[ \\t]*=[ \\t]*(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")[ \\t]*(?=,|$)`,
  'y',
);
const TOKEN68 = /([\w.~+/-]+=*)[ \t]*(?=,|$)/y;

/** Parses the challenges up to the first syntax error, and ignores the rest. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match) position = pattern.lastIndex;
    return match;
  };

  for (take(SEPARATOR); position < header.length; take(SEPARATOR)) {
    const scheme = take(SCHEME)?.[1]?.toLowerCase();
    if (scheme === undefined) break;
    const params = new Map<string, string>();
    // Parameters (`a=b`) first, then a token68 (`abc==`).
    for (let param = take(PARAM); param; take(SEPARATOR), param = take(PARAM)) {
      const [, name = '', token, quoted = ''] = param;
      if (!params.has(name.toLowerCase()))
        params.set(name.toLowerCase(), token ?? quoted.replace(/\\(.)/g, '$1'));
    }
    const token68 = params.size === 0 ? take(TOKEN68)?.[1] : undefined;
    challenges.push({ scheme, params, ...(token68 !== undefined && { token68 }) });
  }
  return challenges;
}

/**
 * Returns the claims that a resource requires in a token ("Claims challenges", Microsoft identity platform): the
 * JSON text to send to the token endpoint, or undefined when the header holds no well-formed claims challenge.
 */
export function claimsChallenge(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const { scheme, params } of parseChallenges(header)) {
    const claims = params.get('claims');
    if (scheme !== 'bearer' || params.get('error') !== 'insufficient_claims' || claims === undefined)
      continue;
    return decodeClaims(claims);
  }
  return undefined;
}

/** Base64 with either alphabet, padded or not, of a JSON object. */
function decodeClaims(text: string): string | undefined {
  if (!/^[\w+/-]+={0,2}$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return parseJsonObject(bytes) && new TextDecoder().decode(bytes);
  } catch {
    return undefined; // No base64 has that length.
  }
}
