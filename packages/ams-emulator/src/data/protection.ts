import {
  constants,
  createPrivateKey,
  privateDecrypt,
  publicEncrypt,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateCertificate, type Certificate } from './certificate';

/** The certificate with which clients encrypt content keys for the service. */
export interface ProtectionKey {
  /** SHA-1 thumbprint in upper-case hex, the ProtectionKeyId. */
  readonly thumbprint: string;
  /** DER of the certificate in base64. */
  readonly certificate: string;
  /** The decrypted bytes; undefined if the text was not encrypted for this key. */
  decrypt(base64: string): Buffer | undefined;
}

/** Returns the key, created at its first use and stored in the data folder, if there is one. */
export function protectionKeySource(folder: string | undefined): () => Promise<ProtectionKey> {
  let key: Promise<ProtectionKey> | undefined;
  return () => (key ??= readOrMake(folder).then(protectionKey));
}

async function readOrMake(folder: string | undefined): Promise<Certificate> {
  const file = folder === undefined ? undefined : join(folder, 'protection-key.json');
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Certificate;
  const made = await generateCertificate('Content key protection');
  if (file !== undefined) writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

function protectionKey(pem: Certificate): ProtectionKey {
  const certificate = new X509Certificate(pem.certificate);
  const privateKey = createPrivateKey(pem.privateKey);
  return {
    thumbprint: certificate.fingerprint.replaceAll(':', ''),
    certificate: certificate.raw.toString('base64'),
    decrypt: (base64) => decrypt(privateKey, base64),
  };
}

// .NET's RSACryptoServiceProvider, which clients used, pads with OAEP over SHA-1.
const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' } as const;

function decrypt(key: KeyObject, base64: string): Buffer | undefined {
  try {
    return privateDecrypt({ key, ...padding }, Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}

/** Encrypts for the owner of a certificate (DER in base64); undefined if it is not an RSA certificate. */
export function encryptFor(certificate: string, clear: Buffer): string | undefined {
  try {
    const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'));
    return publicEncrypt({ key: publicKey, ...padding }, clear).toString('base64');
  } catch {
    return undefined;
  }
}
