import { createHash, createPublicKey, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { isJsonObject, parseJson } from '../json';

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Key id, also written as `x5t` in tokens, as the real service does. */
  readonly kid: string;
}

/** The signing key for an RSA private key. */
export function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { privateKey, publicKey, kid: createHash('sha1').update(der).digest('base64url') };
}

/** The public half as one entry of a JWK set (RFC 7517). */
export function jwk({ publicKey, kid }: SigningKey): Record<string, unknown> {
  const { n, e } = publicKey.export({ format: 'jwk' });
  return { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e };
}

export type Claims = Readonly<Record<string, string | number | readonly string[]>>;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed JWT (RFC 7519, RS256). */
export function signJwt(key: SigningKey, claims: Claims): string {
  const signed = `${encode({ typ: 'JWT', alg: 'RS256', x5t: key.kid, kid: key.kid })}.${encode(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

/** The claims of a JWT signed by this key; undefined for any other text. */
export function verifyJwt(key: SigningKey, token: string): Claims | undefined {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0) return undefined;
  if (decodeJwtPart(header)?.['alg'] !== 'RS256') return undefined;
  const bytes = Buffer.from(signature, 'base64url');
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key.publicKey, bytes)) return undefined;
  return decodeJwtPart(payload);
}

/** Header or claims of a JWT; undefined if they are not a JSON object. */
export function decodeJwtPart(part: string): Claims | undefined {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return isJsonObject(value) ? (value as Claims) : undefined;
}

/** Opaque text for claims that only the issuer reads. */
export const opaque = (bytes: number): string => randomBytes(bytes).toString('base64url');
