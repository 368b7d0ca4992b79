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
  readonly policy: TokenPolicy;
  readonly registrations: Registrations;
  readonly signingKey: SigningKey;
  readonly clock: Clock;
}

/** What the control API may change about tokens; times in seconds since 1970. */
export interface TokenPolicy {
  lifetimeSeconds: number;
  /** Tokens issued until then are refused. */
  revokedThrough: number | undefined;
  /** The REST API wants tokens that were asked for with this claim. */
  challenge: number | undefined;
}

export const mediaResource = 'https://rest.media.azure.net';

/** The APIs that have a service principal in the tenant. The text is compared literally. */
export const resources: readonly string[] = [
  mediaResource,
  'https://management.azure.com/',
  // What the scope https://management.azure.com/.default asks for.
  'https://management.azure.com',
  'https://storage.azure.com/',
  'https://storage.azure.com',
];

/** Whether a tenant's guid or domain names this directory. */
export function isTenant(directory: Directory, name: string): boolean {
  const wanted = name.toLowerCase();
  return wanted === directory.tenantId.toLowerCase() || wanted === directory.tenantDomain.toLowerCase();
}

/** Whether the text is the client's secret, taking the same time for every wrong text. */
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

// A token is valid from five minutes before it was issued, against clocks that run behind.
const backdatingSeconds = 300;

/** Who a token speaks for. */
export interface Holder {
  /** Of the application's or identity's service principal, or of the person. */
  readonly objectId: string;
  readonly clientId: string;
  /** How the client proved itself: 0 not at all, 1 by secret, 2 by assertion. */
  readonly proof: '0' | '1' | '2';
  /** The person on whose behalf the client asks. */
  readonly user?: User;
  readonly capabilities?: readonly string[];
}

/** An access token of version 1.0, the version that Media Services gets from both endpoints. */
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

/** Why a request is not let in; `challenge` is the value of a WWW-Authenticate header. */
export interface Refusal {
  readonly message: string;
  readonly challenge?: string;
}

const invalid: Refusal = { message: 'The access token is invalid.' };

/**
 * What the Media Services root thinks of an Authorization header: undefined when it opens the door.
 *
 * `isContributor` tells whether the object id has a role that does.
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
