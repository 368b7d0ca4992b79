/** Blob Storage with a bearer token instead of a key ("Authorize with Microsoft Entra ID"). */
import { sendAuthorized } from '../rest/bearer';
import type { TokenCredential } from '../token/access-token';
import { type Transport } from '../http/messages';
import { parseBaseUrl } from '../http/url';

/** The storage account, and the credential for it. */
export interface StorageBearerOptions {
  readonly credential: TokenCredential;
  /** The blob endpoint, `https://<account>.blob.core.windows.net`; the token is sent only there. */
  readonly endpoint: string;
  /** Default `https://storage.azure.com/.default`. */
  readonly scope?: string;
}

/**
 * A transport that adds a token to each request, and after a 401 tries again once with a new token.
 *
 * The identity needs a data role such as Storage Blob Data Contributor: roles like Contributor give access to the
 * account's keys, not to its blobs.
 *
 * @throws TypeError when the endpoint is not an https URL (http on loopback); the transport rejects with TypeError when
 *   a request goes elsewhere.
 */
export function bearerTransport(transport: Transport, options: StorageBearerOptions): Transport {
  const { credential, endpoint, scope = 'https://storage.azure.com/.default' } = options;
  const allowedOrigins = new Set([parseBaseUrl(endpoint, 'endpoint').origin]);
  const context = { transport, credential, scope, allowedOrigins };
  // The callers of this transport retry.
  return async (request) => (await sendAuthorized(context, request, { maxRetries: 0 })).response;
}
