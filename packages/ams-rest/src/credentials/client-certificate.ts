/** The client credentials grant with a certificate: the private key signs a fresh JWT for each exchange. */
import {
  base64url,
  certificateAssertionClaims,
  certificateAssertionHeader,
  assertionSigningInput,
  type AssertionMoment,
  type CertificateAssertionOptions,
} from './certificate-assertion';
import { readCertificate, type CertificateKey } from './certificate-key';
import { clientAssertionCredential } from './client-assertion';
import type { ClientCredentialsOptions } from '../token/client-credentials';
import type { CachedCredential } from '../token/token-cache';
import type { TokenResponse } from '../token/token-endpoint';

/** The application, and its certificate. */
export interface ClientCertificateOptions extends ClientCredentialsOptions, CertificateAssertionOptions {
  /** PEM text with the certificate and its private key; see `readCertificate`. */
  readonly certificate: string | Uint8Array;
  /** Of the private key, if it is encrypted. */
  readonly passphrase?: string;
}

/** The signed JWT for one exchange. */
export function certificateAssertion(
  key: CertificateKey,
  clientId: string,
  audience: string,
  moment: AssertionMoment,
  options: CertificateAssertionOptions = {},
): string {
  const input = assertionSigningInput(
    certificateAssertionHeader(key, options),
    certificateAssertionClaims(clientId, audience, moment),
  );
  return `${input}.${base64url(key.sign(options.algorithm ?? 'PS256', input))}`;
}

/**
 * A credential that gets and caches tokens with a certificate.
 *
 * @throws TypeError for invalid settings; `getToken` throws what `requestToken` throws.
 */
export function clientCertificateCredential(
  options: ClientCertificateOptions,
): CachedCredential<TokenResponse> {
  const { certificate, passphrase, clientId, now = Date.now } = options;
  const key = readCertificate(certificate, passphrase);
  return clientAssertionCredential({
    ...options,
    assertion: ({ audience }) =>
      certificateAssertion(key, clientId, audience, { now: now(), jwtId: crypto.randomUUID() }, options),
  });
}
