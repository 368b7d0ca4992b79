/** Blob Storage with a bearer token instead of a key ("Authorize with Microsoft Entra ID"). */
import { sendAuthorized } from '../bearer';
import type { TokenCredential } from '../credentials/access-token';
import { parseBaseUrl, type Transport } from '../http';

/** Which storage account gets a token, and whose. */
export interface StorageBearerOptions {
  readonly credential: TokenCredential;
  /** The blob endpoint, `https://<account>.blob.core.windows.net`; the token goes nowhere else. */
  readonly endpoint: string;
  /** Default `https://storage.azure.com/.default`. */
  readonly scope?: string;
}

/**
 * A transport that puts a token on each request, and after a 401 tries once more with a new one.
 *
 * The token's owner needs a data role such as Storage Blob Data Contributor: rights on the account itself give its
 * keys, not its blobs.
 *
 * @throws TypeError when the endpoint is no https address (http on loopback); the transport rejects with TypeError when
 *   a request goes elsewhere.
 */
export function bearerTransport(transport: Transport, options: StorageBearerOptions): Transport {
  const { credential, endpoint, scope = 'https://storage.azure.com/.default' } = options;
  const allowedOrigins = new Set([parseBaseUrl(endpoint, 'endpoint').origin]);
  // Whoever uses this transport does the repeating.
  const context = { transport, credential, scope, allowedOrigins, retry: { maxRetries: 0 } };
  return async (request) => (await sendAuthorized(context, request)).response;
}
