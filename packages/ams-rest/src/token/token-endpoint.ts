/**
 * The token endpoint of Microsoft Entra ID (Azure AD): builds the request, sends it, judges the answer.
 *
 * Both versions of the endpoint support the same grants; they differ in how the target is named (`resource=X`
 * against `scope=X/.default`) and in the JSON types (v1 writes every number as a string).
 */
import { AuthenticationError, protocolError, requestFacts } from '../http/errors';
import {
  parseDate,
  parseJsonObject,
  type HttpRequest,
  type HttpResponse,
  type JsonObject,
  type Transport,
} from '../http/messages';
import { printRedacted, redactText } from '../http/redact';
import { isRetryableStatus, judged, retryAfterMs, sendWithRetry, type RetryOptions } from '../http/retry';
import { parseBaseUrl } from '../http/url';
import { hideTokens, type AccessToken } from './access-token';

/** The older token endpoint, which takes `resource=`, and the current one, which takes `scope=`. */
export type EndpointVersion = 'v1' | 'v2';

/** The authority host of the public cloud. */
export const PUBLIC_AUTHORITY_HOST = 'https://login.microsoftonline.com';

/** The token endpoint to use. */
export interface Authority {
  /** The directory: its id, or a verified domain such as `contoso.onmicrosoft.com`. */
  readonly tenantId: string;
  /** Default `https://login.microsoftonline.com`; a trailing slash does not matter. */
  readonly authorityHost?: string;
  /** `v1` sends `resource`, `v2` (default) sends `scope`. */
  readonly endpointVersion?: EndpointVersion;
}

/** The grant and the client's proof, by wire name: `grant_type`, `client_id`, `client_secret`, … */
export type TokenForm = Readonly<Record<string, string>>;

/** How a credential uses the token endpoint. */
export interface TokenEndpointOptions {
  /** For one try; default 60 000. */
  readonly timeoutMs?: number;
  /** Token requests can always be repeated. */
  readonly retry?: RetryOptions;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
  /** Returns the claims to request: `withCapabilities` of ams-rest/credentials. Default: those of the challenge. */
  readonly requestClaims?: (challenge?: string) => string | undefined;
  /** Changes the request before it is sent: `withBasicAuthentication` of ams-rest/credentials. */
  readonly authenticate?: (request: HttpRequest) => HttpRequest;
  /** Returns advice about a refusal: `explainRefusal` of ams-rest/credentials. Default: no hint. */
  readonly explain?: (refusal: TokenRefusal) => string;
}

/** Options of one exchange with the token endpoint. */
export interface ExchangeOptions extends TokenEndpointOptions {
  /** A claims challenge, as JSON text. */
  readonly claims?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A refusal of the token endpoint, to find a hint for. */
export interface TokenRefusal {
  /** The `AADSTS` numbers; the last is the most specific. */
  readonly errorCodes: readonly number[];
  /** The names of the fields that were sent: `client_secret`, `client_assertion`, … */
  readonly sentFields: readonly string[];
  /** The answer's `Date`. */
  readonly date: string | undefined;
  /** When the request was sent, by this machine's clock; milliseconds since 1970. */
  readonly sentAt: number;
}

/** A token, and the rest of the token endpoint's answer. */
export interface TokenResponse extends AccessToken {
  /** Only grants on behalf of a user have one; client credentials never do (RFC 6749 section 4.4.3). */
  readonly refreshToken?: string;
  /** The names of the answer's fields, in order. */
  readonly fields: readonly string[];
}

export const MAX_TOKEN_RESPONSE_BYTES = 1024 * 1024;

/**
 * The URL of the token endpoint.
 *
 * @throws TypeError when the tenant is neither an id nor a domain, or the host not https (http on loopback).
 */
export function tokenEndpoint(authority: Authority): string {
  return oauthEndpoint(authority, 'token');
}

/** The URL of one of the tenant's endpoints. @throws what `tokenEndpoint` throws. */
export function oauthEndpoint(
  { tenantId, authorityHost, endpointVersion = 'v2' }: Authority,
  name: 'token' | 'authorize' | 'devicecode',
): string {
  if (!/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(tenantId))
    throw new TypeError('tenantId must be a directory id or a domain such as contoso.onmicrosoft.com');
  const base = parseBaseUrl(authorityHost ?? PUBLIC_AUTHORITY_HOST, 'authorityHost');
  if (base.pathname.replaceAll('/', '') !== '')
    throw new TypeError('authorityHost must have no path; the directory goes into tenantId');
  const path = endpointVersion === 'v1' ? 'oauth2' : 'oauth2/v2.0';
  return `${base.origin}/${tenantId}/${path}/${name}`;
}

/**
 * Builds the token request (RFC 6749 section 4.4.2). Pure except for the new request id; printing it hides the body.
 *
 * @param scope The resource followed by `/.default`. For v1 that ending is removed, and the rest is sent as `resource`. The
 *   service compares it literally, so it is never normalized.
 * @throws TypeError when a v1 scope does not end with `/.default`.
 */
export function buildTokenRequest(
  authority: Authority,
  form: TokenForm,
  scope: string,
  options: ExchangeOptions = {},
): HttpRequest {
  return buildFormRequest(tokenEndpoint(authority), { ...form, ...target(authority, scope) }, options);
}

/** Builds a form request to one of the tenant's endpoints, with claims if there are any; printing it hides the body. */
export function buildFormRequest(url: string, form: TokenForm, options: ExchangeOptions): HttpRequest {
  const claims = options.requestClaims?.(options.claims) ?? options.claims;
  const fields = { ...form, ...(claims !== undefined && { claims }) };
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
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    maxResponseBytes: MAX_TOKEN_RESPONSE_BYTES,
  });
}

