/** A certificate authority and what it signed, made anew for each test run: nothing to expire, nothing to leak. */
import { generate } from 'selfsigned';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** What a client has to trust. */
  readonly ca: string;
  /** For `localhost` and `127.0.0.1`. */
  readonly server: KeyPair;
  /** For mutual TLS; its common name is `ams-client`. */
  readonly client: KeyPair;
}

export async function makeCertificates(): Promise<Certificates> {
  const authority = await generate([{ name: 'commonName', value: 'Test CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true },
    ],
  });
  const issue = async (commonName: string): Promise<KeyPair> => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: commonName }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { key: authority.private, cert: authority.cert },
      extensions: [
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ],
    });
    return { key, cert };
  };
  return { ca: authority.cert, server: await issue('localhost'), client: await issue('ams-client') };
}
