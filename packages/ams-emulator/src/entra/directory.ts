import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock';
import { opaque, signJwt, verifyJwt, type Claims, type SigningKey } from './signing';

/** One tenant with one application that has a secret and is Contributor of the media account. */
export interface Directory {
  readonly tenantId: string;
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Object id of the application's service principal, the `oid` and `sub` of its tokens. */
  readonly principalId: string;
  readonly tokenLifetimeSeconds: number;
  readonly signingKey: SigningKey;
  readonly clock: Clock;
}

export const mediaResource = 'https://rest.media.azure.net';

/** The APIs that have a service principal in the tenant. The text is compared literally. */
export const resources: readonly string[] = [
  mediaResource,
  'https://management.azure.com/',
  'https://storage.azure.com/',
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

/** An app-only access token of version 1.0, the version that Media Services gets from both endpoints. */
export function issueToken(directory: Directory, resource: string): IssuedToken {
  const now = Math.floor(directory.clock.now() / 1000);
  const notBefore = now - backdatingSeconds;
  const expiresOn = now + directory.tokenLifetimeSeconds + 1;
  const issuer = `https://sts.windows.net/${directory.tenantId}/`;
  const token = signJwt(directory.signingKey, {
    aud: resource,
    iss: issuer,
    iat: notBefore,
    nbf: notBefore,
    exp: expiresOn,
    aio: opaque(33),
    appid: directory.clientId,
    appidacr: '1',
    idp: issuer,
    idtyp: 'app',
    oid: directory.principalId,
    rh: `1.${opaque(18)}.`,
    sub: directory.principalId,
    tid: directory.tenantId,
    uti: opaque(16),
    ver: '1.0',
  });
  return { token, notBefore, expiresOn, expiresIn: directory.tokenLifetimeSeconds };
}

/** What the Media Services root thinks of an Authorization header: undefined when it opens the door. */
export function refuseAuthorization(directory: Directory, header: string | undefined): string | undefined {
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(header ?? '')?.[1];
  if (token === undefined) return 'The Authorization header is missing or malformed.';
  const claims = verifyJwt(directory.signingKey, token);
  if (claims === undefined) return 'The access token is invalid.';
  return refuseClaims(directory, claims);
}

function refuseClaims(directory: Directory, claims: Claims): string | undefined {
  const { aud, nbf, exp, oid, tid } = claims;
  const now = directory.clock.now() / 1000;
  if (tid !== directory.tenantId || aud !== mediaResource) return 'The access token is invalid.';
  if (typeof nbf !== 'number' || typeof exp !== 'number' || now < nbf) return 'The access token is invalid.';
  if (now >= exp) return 'The access token has expired.';
  if (oid !== directory.principalId) return 'The caller is not a Contributor or Owner of the account.';
  return undefined;
}

/** A new directory around the given values. */
export function createDirectory(values: Omit<Directory, 'principalId'>): Directory {
  return { ...values, principalId: randomUUID() };
}
