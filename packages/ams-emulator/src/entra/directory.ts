import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock';
import type { Registrations, User } from './registrations';
import { opaque, signJwt, verifyJwt, type Claims, type SigningKey } from './signing';

/** One tenant with one application that has a secret and is Contributor of the media account. */
export interface Directory {
  readonly tenantId: string;
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Object id of the application's service principal, the `oid` and `sub` of its tokens. */
  readonly principalId: string;
  /** The APIs with a service principal in the tenant. Names are compared literally. */
  readonly resources: readonly string[];
  readonly policy: TokenPolicy;
  readonly registrations: Registrations;
  readonly signingKey: SigningKey;
  readonly clock: Clock;
}

/** Token settings that the control API may change. Times in seconds since 1970. */
export interface TokenPolicy {
  lifetimeSeconds: number;
  /** Tokens issued up to this time are refused. */
  revokedThrough: number | undefined;
  /** The REST API accepts only tokens requested with this claim. */
  challenge: number | undefined;
}

export const mediaResource = 'https://rest.media.azure.net';

/** Both names of Resource Manager. The scope `X/.default` asks for a resource without its final slash. */
export const managementResources: readonly string[] = [
  'https://management.azure.com/',
  'https://management.azure.com',
  'https://management.core.windows.net/',
  'https://management.core.windows.net',
];

/** The APIs of Azure that every emulator issues tokens for. */
export const azureResources: readonly string[] = [
  mediaResource,
  ...managementResources,
  'https://storage.azure.com/',
  'https://storage.azure.com',
];

/** Whether a tenant's guid or domain names this directory. */
export function isTenant(directory: Directory, name: string): boolean {
  const wanted = name.toLowerCase();
  return wanted === directory.tenantId.toLowerCase() || wanted === directory.tenantDomain.toLowerCase();
}

/** Whether the text is the client's secret, compared in constant time. */
export function isSecret(directory: Directory, text: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(text), digest(directory.clientSecret));
}

export interface IssuedToken {
  readonly token: string;
  readonly notBefore: number;
  readonly expiresOn: number;
  readonly expiresIn: number;
}

// A token is valid from five minutes before its issue, to tolerate slow clocks.
const backdatingSeconds = 300;

/** The subject of a token. */
export interface Holder {
  /** Of the application's or identity's service principal, or of the person. */
  readonly objectId: string;
  readonly clientId: string;
  /** Client authentication: 0 none, 1 secret, 2 assertion. */
  readonly proof: '0' | '1' | '2';
  /** The person on whose behalf the client asks. */
  readonly user?: User;
  readonly capabilities?: readonly string[];
}

/** An access token of version 1.0, which both endpoints issue for Media Services. */
export function issueToken(
  directory: Directory,
  resource: string,
  challenge: number | undefined,
  holder: Holder,
): IssuedToken {
  const now = Math.floor(directory.clock.now() / 1000);
  const { lifetimeSeconds } = directory.policy;
  const notBefore = now - backdatingSeconds;
  const expiresOn = now + lifetimeSeconds + 1;
  const issuer = `https://sts.windows.net/${directory.tenantId}/`;
  const token = signJwt(directory.signingKey, {
    aud: resource,
    iss: issuer,
    iat: notBefore,
    nbf: notBefore,
    exp: expiresOn,
    aio: opaque(33),
    appid: holder.clientId,
    appidacr: holder.proof,
    ...(holder.user === undefined ? { idp: issuer, idtyp: 'app' } : claimsOfPerson(holder.user)),
    oid: holder.objectId,
    rh: `1.${opaque(18)}.`,
    sub: holder.objectId,
    tid: directory.tenantId,
    ...(holder.capabilities === undefined ? {} : { xms_cc: holder.capabilities }),
    uti: opaque(16),
    ver: '1.0',
    // Whole seconds of the issue itself, and the challenge that the token answers: for the control API.
    emu_issued: now,
    ...(challenge === undefined ? {} : { emu_challenge: challenge }),
  });
  return { token, notBefore, expiresOn, expiresIn: lifetimeSeconds };
}

/** A person's token says what the client may do for them (`scp`), and not `idp`, as the directory is their own. */
function claimsOfPerson({ name, userPrincipalName }: User): Claims {
  return {
    acr: '1',
    amr: ['pwd'],
    name,
    scp: 'user_impersonation',
    unique_name: userPrincipalName,
    upn: userPrincipalName,
  };
}

/** Why a request is refused; `challenge` is the value of a WWW-Authenticate header. */
export interface Refusal {
  readonly message: string;
  readonly challenge?: string;
}

const invalid: Refusal = { message: 'The access token is invalid.' };

/**
 * Why the REST API refuses an Authorization header; undefined if it accepts it.
 *
 * `isContributor` says whether an object id has a role that gives access.
 */
export function refuseAuthorization(
  directory: Directory,
  header: string | undefined,
  isContributor: (objectId: string) => boolean,
): Refusal | undefined {
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(header ?? '')?.[1];
  if (token === undefined) return { message: 'The Authorization header is missing or malformed.' };
  const claims = verifyJwt(directory.signingKey, token);
  return claims === undefined
    ? invalid
    : (refuseClaims(directory, claims, isContributor) ?? refuseByPolicy(directory, claims));
}

function refuseClaims(
  directory: Directory,
  claims: Claims,
  isContributor: (objectId: string) => boolean,
): Refusal | undefined {
  const { aud, nbf, exp, oid, tid } = claims;
  const now = directory.clock.now() / 1000;
  if (tid !== directory.tenantId || aud !== mediaResource) return invalid;
  if (typeof nbf !== 'number' || typeof exp !== 'number' || now < nbf) return invalid;
  if (now >= exp) return { message: 'The access token has expired.' };
  if (typeof oid !== 'string' || !isContributor(oid))
    return { message: 'The caller is not a Contributor or Owner of the account.' };
  return undefined;
}

/** Source: "Claims challenges, claims requests and client capabilities" of the Microsoft identity platform. */
function refuseByPolicy({ policy }: Directory, claims: Claims): Refusal | undefined {
  const { revokedThrough, challenge } = policy;
  if (revokedThrough !== undefined && Number(claims['emu_issued']) <= revokedThrough) return invalid;
  if (challenge === undefined || Number(claims['emu_challenge']) >= challenge) return undefined;
  const wanted = { access_token: { nbf: { essential: true, value: String(challenge) } } };
  const encoded = Buffer.from(JSON.stringify(wanted)).toString('base64');
  return {
    message: 'The access token lacks a claim that is needed now.',
    challenge:
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
      `error="insufficient_claims", claims="${encoded}"`,
  };
}
