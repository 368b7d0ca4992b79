import { randomUUID } from 'node:crypto';
import { managementResources } from '../entra/directory';
import { verifyJwt } from '../entra/signing';
import type { HttpReply, HttpRequest } from '../http';
import type { Answer, Call, Route } from './call';
import { ArmError } from './errors';
import { mediaRoutes } from './media-accounts';
import { roleRoutes } from './role-assignments';
import type { ArmState, ArmDependencies } from './state';
import { storageRoutes } from './storage-accounts';
import { subscriptionRoutes } from './subscription';

// Role assignments match first: their scope may be the path of any other resource.
const routes: readonly Route[] = [...roleRoutes, ...storageRoutes, ...mediaRoutes, ...subscriptionRoutes];

/** Whether the path belongs to Resource Manager. */
export const isArmPath = (path: string): boolean => /^\/subscriptions(\/|$)/i.test(path);

/**
 * Answers a request to Resource Manager. Any token for it allows everything; only the REST API of a Media Services
 * account checks roles.
 */
export async function handleArm(
  dependencies: ArmDependencies,
  state: ArmState,
  request: HttpRequest,
): Promise<HttpReply> {
  const requestId = randomUUID();
  try {
    const answer = await dispatch(dependencies, state, request);
    return reply(request, requestId, answer);
  } catch (error) {
    // An internal error looks like one of the service: no stack, no details.
    const known =
      error instanceof ArmError
        ? error
        : new ArmError(500, 'InternalServerError', 'The server has encountered an internal error.');
    const { status, code, message, details } = known;
    const headers: Record<string, string> = {
      ...(status === 401 ? { 'WWW-Authenticate': challenge(dependencies) } : {}),
      // Resource Manager itself answered, not a resource provider.
      ...(status === 404 ? { 'x-ms-failure-cause': 'gateway' } : {}),
    };
    const inner = details.length > 0 ? { details } : {};
    return reply(request, requestId, { status, headers, body: { error: { code, message, ...inner } } });
  }
}

async function dispatch(
  dependencies: ArmDependencies,
  state: ArmState,
  request: HttpRequest,
): Promise<Answer> {
  authenticate(dependencies, request.headers.authorization);
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(request.path)?.[1];
  if (subscription?.toLowerCase() !== state.subscriptionId.toLowerCase())
    throw new ArmError(
      404,
      'SubscriptionNotFound',
      `The subscription '${subscription ?? ''}' could not be found.`,
    );
  const apiVersion = request.query.get('api-version');
  if (apiVersion === null || apiVersion === '')
    throw new ArmError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  const onPath = routes.flatMap((route) => {
    const groups = route.path.exec(request.path)?.groups;
    return groups ? [{ route, names: decodeAll(groups) }] : [];
  });
  if (onPath.length === 0)
    throw new ArmError(404, 'InvalidResourceType', 'The resource type could not be found.');
  const onMethod = onPath.filter(({ route }) => route.method === request.method);
  if (onMethod.length === 0)
    throw new ArmError(
      405,
      'MethodNotAllowed',
      `The http method '${request.method}' is not supported for this resource.`,
    );
  const found = onMethod.find(({ route }) => route.apiVersions.includes(apiVersion));
  if (found === undefined) {
    const supported = [...new Set(onMethod.flatMap(({ route }) => route.apiVersions))].join(', ');
    throw new ArmError(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${apiVersion}' is invalid. The supported versions are '${supported}'.`,
    );
  }
  const call: Call = { dependencies, state, request, names: found.names, apiVersion };
  const answer = await found.route.answer(call);
  if (!/^(GET|HEAD)$/.test(request.method)) dependencies.keep(state);
  return answer;
}

function decodeAll(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value = '']) => [
        name,
        name === 'scope' ? value : decodeURIComponent(value),
      ]),
    );
  } catch {
    throw new ArmError(400, 'BadRequest', 'The request URI is malformed.');
  }
}

function authenticate({ directory }: ArmDependencies, header: string | undefined): void {
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(header ?? '')?.[1];
  if (token === undefined)
    throw new ArmError(
      401,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
    );
  const claims = verifyJwt(directory.signingKey, token);
  const now = directory.clock.now() / 1000;
  if (claims === undefined || claims['tid'] !== directory.tenantId)
    throw new ArmError(401, 'InvalidAuthenticationToken', 'The access token is invalid.');
  if (!managementResources.includes(String(claims['aud'])))
    throw new ArmError(
      401,
      'InvalidAuthenticationTokenAudience',
      'The access token has been obtained for the wrong audience.',
    );
  if (Number(claims['nbf']) > now)
    throw new ArmError(401, 'InvalidAuthenticationToken', 'The access token is not yet valid.');
  if (!(Number(claims['exp']) > now))
    throw new ArmError(
      401,
      'ExpiredAuthenticationToken',
      'The access token expiry UTC time is earlier than current UTC time.',
    );
}

const challenge = ({ url, directory }: ArmDependencies): string =>
  `Bearer authorization_uri="${url}/${directory.tenantId}", error="invalid_token", ` +
  'error_description="The authentication failed because of missing or invalid \'Authorization\' header."';

function reply(request: HttpRequest, requestId: string, { status, headers, body }: Answer): HttpReply {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const clientId = request.headers['x-ms-client-request-id'];
  const correlationId = request.headers['x-ms-correlation-request-id'];
  return {
    status,
    headers: {
      'Cache-Control': 'no-cache',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
      'x-ms-request-id': requestId,
      'x-ms-correlation-request-id': idOr(correlationId, requestId),
      ...(clientId === undefined ? {} : { 'x-ms-client-request-id': idOr(clientId, requestId) }),
      [`x-ms-ratelimit-remaining-subscription-${isRead ? 'reads' : request.method === 'DELETE' ? 'deletes' : 'writes'}`]:
        isRead ? '11999' : request.method === 'DELETE' ? '14999' : '1199',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
      ...headers,
    },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

const idOr = (header: string | string[] | undefined, fallback: string): string =>
  typeof header === 'string' && /^[\w-]{1,64}$/.test(header) ? header : fallback;
