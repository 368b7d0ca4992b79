/** A credential on behalf of a person: signs in once, and then lives on the refresh token of that sign-in. */
import { AmsRestError, AuthenticationError } from '../errors';
import { refreshTokenForm } from './refresh-token';
import { cachedCredential, type CachedCredential, type FetchTokenOptions } from './token-cache';
import type { Authority, TokenResponse } from './token-endpoint';
import { tokenExchange, type TokenExchangeOptions } from './token-exchange';

/** What the credentials of a person have in common. */
export interface UserCredentialOptions extends TokenExchangeOptions {
  /** For web apps alone; an app on a person's machine can keep no secret and is a public client. */
  readonly clientSecret?: string;
  /** Of an earlier sign-in; spares the next one. */
  readonly refreshToken?: string;
  /** Given each new refresh token, which is worth as much as the sign-in: keep it where secrets are kept. */
  readonly onRefreshToken?: (refreshToken: string) => void | Promise<void>;
}

/** Lets the person sign in, for the given scope. */
export type SignIn = (scope: string, flight: FetchTokenOptions) => Promise<TokenResponse>;

/** Ends what a refresh token is good for (RFC 6749 section 5.2, and what Entra ID adds to it). */
const SIGN_IN_AGAIN = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
]);

/**
 * Scopes of a request on behalf of a person: the v2 endpoint gives a refresh token only with `offline_access`, the
 * v1 endpoint always. Pure.
 */
export function userScope({ endpointVersion = 'v2' }: Authority, scope: string): string {
  const asked = scope.split(' ').includes('offline_access');
  return endpointVersion === 'v1' || asked ? scope : `${scope} offline_access`;
}

/**
 * Refreshes while it can and signs in when it must; without `signIn`, the refusal of the refresh token is the answer.
 *
 * Nobody is asked to sign in while the old token still lives, ahead of time and unasked.
 */
export function userCredential(
  options: UserCredentialOptions,
  signIn?: SignIn,
): CachedCredential<TokenResponse> {
  const { clientId, clientSecret, onRefreshToken } = options;
  const exchange = tokenExchange(options);
  let refreshToken = options.refreshToken;
  /** Ends of flights that, ahead of time, might not ask the person. */
  const postponed = new WeakSet<Error>();

  async function keep(token: TokenResponse): Promise<TokenResponse> {
    if (token.refreshToken !== undefined && token.refreshToken !== refreshToken) {
      refreshToken = token.refreshToken;
      await onRefreshToken?.(refreshToken);
    }
    return token;
  }

  const cached = cachedCredential(async (scope, flight) => {
    let reason: Error = new AmsRestError('a new sign-in is needed');
    if (refreshToken !== undefined) {
      try {
        const form = refreshTokenForm(clientId, refreshToken, clientSecret);
        return await keep(await exchange(form, userScope(options, scope), flight));
      } catch (error) {
        const ended = error instanceof AuthenticationError && SIGN_IN_AGAIN.has(error.code);
        if (!ended) throw error;
        reason = error;
      }
    }
    if (signIn && !flight.ahead) return keep(await signIn(scope, flight));
    postponed.add(reason);
    throw reason;
  }, options);

  return {
    async getToken(scopes, caller) {
      try {
        return await cached.getToken(scopes, caller);
      } catch (error) {
        // Whoever waits for a flight that was started while nobody did is asked after all.
        if (!signIn || !(error instanceof Error && postponed.has(error))) throw error;
        return cached.getToken(scopes, caller);
      }
    },
  };
}

/** Which application goes on from an earlier sign-in, and its refresh token. */
export interface RefreshTokenOptions extends UserCredentialOptions {
  readonly refreshToken: string;
}

/**
 * A credential that goes on from an earlier sign-in. Each answer may bring a new refresh token, which is used from
 * then on and given to `onRefreshToken`.
 *
 * @throws TypeError when the settings cannot be right; `getToken` throws what `requestToken` throws, an
 *   AuthenticationError with the code `invalid_grant` when the person has to sign in again.
 */
export function refreshTokenCredential(options: RefreshTokenOptions): CachedCredential<TokenResponse> {
  refreshTokenForm(options.clientId, options.refreshToken);
  return userCredential(options);
}
