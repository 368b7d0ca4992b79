/** An error of the token service: OAuth error, AADSTS number and text. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  constructor(
    readonly status: number,
    readonly error: string,
    /** 0 for errors without a number. */
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const make =
  (status: number, error: string, code: number) =>
  (message: string): TokenError =>
    new TokenError(status, error, code, message);

/** The errors of this token service, named by their cause. Numbers: "Microsoft Entra error codes". */
export const refuse = {
  unknownTenant: make(400, 'invalid_request', 90002),
  malformedTenant: make(400, 'invalid_request', 900023),
  tenantlessAuthority: make(400, 'invalid_request', 50059),
  missingParameter: make(400, 'invalid_request', 900144),
  notPost: make(400, 'invalid_request', 900561),
  malformedRequest: make(400, 'invalid_request', 9002313),
  resourceOnV2: make(400, 'invalid_request', 901002),
  unknownClient: make(400, 'unauthorized_client', 700016),
  wrongSecret: make(401, 'invalid_client', 7000215),
  noCredential: make(401, 'invalid_client', 7000218),
  credentialOfPublicClient: make(401, 'invalid_client', 700025),
  unknownGrant: make(400, 'unsupported_grant_type', 70003),
  unknownResource: make(400, 'invalid_resource', 500011),
  malformedScope: make(400, 'invalid_scope', 70011),
  scopeWithoutDefault: make(400, 'invalid_scope', 1002012),
  unknownHost: make(400, 'invalid_instance', 50049),
  // Client assertions.
  malformedAssertion: make(401, 'invalid_client', 50027),
  unknownKey: make(401, 'invalid_client', 700027),
  untimelyAssertion: make(401, 'invalid_client', 700024),
  foreignIssuer: make(401, 'invalid_client', 700021),
  foreignSubject: make(401, 'invalid_client', 50048),
  failedAssertion: make(401, 'invalid_client', 50012),
  unnamedCertificate: make(401, 'invalid_client', 5002723),
  forbiddenAlgorithm: make(401, 'invalid_client', 5002738),
  untrustedSubject: make(401, 'invalid_client', 700030),
  noFederatedIssuer: make(401, 'invalid_client', 700211),
  noFederatedAudience: make(401, 'invalid_client', 700212),
  noFederatedSubject: make(401, 'invalid_client', 700213),
  otherCaseOfSubject: make(401, 'invalid_client', 7002138),
  // Sign-ins.
  unknownRedirect: make(400, 'invalid_request', 50011),
  otherRedirect: make(400, 'invalid_client', 500112),
  unknownCode: make(400, 'invalid_grant', 70000),
  expiredCode: make(400, 'invalid_grant', 70008),
  usedCode: make(400, 'invalid_grant', 54005),
  wrongVerifier: make(400, 'invalid_grant', 501481),
  inactiveRefreshToken: make(400, 'invalid_grant', 700082),
  revokedRefreshToken: make(400, 'invalid_grant', 50173),
  pending: make(400, 'authorization_pending', 70016),
  slowDown: make(400, 'slow_down', 0),
  declined: make(400, 'authorization_declined', 0),
  unknownDeviceCode: make(400, 'bad_verification_code', 70018),
  expiredDeviceCode: make(400, 'expired_token', 70019),
} as const;
