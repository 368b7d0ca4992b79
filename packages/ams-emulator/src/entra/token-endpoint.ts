import type { HttpRequest } from '../http';
import { isSecret, issueToken, resources, type Directory } from './directory';
import { refuse, type TokenError } from './errors';

export type EndpointVersion = 'v1' | 'v2';

/** Body of a successful answer. Version 1 writes its numbers as strings. */
export type TokenBody = Readonly<Record<string, string | number>>;

/** Answers a token request. Throws TokenError, each check in the order of the real endpoint. */
export function requestToken(
  directory: Directory,
  version: EndpointVersion,
  request: HttpRequest,
): TokenBody {
  if (request.method !== 'POST') {
    throw refuse.notPost(`The endpoint only accepts POST requests. Received a ${request.method} request.`);
  }
  const form = readForm(request);
  const client = readClient(form, request.headers.authorization);
  const grant = required(form, 'grant_type');
  if (client.id === undefined) throw missing('client_id');
  if (grant !== 'client_credentials') {
    throw refuse.unknownGrant(`The app requested an unsupported grant type '${printable(grant)}'.`);
  }
  const resource = version === 'v1' ? required(form, 'resource') : resourceOfScope(form);
  checkClient(directory, client, form);
  if (!resources.includes(resource)) {
    throw refuse.unknownResource(
      `The resource principal named ${printable(resource)} was not found in the tenant named ` +
        `${directory.tenantId}. This can happen if the application has not been installed by the administrator ` +
        'of the tenant or consented to by any user in the tenant.',
    );
  }
  const { token, notBefore, expiresIn, expiresOn } = issueToken(directory, resource);
  if (version === 'v2') {
    return { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: token };
  }
  return {
    token_type: 'Bearer',
    expires_in: String(expiresIn),
    ext_expires_in: String(expiresIn),
    expires_on: String(expiresOn),
    not_before: String(notBefore),
    resource,
    access_token: token,
  };
}

function readForm(request: HttpRequest): URLSearchParams {
  const type = request.headers['content-type'] ?? '';
  // Anything but a form counts as an empty one, so the first required field is reported missing.
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return new URLSearchParams();
  const form = new URLSearchParams(request.body.toString('utf8'));
  for (const name of ['grant_type', 'client_id', 'client_secret', 'resource', 'scope']) {
    if (form.getAll(name).length > 1) {
      throw refuse.malformedRequest(`The request is malformed: the parameter '${name}' is repeated.`);
    }
  }
  return form;
}

function missing(name: string): TokenError {
  return refuse.missingParameter(`The request body must contain the following parameter: '${name}'.`);
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') throw missing(name);
  return value;
}

interface Client {
  readonly id: string | undefined;
  readonly secret: string | undefined;
}

/** Client id and secret from the form or from HTTP Basic, where both are form-encoded first (RFC 6749 2.3.1). */
function readClient(form: URLSearchParams, authorization: string | undefined): Client {
  const basic = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  const id = form.get('client_id') ?? undefined;
  const secret = form.get('client_secret') ?? undefined;
  if (basic === undefined)
    return { id: id === '' ? undefined : id, secret: secret === '' ? undefined : secret };
  if (secret !== undefined) {
    throw refuse.malformedRequest('The client credential must be sent in one place: the header or the body.');
  }
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw refuse.malformedRequest('The Authorization header is malformed.');
  const decoded = (part: string): string => new URLSearchParams(`x=${part}`).get('x') ?? '';
  const headerId = decoded(text.slice(0, colon));
  if (id !== undefined && id !== headerId) {
    throw refuse.malformedRequest('The client_id of the header is not that of the body.');
  }
  return { id: headerId, secret: decoded(text.slice(colon + 1)) };
}

function checkClient(directory: Directory, client: Client, form: URLSearchParams): void {
  if (client.id?.toLowerCase() !== directory.clientId.toLowerCase()) {
    throw refuse.unknownClient(
      `Application with identifier '${printable(client.id ?? '')}' was not found in the directory ` +
        `'${directory.tenantDomain}'. You may have sent your authentication request to the wrong tenant.`,
    );
  }
  if (form.has('client_assertion')) {
    throw refuse.unsupportedAssertion('The certificate that signed the client assertion is not registered.');
  }
  if (client.secret === undefined) {
    throw refuse.noCredential(
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  if (!isSecret(directory, client.secret)) {
    throw refuse.wrongSecret(
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, ' +
        `not the client secret ID, for a secret added to app '${directory.clientId}'.`,
    );
  }
}

/** `X` of the scope `X/.default`; scopes that every application may add are passed over. */
function resourceOfScope(form: URLSearchParams): string {
  if (form.has('resource')) {
    throw refuse.resourceOnV2("The 'resource' request parameter is not supported.");
  }
  const text = required(form, 'scope');
  const scopes = text.split(/ +/).filter((scope) => !/^(|openid|profile|offline_access|email)$/.test(scope));
  const [scope, ...others] = scopes;
  if (scope === undefined || others.length > 0) {
    throw refuse.malformedScope(
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter ` +
        `'scope' is not valid. The scope ${printable(text)} is not valid.`,
    );
  }
  if (!scope.endsWith('/.default')) {
    throw refuse.scopeWithoutDefault(
      `The provided value for scope ${printable(scope)} is not valid. Client credential flows must have a scope ` +
        'value with /.default suffixed to the resource identifier (application ID URI).',
    );
  }
  return scope.slice(0, -'/.default'.length);
}

/** Foreign text for a message: short, and without control characters. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
