/**
 * Client authentication by a signed JWT instead of a secret (RFC 7523 section 2.2): one's own, signed with a
 * certificate's key, or another identity provider's that the app registration trusts (workload identity federation).
 */
import { printNames } from '../redact';
import { clientCredentialsCredential, type ClientCredentialsOptions } from './client-credentials';
import type { CachedCredential } from './token-cache';
import { tokenEndpoint, type TokenForm, type TokenResponse } from './token-endpoint';

/** What an `AssertionSource` is asked with. */
export interface AssertionRequest {
  /** The token endpoint that the assertion will be sent to: the audience of an assertion one signs oneself. */
  readonly audience: string;
  readonly signal: AbortSignal;
}

/** Gives an assertion, fresh at every call; its own errors reach the caller of `getToken` as they are. */
export type AssertionSource = (request: AssertionRequest) => string | Promise<string>;

/** Which application asks, and who vouches for it. */
export interface ClientAssertionOptions extends ClientCredentialsOptions {
  /** Asked at every exchange, as assertions live a few minutes while tokens live an hour or a day. */
  readonly assertion: AssertionSource;
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The form of the grant, to be sent by `requestToken`; printing it shows the names alone.
 *
 * @throws TypeError when the id is empty or the assertion no signed JWT.
 */
export function clientAssertionForm(clientId: string, assertion: string): TokenForm {
  if (!clientId) throw new TypeError('clientId is empty');
  if (!JWT.test(assertion)) throw new TypeError('the client assertion is no signed JWT');
  return printNames({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
}

/**
 * A credential that gets tokens with the assertions that a function gives, and remembers them.
 *
 * @throws TypeError when the settings cannot be right; `getToken` throws what `requestToken` or the function throws.
 */
export function clientAssertionCredential(options: ClientAssertionOptions): CachedCredential<TokenResponse> {
  const audience = tokenEndpoint(options);
  return clientCredentialsCredential(options, async ({ signal }) =>
    clientAssertionForm(options.clientId, await options.assertion({ audience, signal })),
  );
}
