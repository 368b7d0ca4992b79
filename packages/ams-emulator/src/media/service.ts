import { randomUUID } from 'node:crypto';
import type { Account } from '../account';
import type { Refusal } from '../entra/directory';
import type { HttpReply, HttpRequest } from '../http';
import { ServiceError } from './errors';
import type { Answer } from './message';
import { formatOf, writeError, contentTypes, type Format } from './representation';
import { answerRequest } from './resources';
import type { Rules } from './set-rules';

/** A parsed request URL: the API root, with trailing slash, and the decoded path below it or its error. */
interface Target {
  readonly root: string;
  readonly path: string | ServiceError;
}

/** Answers a request to the REST API; `refusal` is why its token is refused, undefined if it is accepted. */
export async function handleMediaServices(
  account: Account,
  rules: Rules,
  { root, path }: Target,
  http: HttpRequest,
  refusal: Refusal | undefined,
): Promise<HttpReply> {
  const requestId = randomUUID();
  const format = formatOf(http.headers.accept);
  if (refusal !== undefined) {
    const { type, body } = writeError(format, '', refusal.message);
    const answer = { status: 401, other: { type, body } };
    const { headers, ...rest } = reply(http, requestId, answer, 'light');
    const challenge = refusal.challenge === undefined ? {} : { 'WWW-Authenticate': refusal.challenge };
    return { ...rest, headers: { ...headers, ...challenge } };
  }
  try {
    if (path instanceof ServiceError) throw path;
    checkVersions(http);
    const hasOneForm = /^\$(metadata|batch)\/?$/.test(path);
    if (format === undefined && !hasOneForm) throw new ServiceError(415, 'Unsupported media type requested.');
    const method = tunnelledMethod(http);
    const written = format ?? 'verbose';
    const answer = await answerRequest(account, { http, method, path, format: written, root, rules });
    return reply(http, requestId, answer, written);
  } catch (error) {
    // An internal error looks like one of the service: no stack, no details.
    const known =
      error instanceof ServiceError
        ? error
        : new ServiceError(500, 'An error occurred while processing this request.');
    const { type, body } = writeError(format, known.code, known.message);
    return reply(http, requestId, { status: known.status, other: { type, body } }, 'light');
  }
}

const apiVersion = /^2\.(\d|1\d)$/;

/** Source: "Azure Media Services REST API Reference", header table and version history. */
function checkVersions({ headers, query }: HttpRequest): void {
  const version = headers['x-ms-version'] ?? query.get('api-version');
  if (typeof version !== 'string' || !apiVersion.test(version.trim())) {
    throw new ServiceError(
      400,
      "The API version is missing or not supported: send 'x-ms-version' from 2.0 to 2.19.",
    );
  }
  for (const name of ['dataserviceversion', 'maxdataserviceversion']) {
    const value = headers[name];
    if (value !== undefined && !/^\s*[123]\.0\s*(;.*)?$/.test(String(value))) {
      throw new ServiceError(400, `The header '${name}' has a value that is not supported.`);
    }
  }
}

function tunnelledMethod({ method, headers }: HttpRequest): string {
  const tunnelled = headers['x-http-method'] ?? headers['x-http-method-override'];
  if (tunnelled === undefined) return method;
  const wanted = String(tunnelled).toUpperCase();
  const allowed = (method === 'POST' || method === 'GET') && /^(PUT|PATCH|MERGE|DELETE)$/.test(wanted);
  if (!allowed) throw new ServiceError(400, "The header 'X-HTTP-Method' has a value that is not supported.");
  return wanted;
}

function reply(http: HttpRequest, requestId: string, answer: Answer, format: Format): HttpReply {
  const { status, payload, location, operationId, other } = answer;
  const echo = http.headers['x-ms-client-request-id'];
  const type = other?.type ?? (payload === undefined ? undefined : contentTypes[format]);
  const emptyVersion = format === 'light' ? '3.0;' : '1.0;';
  return {
    status,
    headers: {
      'Cache-Control': 'no-cache',
      ...(type === undefined ? {} : { 'Content-Type': type }),
      ...(location === undefined ? {} : { Location: location }),
      Server: 'Microsoft-IIS/8.5',
      ...(typeof echo === 'string' ? { 'x-ms-client-request-id': echo.slice(0, 2096) } : {}),
      'request-id': requestId,
      'x-ms-request-id': requestId,
      ...(operationId === undefined ? {} : { 'operation-id': operationId }),
      'X-Content-Type-Options': 'nosniff',
      DataServiceVersion: payload?.dataServiceVersion ?? (other === undefined ? emptyVersion : '3.0;'),
      'access-control-expose-headers': 'request-id, x-ms-request-id',
      'X-Powered-By': 'ASP.NET',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    },
    body: payload?.body ?? other?.body ?? '',
  };
}
