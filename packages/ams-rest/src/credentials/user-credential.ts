/** A credential on behalf of a user, who signs in once. After that it uses the refresh token. */
import { AmsRestError, AuthenticationError } from '../http/errors';
import type { Transport } from '../http/messages';
import { printNames } from '../http/redact';
import { undiciTransport } from '../http/undici-transport';
import { cachedCredential, type CachedCredential, type FetchTokenOptions } from '../token/token-cache';
import { explainRefusal } from './aadsts-hints';
import {
  requestToken,
  type Authority,
  type ExchangeOptions,
  type TokenForm,
  type TokenResponse,
} from '../token/token-endpoint';
import type { TokenCredentialOptions } from '../token/client-credentials';

/** Options of every user credential. */
export interface UserCredentialOptions extends TokenCredentialOptions {
  /** For web apps only; an app on a user's machine cannot keep a secret and is a public client. */
  readonly clientSecret?: string;
  /** From an earlier sign-in; avoids a new one. */
  readonly refreshToken?: string;
  /** Called with each new refresh token. It is a secret: store it securely. */
  readonly onRefreshToken?: (refreshToken: string) => void | Promise<void>;
}

/** Signs the user in for the given scope; `options` are the credential's, with a transport. */
export type SignIn = (
  scope: string,
  exchange: ExchangeOptions & FetchTokenOptions,
  transport: Transport,
) => Promise<TokenResponse>;

/** Error codes after which a refresh token is useless (RFC 6749 section 5.2 and Entra ID). */
const SIGN_IN_AGAIN = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
]);

/**
 * The scopes of a request on behalf of a user: the v2 endpoint returns a refresh token only with `offline_access`, the v1
 * endpoint always. Pure.
 */
export function userScope({ endpointVersion = 'v2' }: Authority, scope: string): string {
  const asked = scope.split(' ').includes('offline_access');
  return endpointVersion === 'v1' || asked ? scope : `${scope} offline_access`;
}

/**
 * Uses the refresh token, and signs in when that is refused; without `signIn`, throws the refusal.
 *
 * A background refresh never asks the user to sign in.
 */
export function userCredential(
  options: UserCredentialOptions,
  signIn?: SignIn,
): CachedCredential<TokenResponse> {
  const { clientId, clientSecret, onRefreshToken, transport = undiciTransport() } = options;
  if (!clientId) throw new TypeError('clientId is empty');
  let refreshToken = options.refreshToken;
  /** Errors of background refreshes, which could not ask the user. */
  const postponed = new WeakSet<Error>();

  async function keep(token: TokenResponse): Promise<TokenResponse> {
    if (token.refreshToken !== undefined && token.refreshToken !== refreshToken) {
      refreshToken = token.refreshToken;
      await onRefreshToken?.(refreshToken);
    }
    return token;
  }

  const cached = cachedCredential(async (scope, flight) => {
    const exchange = { explain: explainRefusal, ...options, ...flight };
    let reason: Error = new AmsRestError('a new sign-in is needed');
    if (refreshToken !== undefined) {
      try {
        const form = refreshTokenForm(clientId, refreshToken, clientSecret);
        return await keep(await requestToken(transport, options, form, userScope(options, scope), exchange));
      } catch (error) {
        const ended = error instanceof AuthenticationError && SIGN_IN_AGAIN.has(error.code);
        if (!ended) throw error;
        reason = error;
      }
    }
    if (signIn && !flight.ahead) return keep(await signIn(scope, exchange, transport));
    postponed.add(reason);
    throw reason;
  }, options);

  return {
    defaultTransport: options.transport ? undefined : transport,
    async getToken(scopes, caller) {
      try {
        return await cached.getToken(scopes, caller);
      } catch (error) {
        // A caller that joined a background refresh may ask the user after all.
        if (!signIn || !(error instanceof Error && postponed.has(error))) throw error;
        return cached.getToken(scopes, caller);
      }
    },
  };
}

/** The application, and a refresh token from an earlier sign-in. */
export interface RefreshTokenOptions extends UserCredentialOptions {
  readonly refreshToken: string;
}

/**
 * A credential that continues an earlier sign-in. An answer can contain a new refresh token, which replaces the old one and
 * is passed to `onRefreshToken`.
 *
 * @throws TypeError for invalid settings; `getToken` throws what `requestToken` throws, including an
 *   AuthenticationError with the code `invalid_grant` when the user has to sign in again.
 */
export function refreshTokenCredential(options: RefreshTokenOptions): CachedCredential<TokenResponse> {
  refreshTokenForm(options.clientId, options.refreshToken);
  return userCredential(options);
}

/**
 * The grant's form, for `requestToken`; printing it shows the names only.
 *
 * @param clientSecret For web apps only.
 * @throws TypeError when the id or the token is empty.
 */
export function refreshTokenForm(clientId: string, refreshToken: string, clientSecret?: string): TokenForm {
  if (!clientId) throw new TypeError('clientId is empty');
  if (!refreshToken) throw new TypeError('refreshToken is empty');
  return printNames({
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
  });
}
