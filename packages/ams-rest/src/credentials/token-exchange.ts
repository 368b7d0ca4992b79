/** What every credential that asks the token endpoint has in common: its options, and the exchange. */
import type { Transport } from '../http';
import type { RetryOptions } from '../retry';
import { undiciTransport } from '../undici-transport';
import { claimsParameter } from './claims';
import type { FetchTokenOptions, TokenCacheOptions } from './token-cache';
import { requestToken, type Authority, type TokenForm, type TokenResponse } from './token-endpoint';

/** Which application asks which token endpoint, and how. */
export interface TokenExchangeOptions extends Authority, TokenCacheOptions {
  /** The application (client) id of the app registration. */
  readonly clientId: string;
  /** Default: an undici transport of its own. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** For one try; default 60 000. */
  readonly timeoutMs?: number;
  /** What to declare to the resource, such as `['cp1']`; default nothing. See `claimsParameter`. */
  readonly clientCapabilities?: readonly string[];
}

/** One exchange of a form for a token, with the options of one credential. */
export type TokenExchange = (
  form: TokenForm,
  scope: string,
  flight: FetchTokenOptions,
) => Promise<TokenResponse>;

/** Binds `requestToken` to the options of a credential. @throws TypeError when the client id is empty. */
export function tokenExchange(options: TokenExchangeOptions): TokenExchange {
  const { transport = undiciTransport(), retry, timeoutMs, now, clientCapabilities } = options;
  if (!options.clientId) throw new TypeError('clientId is empty');
  return (form, scope, { signal, claims }) =>
    requestToken(transport, options, form, scope, {
      signal,
      claims: claimsParameter(claims, clientCapabilities),
      ...(retry && { retry }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(now && { now }),
    });
}
