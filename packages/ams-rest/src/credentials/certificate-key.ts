/** Reads a certificate with its private key from PEM, and signs with it. Needs node:crypto. */
import { constants, createHash, createPrivateKey, sign, X509Certificate, type KeyObject } from 'node:crypto';
import type { CertificateFacts } from './certificate-assertion';

/** A certificate, and its private key, which can sign but not be read. */
export interface CertificateKey extends CertificateFacts {
  sign(algorithm: 'PS256' | 'RS256', signingInput: string): Uint8Array;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\w+/=\s]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ((?:RSA |ENCRYPTED )?PRIVATE KEY)-----[\w+/=\s:,-]+?-----END \1-----/;

/**
 * Reads PEM text that holds a certificate and its RSA private key, in any order; further certificates are its chain.
 *
 * For PKCS#12 (`.pfx`, `.p12`) the error gives the command that converts it: Node reads such files only for TLS and does
 * not expose the key.
 *
 * @param passphrase Of the private key, when that is encrypted.
 * @throws TypeError saying what is missing or does not match; it never quotes the text.
 */
export function readCertificate(pem: string | Uint8Array, passphrase?: string): CertificateKey {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
  if (!text.includes('-----BEGIN '))
    throw new TypeError(
      'the certificate is not PEM text; convert a PKCS#12 file (.pfx, .p12) with: openssl pkcs12 -in x.pfx -out x.pem',
    );
  const keyPem = PRIVATE_KEY.exec(text)?.[0];
  if (keyPem === undefined) throw new TypeError('the PEM text has no RSA private key');
  const key = readKey(keyPem, passphrase);
  const certificates = [...text.matchAll(CERTIFICATE)].map(([block]) => readX509(block));
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (!own) throw new TypeError('the PEM text has no certificate that belongs to its private key');
  const chain = [own, ...certificates.filter((certificate) => certificate !== own)];
  const hash = (algorithm: string) => createHash(algorithm).update(own.raw).digest();
  return {
    sha256: hash('sha256'),
    sha1: hash('sha1'),
    chain: chain.map(({ raw }) => raw),
    sign: (algorithm, signingInput) =>
      sign('sha256', Buffer.from(signingInput), { key, ...PADDING[algorithm] }),
  };
}

/** RFC 7518 sections 3.3 and 3.5; the salt is as long as the hash. */
const PADDING = {
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  RS256: { padding: constants.RSA_PKCS1_PADDING },
} as const;

function readKey(pem: string, passphrase: string | undefined): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    throw new TypeError(
      'the private key cannot be read: it is damaged, or its passphrase is missing or wrong',
    );
  }
  if (key.asymmetricKeyType !== 'rsa')
    throw new TypeError('the private key is not an RSA key, the only supported kind');
  return key;
}

function readX509(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new TypeError('a certificate in the PEM text is damaged');
  }
}
