/**
 * The token endpoint of Microsoft Entra ID (Azure AD): build the request, send it, judge the answer.
 *
 * Both versions of the endpoint answer the same grants; they differ in how the target is named (`resource=X`
 * against `scope=X/.default`) and in the JSON types (v1 writes every number as a string).
 */
import { exchangeFacts, ProtocolError } from '../errors';
import {
  DEFAULT_TIMEOUT_MS,
  parseBaseUrl,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '../http';
import { printRedacted } from '../redact';
import { sendWithRetry, type RetryOptions } from '../retry';
import { hideToken, type AccessToken } from './access-token';
import { parseJsonObject, refusal, sentForm, type Json } from './token-refusal';

/** The older token endpoint, which takes `resource=`, and that of today, which takes `scope=`. */
export type EndpointVersion = 'v1' | 'v2';

/** The authority host of the public cloud. */
export const PUBLIC_AUTHORITY_HOST = 'https://login.microsoftonline.com';

/** Which token endpoint to ask. */
export interface Authority {
  /** The directory: its id, or a verified domain such as `contoso.onmicrosoft.com`. */
  readonly tenantId: string;
  /** Default `https://login.microsoftonline.com`; a trailing slash does not matter. */
  readonly authorityHost?: string;
  /** `v1` sends `resource`, `v2` (default) sends `scope`. */
  readonly endpointVersion?: EndpointVersion;
}

/** The grant and the proof of who asks, in the wire's names: `grant_type`, `client_id`, `client_secret`, … */
export type TokenForm = Readonly<Record<string, string>>;

/** How one exchange with the token endpoint goes. */
export interface ExchangeOptions {
  /** A claims challenge, as JSON text. */
  readonly claims?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For one try; default 60 000. */
  readonly timeoutMs?: number;
  /** Token requests may always be repeated: carried out twice they do no harm. */
  readonly retry?: RetryOptions;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
}

/** A token, with what else the token endpoint answered. */
export interface TokenResponse extends AccessToken {
  /** Only grants on behalf of a user have one; client credentials never do (RFC 6749 section 4.4.3). */
  readonly refreshToken?: string;
  /** The names of the fields that came back, in their order. */
  readonly fields: readonly string[];
}

const MAX_TOKEN_RESPONSE_BYTES = 1024 * 1024;

/**
 * The address of the token endpoint.
 *
 * @throws TypeError when the tenant is neither an id nor a domain, or the host not https (http on loopback).
 */
export function tokenEndpoint(authority: Authority): string {
  return oauthEndpoint(authority, 'token');
}

/** The address of one of the tenant's endpoints. @throws what `tokenEndpoint` throws. */
export function oauthEndpoint(
  { tenantId, authorityHost, endpointVersion = 'v2' }: Authority,
  name: 'token' | 'authorize' | 'devicecode',
): string {
  if (!/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(tenantId))
    throw new TypeError('tenantId must be a directory id or a domain such as contoso.onmicrosoft.com');
  const base = parseBaseUrl(authorityHost ?? PUBLIC_AUTHORITY_HOST, 'authorityHost');
  const path = endpointVersion === 'v1' ? 'oauth2' : 'oauth2/v2.0';
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}/${tenantId}/${path}/${name}`;
}

/**
 * Builds the token request (RFC 6749 section 4.4.2). Pure but for the fresh request id; printing it hides the body.
 *
 * @param scope The resource string followed by `/.default`. For v1 that ending is cut off and the rest, which
 *   is compared literally by the service and so never normalised, is sent as `resource`.
 * @throws TypeError when v1 is asked for a scope without `/.default`.
 */
export function buildTokenRequest(
  authority: Authority,
  form: TokenForm,
  scope: string,
  options: ExchangeOptions = {},
): HttpRequest {
  const fields: Record<string, string> = { ...form, ...target(authority, scope) };
  if (options.claims !== undefined) fields['claims'] = options.claims;
  return buildFormRequest(tokenEndpoint(authority), fields, options);
}

/** A form for one of the tenant's endpoints; printing it hides the body. */
export function buildFormRequest(url: string, fields: TokenForm, options: ExchangeOptions): HttpRequest {
  return printRedacted({
    method: 'POST',
    url,
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'client-request-id': crypto.randomUUID(),
      'return-client-request-id': 'true',
    },
    body: new URLSearchParams(fields).toString(),
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxResponseBytes: MAX_TOKEN_RESPONSE_BYTES,
  });
}

/** How the target is named: `scope` for v2, `resource` for v1. @throws what `resourceOfScope` throws. */
export function target({ endpointVersion = 'v2' }: Authority, scope: string): TokenForm {
  return endpointVersion === 'v2' ? { scope } : { resource: resourceOfScope(scope) };
}

/**
 * The resource of `resource/.default`, letter by letter: what v1 and the managed identity endpoints ask for.
 *
 * @throws TypeError when the scope has another ending.
 */
export function resourceOfScope(scope: string): string {
  const ending = '/.default';
  if (!scope.endsWith(ending) || scope.length === ending.length)
    throw new TypeError('for the v1 token endpoint the scope must be the resource followed by /.default');
  return scope.slice(0, -ending.length);
}

/**
 * Reads the answer of the token endpoint (RFC 6749 sections 5.1 and 5.2). Pure.
 *
 * @param sentAt When the request left, milliseconds since 1970; the lifetime is counted from there, the safe side.
 * @throws AuthenticationError when the endpoint refused, ProtocolError when a success carries no usable token.
 */
export function judgeTokenResponse(
  request: HttpRequest,
  response: HttpResponse,
  sentAt: number,
  attempts = 1,
  stopped = '',
): TokenResponse {
  const answer = parseJsonObject(response.body);
  if (response.status !== 200) throw refusal(request, response, sentAt, attempts, stopped);

  const broken = (reason: string) =>
    new ProtocolError({ ...exchangeFacts(request), status: 200, reason, attempts });
  if (!answer) throw broken('the token endpoint answered 200, but not with a JSON object');
  const { access_token: token, token_type: type, refresh_token: refreshToken } = answer;
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    throw broken('the token endpoint answered with a token_type other than Bearer');
  // The token becomes a header: visible ASCII only.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw broken('the token endpoint answered 200 without a usable access_token');
  const expiresOnTimestamp = expiry(answer, sentAt, response.headers['date']);
  if (expiresOnTimestamp === undefined)
    throw broken('the token endpoint answered 200 without expires_in or expires_on');
  if (!isFor(answer['resource'], sentForm(request).get('resource')))
    throw broken('the token endpoint answered with a token for another resource');
  const refreshIn = toNumber(answer['refresh_in']);
  const result: TokenResponse = {
    token,
    expiresOnTimestamp,
    fields: Object.keys(answer),
    ...(refreshIn !== undefined && { refreshAfterTimestamp: sentAt + refreshIn * 1000 }),
    ...(typeof refreshToken === 'string' && { refreshToken }),
  };
  if (result.refreshToken !== undefined) Object.defineProperty(result, 'refreshToken', { enumerable: false });
  return hideToken(result);
}

/**
 * One exchange with the token endpoint, remembering nothing.
 *
 * @throws AuthenticationError, ProtocolError, NetworkError, TypeError, or the reason of `options.signal`.
 */
export async function requestToken(
  transport: Transport,
  authority: Authority,
  form: TokenForm,
  scope: string,
  options: ExchangeOptions = {},
): Promise<TokenResponse> {
  const request = buildTokenRequest(authority, form, scope, options);
  const sentAt = (options.now ?? Date.now)();
  const { response, attempts, stopped } = await sendWithRetry(transport, request, options.retry, true);
  return judgeTokenResponse(request, response, sentAt, attempts, stopped);
}

/** v1 repeats the resource; v2 does not, and to look into the token is not for a client. */
function isFor(answered: unknown, asked: string | null): boolean {
  const plain = (resource: string) => resource.toLowerCase().replace(/\/$/, '');
  return typeof answered !== 'string' || asked === null || plain(answered) === plain(asked);
}

/** `expires_in` before `expires_on`: a duration does not care whether the two clocks agree. */
function expiry(answer: Json, sentAt: number, serverDate = ''): number | undefined {
  const expiresIn = toNumber(answer['expires_in']);
  if (expiresIn !== undefined) return sentAt + expiresIn * 1000;
  const expiresOn = answer['expires_on'];
  const seconds = toNumber(expiresOn);
  const end =
    seconds === undefined ? Date.parse(typeof expiresOn === 'string' ? expiresOn : '') : seconds * 1000;
  if (Number.isNaN(end)) return undefined;
  const serverNow = Date.parse(serverDate);
  return Number.isNaN(serverNow) ? end : sentAt + end - serverNow;
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}
