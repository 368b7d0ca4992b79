/**
 * Managed identities: the host asks Entra ID for the token, and this process asks the host. What the kinds of host
 * have in common; each has a file of its own.
 *
 * Source: "How to use managed identities to acquire an access token".
 */
import { AuthenticationError, exchangeFacts } from '../errors';
import { DEFAULT_TIMEOUT_MS, type HttpRequest, type HttpResponse, type Transport } from '../http';
import { printRedacted, redactText } from '../redact';
import { isRetryableStatus, retryAfterMs, sendWithRetry, type RetryOptions } from '../retry';
import type { TokenCacheOptions } from './token-cache';
import { judgeTokenResponse, type TokenResponse } from './token-endpoint';
import { parseJsonObject } from './token-refusal';

/** Which user-assigned identity; a system-assigned one needs no naming. */
export type UserAssignedIdentity =
  | { readonly clientId: string }
  /** The object (principal) id of its service principal. */
  | { readonly objectId: string }
  /** `/subscriptions/…/userAssignedIdentities/…`. */
  | { readonly resourceId: string };

/** What the credentials of managed identities have in common. */
export interface ManagedIdentityOptions extends TokenCacheOptions {
  /** Default: the system-assigned identity. */
  readonly identity?: UserAssignedIdentity;
  /** Default: an undici transport of its own. It must not go through a proxy: the host is the machine's own. */
  readonly transport?: Transport;
  readonly retry?: RetryOptions;
  /** For one try; default 60 000. */
  readonly timeoutMs?: number;
}

/** The query names by which a host knows a user-assigned identity; they differ from host to host. */
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

/** A GET for a token; the resource is sent as it is, which the query's encoding does not change. */
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

/** A token that lives longer is asked for anew at half its life, as Microsoft's own clients do. */
const LONG_LIFE_MS = 7_200_000;

/**
 * Reads the answer of any of the hosts: numbers as text or not, `expires_in` or only `expires_on`. Pure.
 *
 * @throws AuthenticationError when the host refused, in either of the two shapes in which hosts do;
 *   ProtocolError when a success carries no usable token.
 */
export function judgeIdentityResponse(
  request: HttpRequest,
  response: HttpResponse,
  sentAt: number,
  attempts = 1,
  stopped = '',
): TokenResponse {
  if (response.status !== 200) throw identityRefusal(request, response, attempts, stopped);
  const token = judgeTokenResponse(request, response, sentAt, attempts);
  const lifeMs = token.expiresOnTimestamp - sentAt;
  if (token.refreshAfterTimestamp !== undefined || lifeMs <= LONG_LIFE_MS) return token;
  return Object.defineProperty(token, 'refreshAfterTimestamp', {
    value: sentAt + lifeMs / 2,
    enumerable: true,
  });
}

/** Sends and judges. */
export async function requestIdentityToken(
  transport: Transport,
  request: HttpRequest,
  retry?: RetryOptions,
): Promise<TokenResponse> {
  const sentAt = Date.now();
  const { response, attempts, stopped } = await sendWithRetry(transport, request, retry);
  return judgeIdentityResponse(request, response, sentAt, attempts, stopped);
}

/** IMDS and Arc write `error` and `error_description`, App Service `statusCode`, `message` and `correlationId`. */
function identityRefusal(
  request: HttpRequest,
  { status, headers, body }: HttpResponse,
  attempts: number,
  stopped: string,
): AuthenticationError {
  const raw = new TextDecoder().decode(body.subarray(0, 16_384));
  const answer = parseJsonObject(body);
  const text = (name: string) => {
    const value = answer?.[name];
    return typeof value === 'string' ? redactText(value) : undefined;
  };
  const message = text('error_description') ?? text('message') ?? (answer ? '' : raw);
  return new AuthenticationError({
    ...exchangeFacts(request),
    status,
    code: text('error'),
    serviceMessage: message,
    correlationId: text('correlationId'),
    errorCodes: [...message.matchAll(/AADSTS(\d+)/g)].map(([, code]) => Number(code)),
    hint: hintFor(status, message),
    retryable: isRetryableStatus(status),
    retryAfterMs: retryAfterMs(headers),
    attempts,
    stopped,
    body: raw,
  });
}

function hintFor(status: number, message: string): string {
  if (/identity not found|no.*identity/i.test(message))
    return 'no such identity is assigned to this host: assign one, or name one that is';
  if (/AADSTS(50001|500011)\b/.test(message))
    return 'the resource is unknown in this directory: check it letter by letter, the trailing slash included';
  return status === 401 ? 'the host did not accept the header that proves this process runs on it' : '';
}
