import { constants, createHash, verify, X509Certificate, type KeyObject } from 'node:crypto';
import type { Directory } from './directory';
import { refuse } from './errors';
import { decodeJwtPart } from './signing';

// The service tolerates clocks that differ by five minutes.
const toleranceSeconds = 300;

/**
 * Checks the JWT that authenticates a client. Throws TokenError. Sources: "Application authentication certificate
 * credentials", "Workload identity federation"; RFC 7523.
 */
export function checkAssertion(directory: Directory, authority: string, jwt: string): void {
  const [header = '', payload = '', signature = '', ...rest] = jwt.split('.');
  const [head, claims] = [decodeJwtPart(header), decodeJwtPart(payload)];
  if (head === undefined || claims === undefined || signature === '' || rest.length > 0) {
    throw refuse.malformedAssertion('The client assertion is not a well-formed JWT.');
  }
  const isSigned = (key: KeyObject): boolean =>
    verifySignature(String(head['alg']), key, `${header}.${payload}`, signature);
  if (claims['iss'] === directory.clientId) checkOwn(directory, authority, head, claims, isSigned);
  else checkFederated(directory, claims, isSigned);
  checkTime(directory, claims);
}

type Claims = Readonly<Record<string, unknown>>;
type IsSigned = (key: KeyObject) => boolean;

/** An assertion that the client signed itself, with the key of one of its certificates. */
function checkOwn(
  directory: Directory,
  authority: string,
  head: Claims,
  claims: Claims,
  isSigned: IsSigned,
): void {
  const { clientId } = directory;
  if (!/^(PS256|RS256|RS384|RS512)$/.test(String(head['alg']))) {
    throw refuse.forbiddenAlgorithm('The algorithm of the client assertion is not allowed.');
  }
  const certificate = findCertificate(directory, head);
  if (!isSigned(certificate.publicKey)) {
    throw refuse.unknownKey('Client assertion failed signature validation.');
  }
  if (claims['sub'] !== clientId) {
    throw refuse.foreignSubject(
      "The subject of the client assertion must match its issuer, the 'client_id'.",
    );
  }
  if (!audiences(directory, authority).includes(String(claims['aud']).toLowerCase())) {
    throw refuse.failedAssertion("The audience ('aud') of the client assertion is not this token endpoint.");
  }
}

function findCertificate({ registrations }: Directory, head: Claims): X509Certificate {
  const names = [head['x5t#S256'], head['x5t'], head['kid']].filter((name) => typeof name === 'string');
  if (names.length === 0) {
    throw refuse.unnamedCertificate(
      'The client assertion must name its certificate by SHA-256 or SHA-1 thumbprint or key id.',
    );
  }
  const thumbprints = (certificate: X509Certificate): readonly string[] =>
    ['sha256', 'sha1'].map((algorithm) => createHash(algorithm).update(certificate.raw).digest('base64url'));
  const isNamed = (certificate: X509Certificate): boolean =>
    names.every((name) => thumbprints(certificate).includes(name));
  const sent = sentCertificate(head);
  const trusted =
    sent !== undefined &&
    registrations.trustedSubjects.some(({ subject, issuer }) => {
      return sent.subject === subject && sent.checkIssued(issuer) && sent.verify(issuer.publicKey);
    });
  const certificate = [...registrations.certificates, ...(trusted ? [sent] : [])].find(isNamed);
  if (certificate !== undefined) return certificate;
  if (sent !== undefined && registrations.trustedSubjects.length > 0) {
    throw refuse.untrustedSubject('The certificate is not of a trusted subject name and issuer.');
  }
  throw refuse.unknownKey('The certificate with the thumbprint in the client assertion is not registered.');
}

/** The first certificate of `x5c`: standard base64 of DER, without the lines of PEM. */
function sentCertificate(head: Claims): X509Certificate | undefined {
  const first: unknown = Array.isArray(head['x5c']) ? head['x5c'][0] : undefined;
  if (typeof first !== 'string' || !/^[\w+/]+={0,2}$/.test(first)) return undefined;
  try {
    return new X509Certificate(Buffer.from(first, 'base64'));
  } catch {
    return undefined;
  }
}

/** The token endpoints and issuers of both versions, by every name that the tenant and the service have. */
function audiences({ tenantId, tenantDomain }: Directory, authority: string): readonly string[] {
  // A proxy may send clients here that use the address of the original service.
  const hosts = [authority, 'https://login.microsoftonline.com'];
  const urls = hosts.flatMap((host) =>
    [tenantId, tenantDomain].flatMap((tenant) =>
      ['oauth2/token', 'oauth2/v2.0/token', 'v2.0'].map((path) => `${host}/${tenant}/${path}`),
    ),
  );
  return [...urls, `https://sts.windows.net/${tenantId}/`].map((url) => url.toLowerCase());
}

/** Checks an assertion of another identity provider. Issuer, subject and audience are case-sensitive. */
function checkFederated({ clientId, registrations }: Directory, claims: Claims, isSigned: IsSigned): void {
  const all = registrations.federatedCredentials;
  if (all.length === 0) {
    throw refuse.foreignIssuer(`The issuer of the client assertion must be the client, '${clientId}'.`);
  }
  const ofIssuer = all.filter(({ issuer }) => issuer === claims['iss']);
  if (ofIssuer.length === 0) {
    throw refuse.noFederatedIssuer(
      'No matching federated identity record found for presented assertion issuer.',
    );
  }
  const ofSubject = ofIssuer.filter(({ subject }) => subject === claims['sub']);
  if (ofSubject.length === 0) {
    const sent = String(claims['sub']).toLowerCase();
    if (ofIssuer.some(({ subject }) => subject.toLowerCase() === sent)) {
      throw refuse.otherCaseOfSubject(
        'No matching federated identity record found for presented assertion subject. The subject matches with ' +
          'case-insensitive comparison, but not with case-sensitive comparison.',
      );
    }
    throw refuse.noFederatedSubject(
      'No matching federated identity record found for presented assertion subject.',
    );
  }
  const ofAudience = ofSubject.filter(({ audience }) => [claims['aud']].flat().includes(audience));
  if (ofAudience.length === 0) {
    throw refuse.noFederatedAudience(
      'No matching federated identity record found for presented assertion audience.',
    );
  }
  if (!ofAudience.some(({ publicKey }) => isSigned(publicKey))) {
    throw refuse.unknownKey('Client assertion failed signature validation.');
  }
}

function checkTime({ clock }: Directory, { nbf, exp }: Claims): void {
  const now = clock.now() / 1000;
  const isTimely =
    typeof exp === 'number' &&
    exp > now - toleranceSeconds &&
    (nbf === undefined || (typeof nbf === 'number' && nbf <= now + toleranceSeconds));
  if (isTimely) return;
  throw refuse.untimelyAssertion(
    'Client assertion is not within its valid time range. ' +
      `Current time: ${new Date(clock.now()).toISOString()}, assertion valid from ${showTime(nbf)}, ` +
      `expiry time of assertion ${showTime(exp)}.`,
  );
}

function showTime(seconds: unknown): string {
  return typeof seconds === 'number' && Math.abs(seconds) < 8e12
    ? new Date(seconds * 1000).toISOString()
    : '(none)';
}

function verifySignature(algorithm: string, key: KeyObject, input: string, signature: string): boolean {
  const bits = algorithm.slice(2);
  const padding = algorithm.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };
  if (!/^[PR]S(256|384|512)$/.test(algorithm)) return false;
  return verify(`sha${bits}`, Buffer.from(input), { key, ...padding }, Buffer.from(signature, 'base64url'));
}
