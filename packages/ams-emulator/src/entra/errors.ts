/** An answer of the token service that is not a token: the OAuth error, the AADSTS number and its words. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  constructor(
    readonly status: number,
    readonly error: string,
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

/** The failures that this token service knows, named by what is wrong. Numbers: "Microsoft Entra error codes". */
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
  unsupportedAssertion: make(401, 'invalid_client', 700027),
  unknownGrant: make(400, 'unsupported_grant_type', 70003),
  unknownResource: make(400, 'invalid_resource', 500011),
  malformedScope: make(400, 'invalid_scope', 70011),
  scopeWithoutDefault: make(400, 'invalid_scope', 1002012),
  unknownHost: make(400, 'invalid_instance', 50049),
} as const;
