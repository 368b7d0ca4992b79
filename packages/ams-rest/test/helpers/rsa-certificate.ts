/** Self-signed RSA certificates for client assertions, made anew for each run. */
import { createPrivateKey } from 'node:crypto';
import { generate } from 'selfsigned';

export interface RsaCertificate {
  readonly cert: string;
  readonly key: string;
  /** Both in one text. */
  readonly pem: string;
  /** The same with the key encrypted. */
  encrypted(passphrase: string): string;
}

/** @param issuer Signs it; default itself. */
export async function rsaCertificate(commonName: string, issuer?: RsaCertificate): Promise<RsaCertificate> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true }],
    ...(issuer && { ca: { key: issuer.key, cert: issuer.cert } }),
  });
  return {
    cert: made.cert,
    key: made.private,
    pem: `${made.private}\n${made.cert}`,
    encrypted(passphrase) {
      const key = createPrivateKey(made.private);
      const pem = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase });
      return `${made.cert}\n${pem.toString()}`;
    },
  };
}
