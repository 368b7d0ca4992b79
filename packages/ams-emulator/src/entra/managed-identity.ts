import { randomBytes, randomUUID } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpReply, HttpRequest } from '../http';
import { issueToken, type Directory, type Holder } from './directory';

type Face = (directory: Directory, request: HttpRequest) => HttpReply;

/**
 * The endpoints of a host that issue tokens for its managed identities. Each kind of host has its own protocol.
 * Source: "How to use managed identities to acquire an access token", and the pages of App Service and Arc.
 */
const faces: readonly (readonly [path: RegExp, face: Face])[] = [
  [/^\/metadata\/identity\/oauth2\/token\/?$/i, imds],
  [/^\/msi\/token\/?$/i, appService],
  [/^\/arc\/metadata\/identity\/oauth2\/token\/?$/i, arc],
];

export const isIdentityPath = (path: string): boolean => faces.some(([pattern]) => pattern.test(path));

/** Answers a request to one of these endpoints; undefined for any other path. */
export function handleIdentity(directory: Directory, request: HttpRequest): HttpReply | undefined {
  const face = faces.find(([pattern]) => pattern.test(request.path))?.[1];
  return face?.(directory, request);
}

/** Virtual machines: the header prevents requests from links in a browser. */
function imds(directory: Directory, { headers, query }: HttpRequest): HttpReply {
  if (headers['metadata'] !== 'true' || headers['x-forwarded-for'] !== undefined) {
    return oauthError(400, 'bad_request_102', 'Required metadata header not specified');
  }
  if (query.get('api-version') !== '2018-02-01') {
    return oauthError(400, 'bad_request_103', 'The api-version is missing or not supported');
  }
  return tokenAnswer(directory, query, ['client_id', 'object_id', 'msi_res_id'], oauthError, 'all');
}

/** App Service, Functions, Container Apps: no `expires_in`, and their own form of errors. */
function appService(directory: Directory, { headers, query }: HttpRequest): HttpReply {
  if (headers['x-identity-header'] !== directory.registrations.host.identityHeader) {
    return platformError(401, '', 'The X-IDENTITY-HEADER is missing or wrong.');
  }
  if (query.get('api-version') !== '2019-08-01') {
    return platformError(400, '', 'The api-version is missing or not supported.');
  }
  return tokenAnswer(directory, query, ['client_id', 'principal_id', 'mi_res_id'], platformError, 'few');
}

/** Azure Arc: the client proves itself with the content of a new file that only privileged users can read. */
function arc(directory: Directory, { headers, query }: HttpRequest): HttpReply {
  const { arcKeyFolder, arcKeys } = directory.registrations.host;
  if (arcKeyFolder === undefined) return oauthError(404, 'not_found', 'There is no Arc agent.');
  if (headers['metadata'] !== 'true') {
    return oauthError(400, 'bad_request_102', 'Required metadata header not specified');
  }
  if (!/^(2019-11-01|2020-06-01)$/.test(query.get('api-version') ?? '')) {
    return oauthError(400, 'bad_request_103', 'The api-version is missing or not supported');
  }
  const key = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (key === undefined) return arcChallenge(arcKeyFolder, arcKeys);
  if (!arcKeys.delete(key)) return oauthError(403, 'forbidden', 'The key is not valid.');
  return tokenAnswer(directory, query, ['client_id', 'object_id', 'msi_res_id'], oauthError, 'all');
}

function arcChallenge(folder: string, keys: Map<string, string>): HttpReply {
  const path = join(statSync(folder).isDirectory() ? folder : '', `${randomUUID()}.key`);
  const key = randomBytes(32).toString('base64');
  writeFileSync(path, key, { mode: 0o600, flag: 'wx' });
  keys.set(key, path);
  return {
    status: 401,
    headers: { 'WWW-Authenticate': `Basic realm=${path}`, 'Content-Length': '0' },
    body: '',
  };
}

type ErrorAnswer = (status: number, error: string, message: string) => HttpReply;

function oauthError(status: number, error: string, message: string): HttpReply {
  return json(status, { error, error_description: message });
}

function platformError(status: number, _error: string, message: string): HttpReply {
  return json(status, { statusCode: status, message, correlationId: randomUUID() });
}

function json(status: number, body: unknown): HttpReply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    body: JSON.stringify(body),
  };
}

/** A token of the system-assigned identity, or of the user-assigned one that the query names. */
function tokenAnswer(
  directory: Directory,
  query: URLSearchParams,
  selectors: readonly [client: string, object: string, resource: string],
  error: ErrorAnswer,
  fields: 'all' | 'few',
): HttpReply {
  const resource = query.get('resource') ?? '';
  const { userAssigned } = directory.registrations.host;
  const named = selectors.filter((name) => query.has(name));
  const values = [userAssigned.clientId, userAssigned.objectId, userAssigned.resourceId];
  const isKnown = (name: string): boolean =>
    query.get(name)?.toLowerCase() === values[selectors.indexOf(name)]?.toLowerCase();
  if (named.length > 1 || !named.every(isKnown)) return error(400, 'invalid_request', 'Identity not found');
  if (!directory.resources.includes(resource)) {
    return error(
      400,
      'invalid_resource',
      'AADSTS500011: The resource principal named was not found in the tenant. Check the resource.',
    );
  }
  const holder: Holder =
    named.length === 0
      ? { objectId: directory.principalId, clientId: directory.clientId, proof: '2' }
      : { objectId: userAssigned.objectId, clientId: userAssigned.clientId, proof: '2' };
  const { token, notBefore, expiresIn, expiresOn } = issueToken(directory, resource, undefined, holder);
  const common = { access_token: token, expires_on: String(expiresOn), resource, token_type: 'Bearer' };
  // Each names the identity; Arc repeats the request's parameter.
  const echo = {
    client_id: holder.clientId,
    ...Object.fromEntries(named.map((name) => [name, query.get(name)])),
  };
  return json(
    200,
    fields === 'few'
      ? { ...common, client_id: holder.clientId }
      : {
          ...common,
          refresh_token: '',
          expires_in: String(expiresIn),
          not_before: String(notBefore),
          ...echo,
        },
  );
}
