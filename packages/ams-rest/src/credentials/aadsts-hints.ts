/**
 * What to do about the errors of the token endpoint that the author of a service meets.
 *
 * For people only: Microsoft asks programs to branch on `error`, because the numbers change.
 */
const HINTS: Readonly<Record<number, string>> = {
  7000215:
    'the client secret is wrong: copy the secret’s value, not its id, and see that nothing was cut off',
  7000222: 'the client secret has expired: make a new one in the app registration',
  7000218: 'neither a client secret nor an assertion was sent',
  7000112: 'the application is disabled in this directory: enable its service principal',
  700016: 'no such application in this directory: check the client id and the tenant',
  700011: 'no such application in this directory: check the client id and the tenant',
  70001: 'no such application in this directory: check the client id and the tenant',
  90002: 'no such directory: check the tenant id or domain, and that the authority host is the right cloud',
  900023: 'the tenant is neither a directory id nor a domain',
  90013: 'the request is malformed: check the settings for stray quotes and line ends',
  9002313: 'the request is malformed: check the settings for stray quotes and line ends',
  900144: 'a required field is missing: check that no setting is empty',
  90027: 'this application may not use this version of the token endpoint: try the other one',
  901002: 'the v2 token endpoint takes scope, not resource',
  500011: 'the resource is unknown in this directory: check it letter by letter, the trailing slash included',
  50001: 'the resource is unknown or disabled in this directory',
  70011: 'the scope is wrong: it must be one resource followed by /.default',
  1002012: 'a service must ask for the resource followed by /.default',
  28002: 'a request may name one resource only',
  28003: 'the scope is empty',
  700022: 'a request may name one resource only',
  700027: 'the assertion’s key is not registered: upload the certificate, and check which one signs',
  700024: 'the assertion is outside its time: check this machine’s clock',
  700021: 'the assertion’s issuer must be the client id',
  50027: 'the assertion is no valid JWT',
  70003: 'this grant is not supported here',
  9001023: 'a service needs its own tenant here, not common, organizations or consumers',
  50194: 'a service needs its own tenant here, not common, organizations or consumers',
  50059: 'a service needs its own tenant here, not common, organizations or consumers',
  53003: 'a Conditional Access policy blocks this application: ask its owner',
  50105: 'the application is not assigned to the resource',
  65001: 'an administrator has to consent to this application',
  90055: 'the directory is being throttled: ask less often, and keep tokens',
  50049: 'the authority host is unknown: check it',
  90038: 'the directory belongs to another cloud: use that cloud’s authority host',
  900439: 'the directory belongs to another cloud: use that cloud’s authority host',
};

/** The first hint known for any of the `AADSTS` numbers; the last number is the most specific one. */
export function hintFor(errorCodes: readonly number[]): string {
  for (const code of [...errorCodes].reverse()) {
    const hint = HINTS[code];
    if (hint !== undefined) return hint;
  }
  return '';
}
