/** The OAuth 2.0 client credentials grant with a client secret (RFC 6749 section 4.4): a service as itself. */
import type { Transport } from '../http';
import { printNames } from '../redact';
import type { RetryOptions } from '../retry';
import { undiciTransport } from '../undici-transport';
import { cachedCredential, type CachedCredential, type TokenCacheOptions } from './token-cache';
import { requestToken, type Authority, type TokenForm, type TokenResponse } from './token-endpoint';

export interface ClientSecretOptions extends Authority, TokenCacheOptions {
  /** The application (client) id of the app registration. */
  readonly clientId: string;
  /** The secret's value, not its id. */
  readonly clientSecret: string;
  /** Default: an undici transport of its own. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** For one try; default 60 000. */
  readonly timeoutMs?: number;
}

/**
 * The form of the grant, to be sent by `requestToken`; printing it shows the names alone.
 *
 * @throws TypeError when the id or the secret is empty.
 */
export function clientSecretForm(clientId: string, clientSecret: string): TokenForm {
  if (!clientId) throw new TypeError('clientId is empty');
  if (!clientSecret) throw new TypeError('clientSecret is empty');
  return printNames({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
}

/**
 * A credential that gets tokens with a client secret and remembers them.
 *
 * @throws TypeError when the settings cannot be right; `getToken` throws what `requestToken` throws.
 */
export function clientSecretCredential(options: ClientSecretOptions): CachedCredential<TokenResponse> {
  const { transport = undiciTransport(), retry, timeoutMs } = options;
  const form = clientSecretForm(options.clientId, options.clientSecret);
  const exchange = { ...(retry && { retry }), ...(timeoutMs !== undefined && { timeoutMs }) };
  return cachedCredential(
    (scope, flight) => requestToken(transport, options, form, scope, { ...exchange, ...flight }),
    options,
  );
}
