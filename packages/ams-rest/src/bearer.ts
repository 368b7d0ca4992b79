/** Puts the bearer token on a request (RFC 6750 section 2.1), and tries once more when it is refused. */
import { orAborted } from './abort';
import { claimsChallenge } from './challenge';
import type { AccessToken, GetTokenOptions, TokenCredential } from './credentials/access-token';
import { exchangeFacts, ProtocolError } from './errors';
import { isLoopback, type HttpRequest, type HttpResponse, type Transport } from './http';
import { printRedacted } from './redact';
import { sendWithRetry, type Exchange, type RetryOptions } from './retry';

export interface BearerContext {
  readonly transport: Transport;
  readonly credential: TokenCredential;
  /** E.g. `https://rest.media.azure.net/.default`. */
  readonly scope: string;
  /** Where a token may go, as `URL.origin` writes it; nowhere else. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly retry?: RetryOptions;
}

/**
 * Sends `request` with a bearer token, and after a 401 once more with a new one.
 *
 * A 401 says that nothing was done, so this holds for a POST too. When the credential has no other token than
 * the refused one, the 401 is the answer. A well-formed claims challenge goes to the token endpoint with it.
 *
 * @throws TypeError when the address is not one that may see the token; else what getting the token or
 *   `sendWithRetry` throws.
 */
export async function sendAuthorized(context: BearerContext, request: HttpRequest): Promise<Exchange> {
  assertMaySeeToken(new URL(request.url), context.allowedOrigins);
  const caller: GetTokenOptions = request.signal ? { abortSignal: request.signal } : {};
  const first = await tokenFor(context, request, caller);
  const exchange = await send(context, request, first.token);
  if (exchange.response.status !== 401) return exchange;

  const claims = claimsChallenge(exchange.response.headers['www-authenticate']);
  const refusal = { refusedToken: first.token, ...(claims !== undefined && { claims }) };
  const second = await tokenFor(context, request, { ...caller, ...refusal });
  if (second.token === first.token)
    return { ...exchange, stopped: 'the credential has no other token than the refused one' };
  const again = await send(context, request, second.token);
  const attempts = exchange.attempts + again.attempts;
  const stopped = again.response.status === 401 ? 'refused with a new token too' : (again.stopped ?? '');
  return { ...again, attempts, stopped };
}

/**
 * The rule that no token leaves the house: https to a named origin, or http to this machine.
 *
 * @throws TypeError.
 */
export function assertMaySeeToken(url: URL, allowedOrigins: ReadonlySet<string>): void {
  if (url.username || url.password)
    throw new TypeError('a request URL must not contain a user name or password');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw new TypeError(`a bearer token is sent over https only, not to ${url.origin}`);
  if (!allowedOrigins.has(url.origin))
    throw new TypeError(`a bearer token for ${[...allowedOrigins].join(', ')} is not sent to ${url.origin}`);
}

async function tokenFor(
  context: BearerContext,
  request: HttpRequest,
  options: GetTokenOptions,
): Promise<AccessToken> {
  const token = await orAborted(context.credential.getToken(context.scope, options), request.signal);
  if (token && /^[\x21-\x7e]+$/.test(token.token)) return token;
  const reason = `the credential gave no usable token for ${context.scope}`;
  throw new ProtocolError({ ...exchangeFacts(request), reason });
}

async function send(context: BearerContext, request: HttpRequest, token: string): Promise<Exchange> {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  const authorized = printRedacted({ ...request, headers });
  const exchange = await sendWithRetry(context.transport, authorized, context.retry);
  return exchange.response.status < 400
    ? exchange
    : { ...exchange, response: withoutToken(exchange.response, token) };
}

/** Gateways print the request that they could not pass on, and errors keep what was answered. */
function withoutToken(response: HttpResponse, token: string): HttpResponse {
  const clean = (text: string) => text.replaceAll(token, 'REDACTED');
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, clean(value)]),
  );
  const text = Buffer.from(response.body).toString('latin1');
  const body = text.includes(token) ? Buffer.from(clean(text), 'latin1') : response.body;
  return { status: response.status, headers, body };
}
