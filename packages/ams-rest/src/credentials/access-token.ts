/** What a credential hands out, structurally the same as in `@azure/core-auth`, so either side can be swapped. */

export interface AccessToken {
  /** Opaque: send it, do not read it. Not enumerable, so that printing or serialising the object omits it. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
  /** When fetching a new one ahead of time is welcome; milliseconds since 1970. */
  readonly refreshAfterTimestamp?: number;
}

/** What `getToken` takes beside the scope. */
export interface GetTokenOptions {
  readonly abortSignal?: AbortSignal;
  /** A claims challenge of the resource, as decoded JSON text; bypasses the cache. */
  readonly claims?: string;
  /** The token that the resource answered 401 to; anything but this one is wanted. */
  readonly refusedToken?: string;
}

/** Anything that gives tokens by scope; in shape the `TokenCredential` of `@azure/core-auth`. */
export interface TokenCredential {
  /** @param scopes The resource followed by `/.default`, e.g. `https://rest.media.azure.net/.default`. */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null>;
}

/** Hides the token from `console.log`, `util.inspect`, `JSON.stringify` and the spread operator. */
export function hideToken<T extends { readonly token: string }>(accessToken: T): T {
  return Object.defineProperty(accessToken, 'token', { enumerable: false });
}
