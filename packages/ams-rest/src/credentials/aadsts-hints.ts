/**
 * Advice for errors of the token endpoint.
 *
 * For display only: programs should branch on `error`, because Microsoft may change the numbers. Source:
 * "Microsoft Entra authentication and authorization error codes".
 */
import { parseDate } from '../http/messages';
import type { TokenRefusal } from '../token/token-endpoint';

const WRONG_CLIENT = 'no such application in this directory: check the client id and the tenant';
const MALFORMED = 'the request is malformed: check the settings for stray quotes and line ends';
const ONE_RESOURCE = 'a request may name one resource only';
const NO_TENANT = 'a service needs its own tenant here, not common, organizations or consumers';
const OTHER_CLOUD = 'the directory belongs to another cloud: use that cloud’s authority host';
const NO_FEDERATION =
  'no federated credential of the application matches: compare issuer, subject and audience exactly; ' +
  'a new one takes a few minutes to work';
const LETTER_CASE =
  'the federated credential differs only in capital letters: compare issuer, subject and audience with those of the token';
const SIGN_IN_AGAIN = 'the sign-in has expired or was revoked: sign in again';
const TRANSIENT = 'the service has a temporary problem: try again later';

/** Advice for a refusal of the token endpoint, by AADSTS number. */
export const AADSTS_HINTS: Readonly<Record<number, string>> = {
  // The client's proof.
  7000215:
    'the client secret is wrong: copy the secret’s value, not its id, and check that nothing was cut off',
  7000222: 'the client secret has expired: create a new one in the app registration',
  7000218:
    'neither a client secret nor an assertion was sent; an app without either must be marked as a public client',
  700025: 'this application is a public client: leave the secret or assertion out',
  700027: 'the assertion’s key is not registered: upload the certificate, and check which one signs',
  700024:
    'the assertion is expired or not yet valid: check this machine’s clock, and use a new assertion for each request',
  700021: 'the assertion’s issuer must be the client id',
  50048: 'the assertion’s subject must be its issuer, the client id',
  50027: 'the assertion is not a valid JWT',
  50012: 'the assertion was refused: check its audience, which must be the token endpoint, and its signature',
  5002723: 'the assertion does not say which certificate signed it: send x5t#S256 or x5t in its header',
  5002738: 'the assertion’s algorithm is not allowed here: use PS256 instead of RS256, or the reverse',
  700030:
    'the certificate’s subject and issuer are not trusted: check the application’s trusted subject name',
  70021: NO_FEDERATION,
  7002137: LETTER_CASE,
  700211: NO_FEDERATION,
  700212: NO_FEDERATION,
  700213: NO_FEDERATION,
  7002138:
    'the assertion’s subject differs from the federated credential’s in letter case only: create that credential again with the subject exactly as the provider writes it',
  700229: 'a user’s token cannot be a client assertion: use a token of an application or managed identity',
  // The application and the directory.
  7000229:
    'the application has no service principal in this directory: create it, or have an administrator consent',
  500014: 'the resource is disabled in this directory: have an administrator enable its service principal',
  650052:
    'the directory has no service principal for the resource: have an administrator add it or buy the service',
  7000112: 'the application is disabled in this directory: enable its service principal',
  700016: WRONG_CLIENT,
  700011: WRONG_CLIENT,
  70001: WRONG_CLIENT,
  90002: 'no such directory: check the tenant id or domain, and that the authority host is the right cloud',
  900023: 'the tenant is neither a directory id nor a domain',
  9001023: NO_TENANT,
  50194: NO_TENANT,
  50059: NO_TENANT,
  50049: 'the authority host is unknown: check it',
  90038: OTHER_CLOUD,
  900439: OTHER_CLOUD,
  900382: OTHER_CLOUD,
  900432: OTHER_CLOUD,
  100007: 'this application cannot use regional token endpoints: use the global authority host',
  // The request.
  90013: MALFORMED,
  9002313: MALFORMED,
  90014: 'a field of the sign-in is missing: check that no setting is empty',
  900144: 'a required field is missing: check that no setting is empty',
  900561: 'the token endpoint accepts POST only: check whether a proxy changed the request',
  90027: 'this application may not use this version of the token endpoint: try the other one',
  901002: 'the v2 token endpoint takes scope, not resource',
  70003: 'this grant is not supported here',
  50011: 'the redirect URI is not registered: add http://localhost as a mobile and desktop platform',
  500112: 'the redirect URI must be the one that the sign-in started with',
  // The target.
  500011: 'the resource is unknown in this directory: it must match exactly, including a trailing slash',
  50001: 'the resource is unknown or disabled in this directory',
  70011: 'the scope is wrong: it must be one resource followed by /.default',
  1002012: 'a service must ask for the resource followed by /.default',
  28002: ONE_RESOURCE,
  28003: 'the scope is empty',
  700022: ONE_RESOURCE,
  // Policy and consent.
  53003: 'a Conditional Access policy blocks this application: ask its owner',
  530035: 'the directory’s security defaults block this: ask its administrator',
  50105: 'the application or user is not assigned to the resource',
  65001: 'an administrator has to consent to this application',
  65004: 'the user declined to consent',
  // A person's sign-in.
  50034: 'no such account in this directory',
  50020: 'the account belongs to another directory',
  50126: 'the name or password is wrong',
  50076: 'multi-factor authentication is required: sign in again',
  50079: 'multi-factor authentication must be set up: sign in again',
  50173: SIGN_IN_AGAIN,
  70000: SIGN_IN_AGAIN,
  70008: SIGN_IN_AGAIN,
  70043: SIGN_IN_AGAIN,
  700082: SIGN_IN_AGAIN,
  700084: SIGN_IN_AGAIN,
  54005: 'the authorization code was already used: sign in again, and send each code only once',
  501481: 'the code verifier does not match the code: use one verifier for each sign-in',
  70016: 'the user has not signed in yet: ask again after the interval',
  70018: 'the device code is wrong',
  70019: 'the device code has expired: start again',
  50196: 'the same request was sent too often: reuse tokens',
  // The service.
  90055: 'the directory is being throttled: send fewer requests, and reuse tokens',
  90033: TRANSIENT,
  90006: TRANSIENT,
  90012: TRANSIENT,
  90024: TRANSIENT,
  50033: TRANSIENT,
  90090: TRANSIENT,
  50000: TRANSIENT,
  90036: 'the service failed, and trying again does not help: contact Microsoft support with the trace id',
};

/**
 * For the option `explain` of a credential: advice about a refusal of the token endpoint, or '' when there is none. For an
 * expired or early assertion it includes how far this machine's clock is off.
 */
export function explainRefusal({ errorCodes, sentFields, date, sentAt }: TokenRefusal): string {
  // The same number stands for a wrong secret and for a wrong assertion.
  if (errorCodes.includes(50012) && sentFields.includes('client_secret')) return AADSTS_HINTS[7000215] ?? '';
  const known = [...errorCodes].reverse().find((code) => AADSTS_HINTS[code] !== undefined);
  return known === undefined ? '' : (AADSTS_HINTS[known] ?? '') + clockHint(errorCodes, date, sentAt);
}

const NOTICED_SECONDS = 30;

function clockHint(errorCodes: readonly number[], date: string | undefined, sentAt: number): string {
  const seconds = Math.round((sentAt - parseDate(date)) / 1000);
  if (!errorCodes.includes(700024) || !(Math.abs(seconds) >= NOTICED_SECONDS)) return '';
  const side = seconds > 0 ? 'ahead of' : 'behind';
  return ` (it is ${Math.abs(seconds)} s ${side} the service’s clock)`;
}
