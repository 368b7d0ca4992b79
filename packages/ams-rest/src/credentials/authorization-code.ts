/**
 * The authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636): a user signs in with a browser, which is then
 * redirected to this machine with the code (RFC 8252).
 */
import { AuthenticationError } from '../http/errors';
import { printNames } from '../http/redact';
import { explainRefusal } from './aadsts-hints';
import { listenForRedirect } from './loopback-redirect';
import { createPkce, randomText } from './pkce';
import type { CachedCredential } from '../token/token-cache';
import {
  oauthEndpoint,
  requestToken,
  target,
  type Authority,
  type TokenForm,
  type TokenResponse,
} from '../token/token-endpoint';
import { userCredential, userScope, type UserCredentialOptions } from './user-credential';

/** The parameters of a sign-in URL (RFC 6749 section 4.1.1). */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** A scope as for `getToken`; see `userScope` for refresh tokens. */
  readonly scope: string;
  /** Returned with the code; must be unguessable, so that codes from other sign-ins are rejected. */
  readonly state: string;
  readonly codeChallenge: string;
  /** The account name to prefill. */
  readonly loginHint?: string | undefined;
  readonly prompt?: 'login' | 'none' | 'consent' | 'select_account' | undefined;
  /** A claims challenge, as JSON text. */
  readonly claims?: string | undefined;
}

/** The URL at which the user signs in; pure. The answer is the query of the redirect. */
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
 * Returns the code in a redirect's query (RFC 6749 section 4.1.2); pure.
 *
 * @param url The sign-in URL, for error messages.
 * @throws AuthenticationError when the sign-in was refused or declined.
 */
export function judgeAuthorizationResponse(url: string, params: URLSearchParams): string {
  const code = params.get('code');
  const error = params.get('error');
  if (code && !error) return code;
  const description = params.get('error_description') ?? 'the redirect has neither a code nor an error';
  const errorCodes = [...description.matchAll(/AADSTS(\d+)/g)].map(([, number]) => Number(number));
  throw new AuthenticationError({
    method: 'GET',
    url,
    status: 302,
    code: error ?? '',
    serviceMessage: description.split(/\s+(?=Trace ID:)/)[0],
    suberror: params.get('error_subcode') ?? undefined,
    errorCodes,
    hint: explainRefusal({ errorCodes, sentFields: [], date: undefined, sentAt: 0 }),
  });
}

/** A code to redeem, with its proof. */
export interface CodeRedemption {
  readonly code: string;
  /** Exactly the one that the sign-in used. */
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly clientSecret?: string | undefined;
}

/** The grant's form, for `requestToken`; printing it shows the names only. */
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

/** How `authorizationCodeCredential` signs a user in. */
export interface AuthorizationCodeOptions
  extends UserCredentialOptions, Pick<AuthorizationRequest, 'loginHint' | 'prompt'> {
  /** Opens the URL in a browser on this machine. If it fails, so does the sign-in. */
  readonly openBrowser: (url: string) => unknown;
  /** Register `http://localhost` as redirect URI of a mobile and desktop application. Default 0: any free port. */
  readonly redirectPort?: number;
  /** Time limit for the user; default 300 000. */
  readonly signInTimeoutMs?: number;
}

/**
 * A credential for which a user signs in once with a browser. After that it uses the refresh token.
 *
 * @throws TypeError for invalid settings; `getToken` throws AuthenticationError when the user declined, a `TimeoutError`
 *   when no redirect arrived in time, and what `requestToken` and `openBrowser` throw.
 */
export function authorizationCodeCredential(
  options: AuthorizationCodeOptions,
): CachedCredential<TokenResponse> {
  const { clientId, clientSecret, loginHint, prompt, signInTimeoutMs = 300_000 } = options;
  oauthEndpoint(options, 'authorize');

  return userCredential(options, async (asked, exchange, transport) => {
    const scope = userScope(options, asked);
    const { codeVerifier, codeChallenge } = await createPkce();
    const state = randomText();
    const signal = AbortSignal.any([exchange.signal, AbortSignal.timeout(signInTimeoutMs)]);
    const listener = await listenForRedirect(state, options.redirectPort ?? 0, signal);
    const { redirectUri, redirected } = listener;
    try {
      const claims = options.requestClaims?.(exchange.claims) ?? exchange.claims;
      const asking = { clientId, redirectUri, scope, state, codeChallenge, loginHint, prompt, claims };
      const url = authorizationUrl(options, asking);
      const opened = Promise.resolve(options.openBrowser(url)).then(() => redirected);
      const code = judgeAuthorizationResponse(url, await Promise.race([opened, redirected]));
      const form = authorizationCodeForm(clientId, { code, redirectUri, codeVerifier, clientSecret });
      return await requestToken(transport, options, form, scope, exchange);
    } finally {
      await listener.close();
    }
  });
}
