/**
 * Looks into an access token, for display only.
 *
 * To a client a token is opaque: formats change, and only the resource can judge one. Nothing here checks a
 * signature or a date, and no decision may rest on it.
 */

export type Party = 'client' | 'identity provider' | 'STS' | 'resource';

/** A claim of a token, and what it tells of which party. */
export interface TokenAttribute {
  readonly name: string;
  readonly value: string;
  readonly party: Party;
  readonly meaning: string;
}

/** What a token says, for display alone. */
export interface TokenDescription {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The claims that tell the four parties of the exchange, in the names of the token's own version. */
  readonly attributes: readonly TokenAttribute[];
}

/** A v2.0 token says `azp` where a v1.0 token says `appid`, and leaves `idp` out for applications. */
const ATTRIBUTES: readonly [names: readonly string[], party: Party, meaning: string][] = [
  [['appid', 'azp'], 'client', 'the application that asked: its client id'],
  [['appidacr', 'azpacr'], 'client', 'how it proved that: 0 not at all, 1 by secret, 2 by certificate'],
  [['oid'], 'client', 'its service principal in the directory'],
  [['idp'], 'identity provider', 'who authenticated the client'],
  [['tid'], 'identity provider', 'the directory in which it did'],
  [['iss'], 'STS', 'the security token service that issued and signed the token'],
  [['aud'], 'resource', 'the API that the token is for'],
];

/**
 * Decodes a JWT for display; undefined when the token is not one, which is no error (RFC 7519 section 3).
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
