import type { HttpRequest } from '../http';
import { isJsonObject, parseJson } from '../json';
import { aadstsError } from './aadsts';
import { checkConfidential, checkPublic, readClient, type Proof } from './client-authentication';
import { issueToken, type Directory, type Holder } from './directory';
import { refuse } from './errors';
import { missing, printable, readForm, required } from './form';
import { signJwt } from './signing';
import { appTarget, checkResource, type EndpointVersion, type Target } from './target';
import { newRefreshToken, userGrants } from './user-grants';

/** Body of a successful answer. Version 1 writes its numbers as strings. */
export type TokenBody = Readonly<Record<string, string | number>>;

/**
 * Answers a token request. Throws TokenError, each check in the order of the real endpoint.
 *
 * @param authority The URL of this token service, the audience of assertions.
 */
export function requestToken(
  directory: Directory,
  authority: string,
  version: EndpointVersion,
  request: HttpRequest,
): TokenBody {
  if (request.method !== 'POST') {
    throw refuse.notPost(`The endpoint only accepts POST requests. Received a ${request.method} request.`);
  }
  const planned = directory.registrations.refusals.shift();
  if (planned !== undefined) throw aadstsError(planned);
  const form = readForm(request);
  const client = readClient(form, request.headers.authorization);
  const grant = required(form, 'grant_type');
  if (client.id === undefined) throw missing('client_id');
  const redeem = userGrants[grant];
  if (redeem !== undefined) {
    const proof = checkPublic(directory, client);
    return userToken(directory, authority, version, form, redeem(directory, version, form), proof);
  }
  if (grant !== 'client_credentials') {
    throw refuse.unknownGrant(`The app requested an unsupported grant type '${printable(grant)}'.`);
  }
  const resource = appTarget(version, form);
  const proof = checkConfidential(directory, authority, client, form);
  checkResource(directory, resource);
  const { principalId, clientId } = directory;
  return tokenBody(directory, version, form, resource, { objectId: principalId, clientId, proof });
}

/** The answer for a user, with the refresh and id tokens that its scopes request. */
function userToken(
  directory: Directory,
  authority: string,
  version: EndpointVersion,
  form: URLSearchParams,
  { resource, scopes }: Target,
  proof: Proof,
): TokenBody {
  const { clientId, clock, registrations, tenantId } = directory;
  const { user } = registrations;
  const body = tokenBody(directory, version, form, resource, { objectId: user.id, clientId, proof, user });
  const refreshToken = newRefreshToken(registrations, scopes, clock.now());
  const permission = version === 'v1' ? 'user_impersonation' : `${resource}/user_impersonation`;
  const clientInfo = JSON.stringify({ uid: user.id, utid: tenantId });
  return {
    ...body,
    scope: permission,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(scopes.includes('openid') ? { id_token: idToken(directory, authority, version, form) } : {}),
    ...(form.get('client_info') === '1'
      ? { client_info: Buffer.from(clientInfo).toString('base64url') }
      : {}),
  };
}

/** The id token (OpenID Connect Core section 2). */
function idToken(
  directory: Directory,
  authority: string,
  version: EndpointVersion,
  form: URLSearchParams,
): string {
  const { clientId, clock, registrations, signingKey, tenantId, policy } = directory;
  const { id, name, userPrincipalName } = registrations.user;
  const now = Math.floor(clock.now() / 1000);
  const nonce = registrations.codes.get(form.get('code') ?? '')?.nonce;
  return signJwt(signingKey, {
    aud: clientId,
    iss: version === 'v1' ? `https://sts.windows.net/${tenantId}/` : `${authority}/${tenantId}/v2.0`,
    iat: now,
    nbf: now,
    exp: now + policy.lifetimeSeconds,
    name,
    ...(nonce === undefined ? {} : { nonce }),
    oid: id,
    preferred_username: userPrincipalName,
    sub: id,
    tid: tenantId,
    ver: version === 'v1' ? '1.0' : '2.0',
  });
}

function tokenBody(
  directory: Directory,
  version: EndpointVersion,
  form: URLSearchParams,
  resource: string,
  holder: Holder,
): TokenBody {
  const capabilities = capabilitiesOf(form);
  const asked = { ...holder, ...(capabilities === undefined ? {} : { capabilities }) };
  const { token, notBefore, expiresIn, expiresOn } = issueToken(
    directory,
    resource,
    challengeOf(form),
    asked,
  );
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

/** The claims challenge that a request answers: `{"access_token":{"nbf":{"value":"…"}}}`. */
function challengeOf(form: URLSearchParams): number | undefined {
  const value = requestedClaim(form, 'nbf')?.['value'];
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : undefined;
}

/** The capabilities that the client declares: `{"access_token":{"xms_cc":{"values":["cp1"]}}}`. */
function capabilitiesOf(form: URLSearchParams): readonly string[] | undefined {
  const values = requestedClaim(form, 'xms_cc')?.['values'];
  return Array.isArray(values) && values.some((value) => /^cp1$/i.test(String(value))) ? ['cp1'] : undefined;
}

/** A member of `access_token` in the claims parameter (OpenID Connect Core section 5.5). */
function requestedClaim(form: URLSearchParams, name: string): Readonly<Record<string, unknown>> | undefined {
  const claims = parseJson(form.get('claims') ?? '');
  const requested = isJsonObject(claims) ? claims['access_token'] : undefined;
  const claim = isJsonObject(requested) ? requested[name] : undefined;
  return isJsonObject(claim) ? claim : undefined;
}
