/**
 * The JWT with which a client proves that it holds a certificate's private key, up to the signature. All pure.
 *
 * Source: "Microsoft identity platform application authentication certificate credentials"; RFC 7515, RFC 7523.
 */

export interface CertificateAssertionOptions {
  /** Default `PS256` (RSASSA-PSS with SHA-256); `RS256` for older servers. */
  readonly algorithm?: 'PS256' | 'RS256';
  /** How the certificate is named: by its SHA-256 (default) or, for older servers such as AD FS, its SHA-1. */
  readonly thumbprint?: 'x5t#S256' | 'x5t';
  /** Also sends the certificate chain, for subject name and issuer authentication; default false. */
  readonly sendCertificateChain?: boolean;
}

/** What an assertion says about its certificate. */
export interface CertificateFacts {
  /** SHA-256 of the DER certificate: 32 bytes, not their hexadecimal text. */
  readonly sha256: Uint8Array;
  /** SHA-1 of the DER certificate: 20 bytes. */
  readonly sha1: Uint8Array;
  /** DER, the client's own first. */
  readonly chain: readonly Uint8Array[];
}

/** The values that make each assertion unique. */
export interface AssertionMoment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Never used before. */
  readonly jwtId: string;
}

const LIFETIME_SECONDS = 600;
/** The service allows about five minutes of clock skew. Backdating allows as much for a fast clock. */
const BACKDATED_SECONDS = 300;

/** The header: algorithm and which certificate. */
export function certificateAssertionHeader(
  certificate: CertificateFacts,
  options: CertificateAssertionOptions = {},
): Record<string, unknown> {
  const { algorithm = 'PS256', thumbprint = 'x5t#S256', sendCertificateChain = false } = options;
  const digest = thumbprint === 'x5t' ? certificate.sha1 : certificate.sha256;
  return {
    alg: algorithm,
    typ: 'JWT',
    [thumbprint]: base64url(digest),
    // Plain base64, as RFC 7515 section 4.1.6 has it, unlike everything else in a JWT.
    ...(sendCertificateChain && { x5c: certificate.chain.map((der) => Buffer.from(der).toString('base64')) }),
  };
}

/** The claims: issuer and subject are the client, and the only audience is the token endpoint. */
export function certificateAssertionClaims(
  clientId: string,
  audience: string,
  { now, jwtId }: AssertionMoment,
): Record<string, unknown> {
  const seconds = Math.floor(now / 1000);
  return {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: jwtId,
    nbf: seconds - BACKDATED_SECONDS,
    exp: seconds + LIFETIME_SECONDS,
  };
}

/** The ASCII text that is signed (RFC 7515 section 5.1); the JWT is this, a dot, and the signature in base64url. */
export function assertionSigningInput(header: object, claims: object): string {
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
}

/** Base64 with the URL alphabet and no padding (RFC 7515 section 2). */
export function base64url(value: string | Uint8Array): string {
  return (typeof value === 'string' ? Buffer.from(value) : Buffer.from(value)).toString('base64url');
}
