import { checkAssertion } from './client-assertion';
import { isSecret, type Directory } from './directory';
import { refuse } from './errors';
import { printable } from './form';

export interface Client {
  readonly id: string | undefined;
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
}

/** Client id and secret from the form or from HTTP Basic, where both are form-encoded first (RFC 6749 2.3.1). */
export function readClient(form: URLSearchParams, authorization: string | undefined): Client {
  const basic = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  const [id, secret, assertion] = ['client_id', 'client_secret', 'client_assertion'].map(
    (name) => form.get(name) ?? '',
  );
  const inForm = { id: id || undefined, secret: secret || undefined, assertion: assertion || undefined };
  if (basic === undefined) return inForm;
  if (inForm.secret !== undefined || inForm.assertion !== undefined) {
    throw refuse.malformedRequest('The client credential must be sent in one place: the header or the body.');
  }
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw refuse.malformedRequest('The Authorization header is malformed.');
  const decoded = (part: string): string => new URLSearchParams(`x=${part}`).get('x') ?? '';
  const headerId = decoded(text.slice(0, colon));
  if (inForm.id !== undefined && inForm.id !== headerId) {
    throw refuse.malformedRequest('The client_id of the header is not that of the body.');
  }
  return { id: headerId, secret: decoded(text.slice(colon + 1)), assertion: undefined };
}

/** Throws TokenError for an unknown application. */
export function checkClientId(directory: Directory, id: string | undefined): void {
  if (id?.toLowerCase() === directory.clientId.toLowerCase()) return;
  throw refuse.unknownClient(
    `Application with identifier '${printable(id ?? '')}' was not found in the directory ` +
      `'${directory.tenantDomain}'. You may have sent your authentication request to the wrong tenant.`,
  );
}

/** Client authentication as in the claim `appidacr`: 0 none, 1 secret, 2 assertion. */
export type Proof = '0' | '1' | '2';

/** Authenticates a confidential client. Throws TokenError. */
export function checkConfidential(
  directory: Directory,
  authority: string,
  client: Client,
  form: URLSearchParams,
): Proof {
  checkClientId(directory, client.id);
  if (client.assertion !== undefined) {
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
      throw refuse.missingParameter(
        "The request body must contain the following parameter: 'client_assertion_type'.",
      );
    }
    checkAssertion(directory, authority, client.assertion);
    return '2';
  }
  if (client.secret === undefined) {
    throw refuse.noCredential(
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  if (!isSecret(directory, client.secret)) {
    throw refuse.wrongSecret(
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, ' +
        `not the client secret ID, for a secret added to app '${directory.clientId}'.`,
    );
  }
  return '1';
}

/** Public clients cannot keep a secret and must not send one. */
export function checkPublic(directory: Directory, client: Client): Proof {
  checkClientId(directory, client.id);
  if (client.secret === undefined && client.assertion === undefined) return '0';
  throw refuse.credentialOfPublicClient(
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  );
}
