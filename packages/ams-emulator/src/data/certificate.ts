import { createRequire } from 'node:module';

/** A key with a self-signed certificate, both PEM. */
export interface Certificate {
  readonly privateKey: string;
  readonly certificate: string;
}

interface SelfSigned {
  readonly generate: (
    attributes: readonly { readonly name: string; readonly value: string }[],
    options: object,
  ) => Promise<{ readonly private: string; readonly cert: string }>;
}

const load = createRequire(__filename);

/** A new RSA key of 2048 bits with a certificate of ten years for the loopback names. */
export async function generateCertificate(commonName: string): Promise<Certificate> {
  // Loaded on demand: few starts need a certificate.
  const { generate } = load('selfsigned') as SelfSigned;
  const now = Date.now();
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 86_400_000),
    notAfterDate: new Date(now + 10 * 365 * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { privateKey: made.private, certificate: made.cert };
}
