import { randomUUID } from 'node:crypto';
import type { HttpReply, HttpRequest } from '../http';
import { isTenant, type Directory } from './directory';
import { openIdConfiguration } from './discovery';
import { refuse, TokenError } from './errors';
import { printable } from './form';
import { handleIdentity, isIdentityPath } from './managed-identity';
import { authorize, startDeviceCode } from './sign-in';
import { jwk } from './signing';
import type { EndpointVersion } from './target';
import { requestToken } from './token-endpoint';

interface Call {
  readonly directory: Directory;
  readonly request: HttpRequest;
  /** The URL of this token service. */
  readonly authority: string;
  readonly tenant: string;
}

/** A complete reply, or only its JSON body. */
type Route = readonly [pattern: RegExp, answer: (call: Call) => HttpReply | { readonly json: unknown }];

// The first group is the tenant.
const routes: readonly Route[] = [
  [/^\/([^/]+)\/oauth2\/token\/?$/i, (call) => token(call, 'v1')],
  [/^\/([^/]+)\/oauth2\/v2\.0\/token\/?$/i, (call) => token(call, 'v2')],
  [/^\/([^/]+)\/oauth2\/authorize\/?$/i, (call) => signIn(call, 'v1')],
  [/^\/([^/]+)\/oauth2\/v2\.0\/authorize\/?$/i, (call) => signIn(call, 'v2')],
  [/^\/([^/]+)\/oauth2\/devicecode\/?$/i, (call) => deviceCode(call, 'v1')],
  [/^\/([^/]+)\/oauth2\/v2\.0\/devicecode\/?$/i, (call) => deviceCode(call, 'v2')],
  [/^\/([^/]+)\/\.well-known\/openid-configuration$/i, (call) => configuration(call, 'v1')],
  [/^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/i, (call) => configuration(call, 'v2')],
  [/^\/([^/]+)\/discovery\/(?:v2\.0\/)?keys$/i, keys],
  [/^\/(common)\/discovery\/instance$/i, (call) => ({ json: instance(call) })],
];

/** Whether the path belongs to the token service. */
export function isTokenServicePath(path: string): boolean {
  return isIdentityPath(path) || routes.some(([pattern]) => pattern.test(path));
}

/** Answers a request to the token service. Source: "Microsoft identity platform and OAuth 2.0 client credentials". */
export function handleTokenService(directory: Directory, authority: string, request: HttpRequest): HttpReply {
  const identity = handleIdentity(directory, request);
  if (identity !== undefined) return identity;
  const traceId = randomUUID();
  try {
    for (const [pattern, answer] of routes) {
      const match = pattern.exec(request.path);
      if (match === null) continue;
      const call = { directory, request, authority, tenant: decodeTenant(match[1] ?? '') };
      const answered = answer(call);
      return 'json' in answered ? reply(request, traceId, 200, answered.json) : answered;
    }
    return reply(request, traceId, 404, {});
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return reply(request, traceId, error.status, errorBody(error, directory, authority, request, traceId));
  }
}

function decodeTenant(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse.malformedTenant(`Specified tenant identifier '${printable(text)}' is malformed.`);
  }
}

function token(call: Call, version: EndpointVersion): { json: unknown } {
  checkTenant(call, 'invalid_request');
  return { json: requestToken(call.directory, call.authority, version, call.request) };
}

function signIn(call: Call, version: EndpointVersion): HttpReply {
  checkTenant(call, 'invalid_request');
  return authorize(call.directory, version, call.request);
}

function deviceCode(call: Call, version: EndpointVersion): { json: unknown } {
  checkTenant(call, 'invalid_request');
  return { json: startDeviceCode(call.directory, version, call.request) };
}

function configuration(call: Call, version: EndpointVersion): { json: unknown } {
  checkTenant(call, 'invalid_tenant');
  return { json: openIdConfiguration(call.directory, call.authority, call.tenant, version) };
}

function keys({ directory }: Call): { json: unknown } {
  return { json: { keys: [jwk(directory.signingKey)] } };
}

/**
 * The discovery documents answer `invalid_tenant` with 90002 to every unknown tenant. The token endpoint answers
 * `invalid_request`, with 900023 for a text that is neither a guid nor a domain.
 */
function checkTenant({ directory, tenant }: Call, error: 'invalid_request' | 'invalid_tenant'): void {
  if (isTenant(directory, tenant)) return;
  if (/^(common|organizations|consumers)$/i.test(tenant)) {
    throw refuse.tenantlessAuthority(
      'No tenant-identifying information found in either the request or implied by any provided credentials.',
    );
  }
  const isGuidOrDomain = /^([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|[a-z\d-]+(\.[a-z\d-]+)+)$/i.test(tenant);
  if (!isGuidOrDomain && error === 'invalid_request') {
    throw refuse.malformedTenant(
      `Specified tenant identifier '${printable(tenant)}' is neither a valid DNS name, nor a valid external domain.`,
    );
  }
  const { status, code, message } = refuse.unknownTenant(
    `Tenant '${printable(tenant)}' not found. Check to make sure you have the correct tenant ID and are signing into the ` +
      'correct cloud. Check with your subscription administrator, this may happen if there are no active ' +
      'subscriptions for the tenant.',
  );
  throw new TokenError(status, error, code, message);
}

function instance({ request, authority }: Call): unknown {
  const asked = request.query.get('authorization_endpoint') ?? '';
  const host = new URL(authority).host;
  if (!URL.canParse(asked) || new URL(asked).host !== host) {
    throw refuse.unknownHost('Unknown or invalid instance.');
  }
  const tenant = new URL(asked).pathname.split('/')[1] ?? '';
  return {
    tenant_discovery_endpoint: `${authority}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

function errorBody(
  { error, code, message }: TokenError,
  { clock }: Directory,
  authority: string,
  { headers }: HttpRequest,
  traceId: string,
): unknown {
  const timestamp = new Date(clock.now()).toISOString().replace('T', ' ').slice(0, 19) + 'Z';
  const correlationId = clientRequestId(headers['client-request-id']) ?? randomUUID();
  return {
    error,
    error_description:
      `${code === 0 ? '' : `AADSTS${code}: `}${message} Trace ID: ${traceId} ` +
      `Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: code === 0 ? [] : [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `${authority}/error?code=${code}`,
  };
}

function clientRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w-]{1,64}$/.test(header) ? header : undefined;
}

function reply(request: HttpRequest, traceId: string, status: number, body: unknown): HttpReply {
  const isDocument = request.method === 'GET' && status === 200;
  const echo = clientRequestId(request.headers['client-request-id']);
  const wantsEcho = String(request.headers['return-client-request-id']).toLowerCase() === 'true';
  const caching = isDocument
    ? {
        'Cache-Control': 'max-age=86400, private',
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Methods': 'GET, OPTIONS',
      }
    : { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache', Expires: '-1' };
  return {
    status,
    headers: {
      ...caching,
      'Content-Type': 'application/json; charset=utf-8',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
      'X-Content-Type-Options': 'nosniff',
      P3P: 'CP="DSP CUR OTPi IND OTRi ONL FIN"',
      'x-ms-request-id': traceId,
      'x-ms-ests-server': '2.1.0.0 - EMULATOR',
      'X-XSS-Protection': '0',
      ...(echo !== undefined && wantsEcho ? { 'client-request-id': echo } : {}),
    },
    body: JSON.stringify(body),
  };
}
