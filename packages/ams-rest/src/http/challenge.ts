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

const TOKEN = "([\\w!#$%&'*+.^`|~-]+)";
const PARAM = `${TOKEN}[ \\t]*=[ \\t]*(?:${TOKEN}|"((?:[^"\\\\]|\\\\.)*)")[ \\t]*(?=,|$)`;
const SCHEME = `${TOKEN}(?:[ \\t]+(?:([\\w.~+/-]+=*)[ \\t]*(?=,|$))?|(?=,|$))`;
const PART = new RegExp(`[\\s,]*(?:${PARAM}|${SCHEME})`, 'gy');

/** Parses the challenges up to the first syntax error, and ignores the rest. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let params: Map<string, string> | undefined;
  for (const [, name, token, quoted = '', scheme, token68] of header.matchAll(PART)) {
    if (scheme !== undefined) {
      params = new Map();
      challenges.push({ scheme: scheme.toLowerCase(), params, ...(token68 !== undefined && { token68 }) });
    } else if (!params || name === undefined) break;
    else if (!params.has(name.toLowerCase()))
      params.set(name.toLowerCase(), token ?? quoted.replace(/\\(.)/g, '$1'));
  }
  return challenges;
}

/**
 * Returns the claims that a resource requires in a token ("Claims challenges", Microsoft identity platform): the
 * JSON text to send to the token endpoint, or undefined when the header holds no well-formed claims challenge.
 */
export function claimsChallenge(header = ''): string | undefined {
  const claims = parseChallenges(header)
    .filter(({ scheme, params }) => scheme === 'bearer' && params.get('error') === 'insufficient_claims')
    .find(({ params }) => params.has('claims'))
    ?.params.get('claims');
  // Base64 with either alphabet, padded or not, of a JSON object.
  if (!claims || !/^[\w+/-]+={0,2}$/.test(claims)) return undefined;
  try {
    const binary = atob(claims.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return parseJsonObject(bytes) && new TextDecoder().decode(bytes);
  } catch {
    return undefined; // No base64 has that length.
  }
}
