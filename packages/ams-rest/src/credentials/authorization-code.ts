/**
 * The authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636): a person signs in with a browser, and the
 * browser brings the code to this machine (RFC 8252).
 */
import { AuthenticationError } from '../errors';
import { printNames } from '../redact';
import { undiciTransport } from '../undici-transport';
import { hintFor } from './aadsts-hints';
import { claimsParameter } from './claims';
import { listenForRedirect } from './loopback-redirect';
import { createPkce, randomText } from './pkce';
import type { CachedCredential } from './token-cache';
import { oauthEndpoint, target, type Authority, type TokenForm, type TokenResponse } from './token-endpoint';
import { tokenExchange } from './token-exchange';
import { userCredential, userScope, type UserCredentialOptions } from './user-credential';

/** What the address of a sign-in says (RFC 6749 section 4.1.1). */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** A scope as for `getToken`; see `userScope` for refresh tokens. */
  readonly scope: string;
  /** Comes back with the code; a value that nobody can guess keeps foreign codes out. */
  readonly state: string;
  readonly codeChallenge: string;
  /** The account's name, to fill it in. */
  readonly loginHint?: string | undefined;
  readonly prompt?: 'login' | 'none' | 'consent' | 'select_account' | undefined;
  /** A claims challenge, as JSON text. */
  readonly claims?: string | undefined;
}

/** The address at which the person signs in; pure. The answer comes as the query of the redirect URI. */
export function authorizationUrl(authority: Authority, request: AuthorizationRequest): string {
  const { loginHint, prompt, claims } = request;
  const url = new URL(oauthEndpoint(authority, 'authorize'));
  url.search = new URLSearchParams({
    client_id: request.clientId,
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: request.redirectUri,
    ...target(authority, request.scope),
    state: request.state,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(prompt !== undefined && { prompt }),
    ...(claims !== undefined && { claims }),
  }).toString();
  return url.href;
}

/**
 * The code that the redirect brought (RFC 6749 section 4.1.2); pure.
 *
 * @param url Where the person signed in, for the error text.
 * @throws AuthenticationError when the sign-in was refused or declined.
 */
export function judgeAuthorizationResponse(url: string, params: URLSearchParams): string {
  const code = params.get('code');
  const error = params.get('error');
  if (code && !error) return code;
  const description = params.get('error_description') ?? 'the redirect brought neither a code nor an error';
  const errorCodes = [...description.matchAll(/AADSTS(\d+)/g)].map(([, number]) => Number(number));
  throw new AuthenticationError({
    method: 'GET',
    url,
    status: 302,
    code: error ?? '',
    serviceMessage: description.split(/\s+(?=Trace ID:)/)[0],
    suberror: params.get('error_subcode') ?? undefined,
    errorCodes,
    hint: hintFor(errorCodes),
  });
}

/** What redeems a code, besides whose it is. */
export interface CodeRedemption {
  readonly code: string;
  /** The same as at the sign-in, letter by letter. */
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly clientSecret?: string | undefined;
}

/** The form of the grant, to be sent by `requestToken`; printing it shows the names alone. */
export function authorizationCodeForm(clientId: string, redemption: CodeRedemption): TokenForm {
  const { code, redirectUri, codeVerifier, clientSecret } = redemption;
  return printNames({
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
  });
}

/** How `authorizationCodeCredential` signs a person in. */
export interface AuthorizationCodeOptions
  extends UserCredentialOptions, Pick<AuthorizationRequest, 'loginHint' | 'prompt'> {
  /** Shows the person the address, in a browser on this machine. The sign-in fails when this does. */
  readonly openBrowser: (url: string) => unknown;
  /** Register `http://localhost` as redirect URI of a mobile and desktop application. Default 0: any free port. */
  readonly redirectPort?: number;
  /** How long the person may take; default 300 000. */
  readonly signInTimeoutMs?: number;
}

/**
 * A credential for which a person signs in with a browser, once; from then on it lives on the refresh token.
 *
 * @throws TypeError when the settings cannot be right; `getToken` throws AuthenticationError when the person
 *   declined, a `TimeoutError` when nobody came back, and what `requestToken` and `openBrowser` throw.
 */
export function authorizationCodeCredential(
  options: AuthorizationCodeOptions,
): CachedCredential<TokenResponse> {
  const { clientId, clientSecret, loginHint, prompt, signInTimeoutMs = 300_000 } = options;
  const { transport = undiciTransport() } = options;
  const exchange = tokenExchange({ ...options, transport });
  oauthEndpoint(options, 'authorize');

  return userCredential({ ...options, transport }, async (asked, flight) => {
    const scope = userScope(options, asked);
    const { codeVerifier, codeChallenge } = await createPkce();
    const state = randomText();
    const signal = AbortSignal.any([flight.signal, AbortSignal.timeout(signInTimeoutMs)]);
    const listener = await listenForRedirect(state, options.redirectPort ?? 0, signal);
    const { redirectUri, redirected } = listener;
    try {
      const claims = claimsParameter(flight.claims, options.clientCapabilities);
      const asking = { clientId, redirectUri, scope, state, codeChallenge, loginHint, prompt, claims };
      const url = authorizationUrl(options, asking);
      const opened = Promise.resolve(options.openBrowser(url)).then(() => redirected);
      const code = judgeAuthorizationResponse(url, await Promise.race([opened, redirected]));
      const form = authorizationCodeForm(clientId, { code, redirectUri, codeVerifier, clientSecret });
      return await exchange(form, scope, flight);
    } finally {
      await listener.close();
    }
  });
}
