/** The client credentials grant with a client secret. */
import { printNames } from '../redact';
import { undiciTransport } from '../undici-transport';
import { clientCredentialsCredential, type ClientCredentialsOptions } from './client-credentials';
import { basicAuthentication } from './http-basic';
import type { CachedCredential } from './token-cache';
import type { TokenForm, TokenResponse } from './token-endpoint';

/** Which application asks, and its secret. */
export interface ClientSecretOptions extends ClientCredentialsOptions {
  /** The secret's value, not its id. */
  readonly clientSecret: string;
  /**
   * Where id and secret travel, in the terms of OpenID Connect Discovery: in the form (`client_secret_post`,
   * default), or in the Authorization header (`client_secret_basic`).
   */
  readonly tokenEndpointAuthMethod?: 'client_secret_post' | 'client_secret_basic';
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
  const form = clientSecretForm(options.clientId, options.clientSecret);
  const { transport = undiciTransport(), tokenEndpointAuthMethod } = options;
  const basic = tokenEndpointAuthMethod === 'client_secret_basic';
  return clientCredentialsCredential(
    { ...options, transport: basic ? basicAuthentication(transport) : transport },
    () => form,
  );
}
