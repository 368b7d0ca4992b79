// Tokens for any API that Entra ID protects: one credential, one scope for each API.
import type { CachedCredential } from 'ams-rest';

/** The resource exactly as its API registered it, followed by `/.default`. */
export const SCOPES = {
  resourceManager: 'https://management.azure.com//.default', // the resource ends with a slash: hence two
  storage: 'https://storage.azure.com/.default',
  keyVault: 'https://vault.azure.net/.default',
  graph: 'https://graph.microsoft.com/.default',
  mediaServices: 'https://rest.media.azure.net/.default',
} as const;

/** @param credential One credential for all scopes, for example from `clientSecretCredential`. */
export function authorizedFetch(credential: CachedCredential, scope: string): typeof fetch {
  return async (input, init) => {
    const { token } = await credential.getToken(scope); // from memory, except about once an hour
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers, redirect: 'manual' }); // a token must not follow a redirect
  };
}
