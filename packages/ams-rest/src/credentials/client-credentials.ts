/**
 * The OAuth 2.0 client credentials grant (RFC 6749 section 4.4), by which a service asks as itself, whatever it
 * proves itself with: secret, certificate, or the assertion of another identity provider.
 */
import { sharedTokens, type SharedTokenStoreOptions } from './token-store';
import { cachedCredential, type CachedCredential, type FetchTokenOptions } from './token-cache';
import { PUBLIC_AUTHORITY_HOST, type TokenForm, type TokenResponse } from './token-endpoint';
import { tokenExchange, type TokenExchangeOptions } from './token-exchange';

/** What the credentials of a service have in common. */
export interface ClientCredentialsOptions extends TokenExchangeOptions {
  /** Shares tokens with other processes; default: each process has its own. */
  readonly tokenStore?: SharedTokenStoreOptions;
}

/** Makes the form of one exchange; called anew for each, so that an assertion is always fresh. */
export type MakeForm = (flight: FetchTokenOptions) => TokenForm | Promise<TokenForm>;

/** A credential that sends what `makeForm` makes, and remembers the tokens. */
export function clientCredentialsCredential(
  options: ClientCredentialsOptions,
  makeForm: MakeForm,
): CachedCredential<TokenResponse> {
  const exchange = tokenExchange(options);
  const fetchToken = async (scope: string, flight: FetchTokenOptions) =>
    exchange(await makeForm(flight), scope, flight);
  if (!options.tokenStore) return cachedCredential(fetchToken, options);
  const { authorityHost = PUBLIC_AUTHORITY_HOST, tenantId, endpointVersion = 'v2', clientId } = options;
  const owner = [new URL(authorityHost).href, tenantId, endpointVersion, clientId];
  const shared = sharedTokens(fetchToken, [...owner, ...(options.clientCapabilities ?? [])], {
    ...options,
    ...options.tokenStore,
  });
  return cachedCredential(shared, options);
}
