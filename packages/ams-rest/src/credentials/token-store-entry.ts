/** What an entry of the token store looks like from outside: a key that tells nothing, a value that may be sealed. */

/** `ams-rest:token:` and the SHA-256 of what the token is for, so that the store's keys name nobody. */
export async function storeKey(parts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(JSON.stringify(parts)));
  return `ams-rest:token:${Buffer.from(digest).toString('base64url')}`;
}

const NONCE_BYTES = 12;
const SEALED = 'A256GCM.';

/**
 * Seals `text` with AES-256-GCM under a fresh nonce; without a key, gives it as it is.
 *
 * The entry's own key is authenticated too, so that an entry moved to another key does not open there.
 */
export async function encryptEntry(text: string, key: string, secret?: Uint8Array): Promise<string> {
  if (!secret) return text;
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: Buffer.from(key) },
    await importKey(secret, 'encrypt'),
    Buffer.from(text),
  );
  return SEALED + Buffer.concat([iv, Buffer.from(sealed)]).toString('base64url');
}

/**
 * Opens what `encryptEntry` sealed.
 *
 * @throws Error when the value is no text, was sealed with another key or changed, or is not sealed though it should be.
 */
export async function decryptEntry(value: unknown, key: string, secret?: Uint8Array): Promise<string> {
  if (typeof value !== 'string') throw new Error('the entry is no text');
  if (!secret) return value;
  if (!value.startsWith(SEALED)) throw new Error('the entry is not sealed');
  const bytes = Buffer.from(value.slice(SEALED.length), 'base64url');
  const opened = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: bytes.subarray(0, NONCE_BYTES), additionalData: Buffer.from(key) },
    await importKey(secret, 'decrypt'),
    bytes.subarray(NONCE_BYTES),
  );
  return Buffer.from(opened).toString('utf8');
}

function importKey(secret: Uint8Array, usage: 'encrypt' | 'decrypt') {
  // Only the DOM's types mind that bytes could lie in shared memory.
  const bytes = secret as Uint8Array & { buffer: ArrayBuffer };
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [usage]);
}
