/**
 * The OAuth 2.0 client credentials grant (RFC 6749 section 4.4), for services. This file has the client secret;
 * `credentials/` has certificates and assertions.
 */
import type { Transport } from '../http/messages';
import { printNames } from '../http/redact';
import { undiciTransport } from '../http/undici-transport';
import {
  cachedCredential,
  type CachedCredential,
  type FetchToken,
  type FetchTokenOptions,
  type TokenCacheOptions,
} from './token-cache';
import {
  requestToken,
  tokenEndpoint,
  type Authority,
  type TokenEndpointOptions,
  type TokenForm,
  type TokenResponse,
} from './token-endpoint';

/** Options of every credential that uses the token endpoint. */
export interface TokenCredentialOptions extends Authority, TokenCacheOptions, TokenEndpointOptions {
  /** The application (client) id of the app registration. */
  readonly clientId: string;
  readonly now?: () => number;
  /** Default: a new undici transport, which a client without a transport shares. */
  readonly transport?: Transport;
}

/** Options of every service credential. */
export interface ClientCredentialsOptions extends TokenCredentialOptions {
  /** Shares tokens with other processes: `sharedTokens` of ams-rest/credentials. Default: not shared. */
  readonly tokenStore?: TokenSharing;
}

/**
 * Looks for a token in a shared store before it is fetched.
 *
 * @param owner Whose tokens they are: authority, tenant, client; the same in all processes.
 */
export type TokenSharing = (
  fetchToken: FetchToken<TokenResponse>,
  owner: readonly string[],
  times: TokenCacheOptions,
) => FetchToken<TokenResponse>;

/** Returns the form of one exchange; called for each, so that each gets a new assertion. */
export type MakeForm = (flight: FetchTokenOptions) => TokenForm | Promise<TokenForm>;

/** A credential that sends the forms of `makeForm` and caches the tokens. @throws TypeError for an empty client id. */
export function clientCredentialsCredential(
  options: ClientCredentialsOptions,
  makeForm: MakeForm,
): CachedCredential<TokenResponse> {
  const { clientId, requestClaims, transport = undiciTransport() } = options;
  if (!clientId) throw new TypeError('clientId is empty');
  const owner = [tokenEndpoint(options), clientId, requestClaims?.() ?? ''];
  const fetchToken: FetchToken<TokenResponse> = async (scope, flight) =>
    requestToken(transport, options, await makeForm(flight), scope, { ...options, ...flight });
  const shared = options.tokenStore?.(fetchToken, owner, options) ?? fetchToken;
  return cachedCredential(shared, options, options.transport ? undefined : transport);
}

/** The application, and its secret. */
export interface ClientSecretOptions extends ClientCredentialsOptions {
  /** The secret's value, not its id. */
  readonly clientSecret: string;
}

/**
 * The form of the grant with a client secret, for `requestToken`; printing it shows the names only.
 *
 * @throws TypeError when the id or the secret is empty.
 */
export function clientSecretForm(clientId: string, clientSecret: string): TokenForm {
  if (!clientId) throw new TypeError('clientId is empty');
  if (!clientSecret) throw new TypeError('clientSecret is empty');
  return printNames({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
}

/**
 * A credential that gets and caches tokens with a client secret.
 *
 * @throws TypeError for invalid settings; `getToken` throws what `requestToken` throws.
 */
export function clientSecretCredential(options: ClientSecretOptions): CachedCredential<TokenResponse> {
  const form = clientSecretForm(options.clientId, options.clientSecret);
  return clientCredentialsCredential(options, () => form);
}
