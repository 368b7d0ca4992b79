/**
 * Client authentication by a signed JWT instead of a secret (RFC 7523 section 2.2). The client signs it with a
 * certificate's key, or an identity provider that the app registration trusts does (workload identity federation).
 */
import { printNames } from '../http/redact';
import { explainRefusal } from './aadsts-hints';
import { clientCredentialsCredential, type ClientCredentialsOptions } from '../token/client-credentials';
import type { CachedCredential } from '../token/token-cache';
import { tokenEndpoint, type TokenForm, type TokenResponse } from '../token/token-endpoint';

/** What an `AssertionSource` is called with. */
export interface AssertionRequest {
  /** The token endpoint that the assertion will be sent to: the audience of a self-signed assertion. */
  readonly audience: string;
  readonly signal: AbortSignal;
}

/** Returns a new assertion at every call. Its errors reach the caller of `getToken` unchanged. */
export type AssertionSource = (request: AssertionRequest) => string | Promise<string>;

/** The application, and the source of its assertions. */
export interface ClientAssertionOptions extends ClientCredentialsOptions {
  /** Called at every exchange, as assertions live only a few minutes. */
  readonly assertion: AssertionSource;
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The grant's form, for `requestToken`; printing it shows the names only.
 *
 * @throws TypeError when the id is empty or the assertion is not a signed JWT.
 */
export function clientAssertionForm(clientId: string, assertion: string): TokenForm {
  if (!clientId) throw new TypeError('clientId is empty');
  if (!JWT.test(assertion)) throw new TypeError('the client assertion is not a signed JWT');
  return printNames({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
}

/**
 * A credential that gets and caches tokens with the assertions that a function returns.
 *
 * @throws TypeError for invalid settings; `getToken` throws what `requestToken` or the function throws.
 */
export function clientAssertionCredential(options: ClientAssertionOptions): CachedCredential<TokenResponse> {
  const audience = tokenEndpoint(options);
  return clientCredentialsCredential({ explain: explainRefusal, ...options }, async ({ signal }) =>
    clientAssertionForm(options.clientId, await options.assertion({ audience, signal })),
  );
}