/** The parameter that names the target: `scope` for v2, `resource` for v1. @throws what `resourceOfScope` throws. */
export function target({ endpointVersion = 'v2' }: Authority, scope: string): TokenForm {
  return endpointVersion === 'v2' ? { scope } : { resource: resourceOfScope(scope) };
}

/**
 * Removes `/.default` from a scope: v1 and the managed identity endpoints take the resource, unchanged.
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
 * @param sentAt When the request was sent, milliseconds since 1970. The lifetime is counted from there, to be safe.
 * @throws AuthenticationError when the endpoint refused, ProtocolError when a success has no usable token.
 */
export function judgeTokenResponse(
  request: HttpRequest,
  response: HttpResponse,
  sentAt: number,
  explain?: TokenEndpointOptions['explain'],
): TokenResponse {
  if (response.status !== 200) throw tokenRefusalError(request, response, sentAt, explain);

  const answer = parseJsonObject(response.body);
  const broken = (reason: string) => protocolError(request, reason, 200);
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
  return hideTokens({
    token,
    expiresOnTimestamp,
    fields: Object.keys(answer),
    ...(refreshIn !== undefined && { refreshAfterTimestamp: sentAt + refreshIn * 1000 }),
    ...(typeof refreshToken === 'string' && { refreshToken }),
  });
}

/**
 * Requests one token, without a cache.
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
  const { explain, now = Date.now } = options;
  const sentAt = now();
  const sent = options.authenticate?.(request) ?? request;
  const exchange = await sendWithRetry(transport, sent, { ...options.retry, repeatable: true });
  return judged(exchange, (response) => judgeTokenResponse(request, response, sentAt, explain));
}

const SECRET_FORM_FIELDS =
  'client_secret client_assertion assertion refresh_token code code_verifier device_code'.split(' ');

/** The error for a refusal by one of the tenant's endpoints (RFC 6749 section 5.2). Pure. */
export function tokenRefusalError(
  request: HttpRequest,
  response: HttpResponse,
  sentAt: number,
  explain: TokenEndpointOptions['explain'],
): AuthenticationError {
  const { status, headers, body } = response;
  const answer = parseJsonObject(body);
  const claims = answer?.['claims'];
  const sent = sentForm(request);
  const secrets = SECRET_FORM_FIELDS.map((name) => sent.get(name) ?? '');
  const clean = (text: unknown) => (typeof text === 'string' ? redactText(text, secrets) : undefined);
  const codes = Array.isArray(answer?.['error_codes']) ? answer['error_codes'] : [];
  const errorCodes = codes.filter((code): code is number => typeof code === 'number');
  const raw = new TextDecoder().decode(body.subarray(0, 65_536));
  const refused = status >= 300 && status < 400 ? 'redirects are not followed' : '';
  return new AuthenticationError({
    ...requestFacts(request),
    status,
    code: clean(answer?.['error']),
    // Trace id, correlation id and timestamp follow the sentence, separated by line ends or spaces.
    serviceMessage:
      clean(answer?.['error_description'])?.split(/\s+(?=Trace ID:)/)[0] ??
      (answer ? '' : refused || clean(raw)),
    suberror: clean(answer?.['suberror']),
    // A challenge must be sent back unchanged; its `access_token` is not a token.
    claims: typeof claims === 'string' && clean(claims) === redactText(claims) ? claims : undefined,
    traceId: clean(answer?.['trace_id']),
    correlationId: clean(answer?.['correlation_id']),
    requestId: clean(headers['x-ms-request-id']),
    errorCodes,
    hint: explain?.({ errorCodes, sentFields: [...sent.keys()], date: headers['date'], sentAt }),
    retryable: isRetryableStatus(status),
    retryAfterMs: retryAfterMs(headers),
    body: clean(raw),
  });
}

/** The form that was sent. */
function sentForm(request: HttpRequest): URLSearchParams {
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '');
}

/** v1 returns the resource; v2 does not, and a client must not parse the token. */
function isFor(answered: unknown, asked: string | null): boolean {
  const plain = (resource: string) => resource.toLowerCase().replace(/\/$/, '');
  return typeof answered !== 'string' || asked === null || plain(answered) === plain(asked);
}

/** Prefers `expires_in` to `expires_on`, as a duration does not depend on clocks. */
function expiry(answer: JsonObject, sentAt: number, serverDate?: string): number | undefined {
  const expiresIn = toNumber(answer['expires_in']);
  if (expiresIn !== undefined) return sentAt + expiresIn * 1000;
  const seconds = toNumber(answer['expires_on']);
  const end = seconds === undefined ? parseDate(answer['expires_on']) : seconds * 1000;
  if (Number.isNaN(end)) return undefined;
  const serverNow = parseDate(serverDate);
  return Number.isNaN(serverNow) ? end : sentAt + end - serverNow;
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}
