/** Entries of the token store: a key that reveals nothing, and a value that may be encrypted. */

/** `ams-rest:token:` and a SHA-256, so that keys reveal no client or resource. */
export async function storeKey(parts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(JSON.stringify(parts)));
  return `ams-rest:token:${Buffer.from(digest).toString('base64url')}`;
}

const NONCE_BYTES = 12;
const SEALED = 'A256GCM.';

/**
 * Encrypts `text` with AES-256-GCM and a new nonce; without a secret, returns it unchanged.
 *
 * The entry's key is authenticated too, so that an entry copied to another key cannot be decrypted there.
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
 * Decrypts what `encryptEntry` returned.
 *
 * @throws Error when the value is not text, is not encrypted although a secret is given, or cannot be decrypted with it.
 */
export async function decryptEntry(value: unknown, key: string, secret?: Uint8Array): Promise<string> {
  if (typeof value !== 'string') throw new Error('the entry is not text');
  if (!secret) return value;
  if (!value.startsWith(SEALED)) throw new Error('the entry is not encrypted');
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
