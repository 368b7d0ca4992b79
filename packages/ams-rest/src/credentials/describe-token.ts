/**
 * Looks into an access token, for display only.
 *
 * To a client a token is opaque: formats change, and only the resource can judge one. Nothing here checks a signature or a
 * date, so do not base decisions on the result.
 */

export type TokenParty = 'client' | 'identity provider' | 'STS' | 'resource';

/** A claim of a token, the party that it is about, and its meaning. */
export interface TokenAttribute {
  readonly name: string;
  readonly value: string;
  readonly party: TokenParty;
  readonly meaning: string;
}

/** What a token says, for display only. */
export interface TokenDescription {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The claims about the four parties of the exchange, named as in the token's version. */
  readonly attributes: readonly TokenAttribute[];
}

/** A v2.0 token says `azp` where a v1.0 token says `appid`, and leaves `idp` out for applications. */
const ATTRIBUTES: readonly [names: readonly string[], party: TokenParty, meaning: string][] = [
  [['appid', 'azp'], 'client', 'the application that asked: its client id'],
  [['appidacr', 'azpacr'], 'client', 'how it proved that: 0 not at all, 1 by secret, 2 by certificate'],
  [['oid'], 'client', 'its service principal in the directory'],
  [['idp'], 'identity provider', 'who authenticated the client'],
  [['tid'], 'identity provider', 'the directory in which it did'],
  [['iss'], 'STS', 'the security token service that issued and signed the token'],
  [['aud'], 'resource', 'the API that the token is for'],
];

/**
 * Decodes a JWT for display. Returns undefined for another kind of token, which is also valid (RFC 7519 section 3).
 */
export function describeAccessToken(token: string): TokenDescription | undefined {
  const [header, claims] = token.split('.').map(decodePart);
  if (!header || !claims) return undefined;
  const attributes = ATTRIBUTES.flatMap(([names, party, meaning]) => {
    const name = names.find((candidate) => typeof claims[candidate] === 'string');
    return name === undefined ? [] : [{ name, value: claims[name] as string, party, meaning }];
  });
  return { header, claims, attributes };
}

function decodePart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
