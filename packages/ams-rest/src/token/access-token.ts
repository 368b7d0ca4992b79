/** Credentials and tokens, with the same interface as in `@azure/core-auth`. */
import type { Transport } from '../http/messages';
import { printing } from '../http/redact';

/** A token and its expiry. */
export interface AccessToken {
  /** Opaque: send it, do not parse it. Printing or serializing the object hides it; copying keeps it. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
  /** When to refresh the token; milliseconds since 1970. */
  readonly refreshAfterTimestamp?: number;
}

/** Options of `getToken`. */
export interface GetTokenOptions {
  readonly abortSignal?: AbortSignal;
  /** A claims challenge of the resource, as decoded JSON text; bypasses the cache. */
  readonly claims?: string;
  /** The token that the resource answered with 401, to get a different one. */
  readonly refusedToken?: string;
}

/** Returns tokens by scope; compatible with `TokenCredential` of `@azure/core-auth`. */
export interface TokenCredential {
  /** @param scopes The resource followed by `/.default`, e.g. `https://rest.media.azure.net/.default`. */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null>;
  /** The credential's default transport. A client without a transport shares it. */
  readonly defaultTransport?: Transport | undefined;
}

const HIDES_TOKENS = printing((fields: object) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      /token$/i.test(name) ? 'REDACTED' : (value as unknown),
    ]),
  ),
);

/** A copy whose tokens `console.log`, `util.inspect` and `JSON.stringify` hide; spreading keeps them. */
export function hideTokens<T extends AccessToken>(fields: T): T {
  return Object.assign(Object.create(HIDES_TOKENS) as object, fields);
}
