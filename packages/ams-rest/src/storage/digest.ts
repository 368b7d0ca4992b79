/** The digests of Blob Storage. They use node:crypto, because WebCrypto has no MD5. */
import { createHash, createHmac, type Hash } from 'node:crypto';

/**
 * HMAC-SHA256 (RFC 2104) of `text` in UTF-8, as base64.
 *
 * @param key An account key or user delegation key, base64.
 * @throws TypeError when the key is not base64.
 */
export function hmacSha256(key: string, text: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.length % 4 !== 0)
    throw new TypeError('the key is not base64');
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64');
}

/** MD5 (RFC 1321), 16 bytes. Detects accidental changes, not attacks. */
export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}

/** An incremental MD5. */
export function md5Stream(): Hash {
  return createHash('md5');
}
