/**
 * Managed identities: this process asks its host for a token, and the host asks Entra ID. This file has the code that all
 * kinds of host share.
 *
 * Source: "How to use managed identities to acquire an access token".
 */
import { AuthenticationError, requestFacts } from '../http/errors';
import {
  DEFAULT_TIMEOUT_MS,
  parseJsonObject,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '../http/messages';
import { isLoopback } from '../http/url';
import { printRedacted, redactText } from '../http/redact';
import { secretsOf } from '../http/redact-request';
import { isRetryableStatus, judged, retryAfterMs, sendWithRetry, type RetryOptions } from '../http/retry';
import { hideTokens } from '../token/access-token';
import type { TokenCacheOptions } from '../token/token-cache';
import { judgeTokenResponse, type TokenResponse } from '../token/token-endpoint';

/** A user-assigned identity. */
export type UserAssignedIdentity =
  | { readonly clientId: string }
  /** The object (principal) id of its service principal. */
  | { readonly objectId: string }
  /** `/subscriptions/…/userAssignedIdentities/…`. */
  | { readonly resourceId: string };

/** Options of every managed identity credential. */
export interface ManagedIdentityOptions extends TokenCacheOptions {
  /** Default: the system-assigned identity. */
  readonly identity?: UserAssignedIdentity;
  /** Default: a new undici transport. It must not use a proxy: the endpoint is local to the machine. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** For one try; default 60 000. */
  readonly timeoutMs?: number;
}

/**
 * Reads the URL of a platform's token endpoint. http is allowed to loopback, link-local and private addresses, which
 * platforms use (App Service, for example, 169.254.0.0/16 and 172.16.0.0/12).
 *
 * @param name What the error message calls the URL.
 * @throws TypeError naming what is wrong.
 */
export function platformEndpoint(text: string, name: string): URL {
  if (!URL.canParse(text)) throw new TypeError(`${name} is not an absolute URL`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isNearby(url.hostname)))
    throw new TypeError(
      `${name} must start with https:// (http:// is allowed for this machine, link-local and private addresses only)`,
    );
  if (url.username || url.password || url.search || url.hash)
    throw new TypeError(`${name} must not contain a user name, password, query or fragment`);
  return url;
}

/** Loopback, link-local (RFC 3927, RFC 4291) and private (RFC 1918, RFC 4193) addresses, as a URL parser writes them. */
function isNearby(hostname: string): boolean {
  if (isLoopback(hostname)) return true;
  // Unique local fc00::/7 and link-local fe80::/10.
  if (hostname.startsWith('[')) return /^\[(?:f[cd][\da-f]{2}|fe[89ab][\da-f]):/.test(hostname);
  const numbers = hostname.split('.').map(Number);
  const [first = NaN, second = NaN] = numbers;
  if (numbers.length !== 4 || numbers.some(Number.isNaN)) return false;
  return (
    first === 10 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254)
  );
}

/** The query parameters that name a user-assigned identity; they differ between hosts. */
export type IdentityNames = Readonly<Record<'clientId' | 'objectId' | 'resourceId', string>>;

/** The query parameter that names the identity; none for the system-assigned one. */
export function identityParameter(
  identity: UserAssignedIdentity | undefined,
  names: IdentityNames,
): readonly [name: string, value: string][] {
  if (!identity) return [];
  if ('clientId' in identity) return [[names.clientId, identity.clientId]];
  if ('objectId' in identity) return [[names.objectId, identity.objectId]];
  return [[names.resourceId, identity.resourceId]];
}

/** Builds the GET for a token. */
export function buildIdentityRequest(
  endpoint: string,
  query: readonly (readonly [string, string])[],
  headers: Readonly<Record<string, string>>,
  {
    signal,
    timeoutMs,
  }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined } = {},
): HttpRequest {
  const url = new URL(endpoint);
  for (const [name, value] of query) url.searchParams.append(name, value);
  return printRedacted({
    method: 'GET',
    url: url.href,
    headers: { accept: 'application/json', ...headers },
    signal,
    timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxResponseBytes: 1024 * 1024,
  });
}

/** A token that lives longer is refreshed at half its life, as Microsoft's own clients do. */
const LONG_LIFE_MS = 7_200_000;

/**
 * Reads the answer of any kind of host: numbers or numeric text, `expires_in` or only `expires_on`. Pure.
 *
 * @throws AuthenticationError when the host refused; ProtocolError when a success has no usable token.
 */
export function judgeIdentityResponse(
  request: HttpRequest,
  response: HttpResponse,
  sentAt: number,
): TokenResponse {
  if (response.status !== 200) throw identityRefusal(request, response);
  const token = judgeTokenResponse(request, response, sentAt);
  const lifeMs = token.expiresOnTimestamp - sentAt;
  if (token.refreshAfterTimestamp !== undefined || lifeMs <= LONG_LIFE_MS) return token;
  return hideTokens({ ...token, refreshAfterTimestamp: sentAt + lifeMs / 2 });
}

export async function requestIdentityToken(
  transport: Transport,
  request: HttpRequest,
  { retry, now = Date.now }: Pick<ManagedIdentityOptions, 'retry' | 'now'>,
): Promise<TokenResponse> {
  const sentAt = now();
  const exchange = await sendWithRetry(transport, request, retry);
  return judged(exchange, (response) => judgeIdentityResponse(request, response, sentAt));
}

/** IMDS and Arc write `error` and `error_description`, App Service `statusCode`, `message` and `correlationId`. */
function identityRefusal(request: HttpRequest, { status, headers, body }: HttpResponse): AuthenticationError {
  // A host may echo the secret header.
  const secrets = secretsOf(request);
  const raw = redactText(new TextDecoder().decode(body.subarray(0, 65_536)), secrets);
  const answer = parseJsonObject(body);
  const text = (name: string) => {
    const value = answer?.[name];
    return typeof value === 'string' ? redactText(value, secrets) : undefined;
  };
  const message = text('error_description') ?? text('message') ?? (answer ? '' : raw);
  return new AuthenticationError({
    ...requestFacts(request),
    status,
    code: text('error'),
    serviceMessage: message,
    correlationId: text('correlationId'),
    errorCodes: [...message.matchAll(/AADSTS(\d+)/g)].map(([, code]) => Number(code)),
    hint: identityHint(status, message),
    retryable: isRetryableStatus(status),
    retryAfterMs: retryAfterMs(headers),
    body: raw,
  });
}

function identityHint(status: number, message: string): string {
  if (/identity not found|no.*identity/i.test(message))
    return 'no such identity is assigned to this host: assign one, or name one that is';
  if (/AADSTS(50001|500011)\b/.test(message))
    return 'the resource is unknown in this directory: it must match exactly, including a trailing slash';
  return status === 401 ? 'the host did not accept the header that proves this process runs on it' : '';
}
