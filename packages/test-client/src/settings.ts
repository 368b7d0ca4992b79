/** Where the client goes and as whom: read from the environment, to which `.env` has been added. */
import { MEDIA_SERVICES_RESOURCE, PUBLIC_AUTHORITY_HOST, isLoopback, type EndpointVersion } from 'ams-rest';

export interface Settings {
  readonly tenantId: string;
  readonly authorityHost: string;
  readonly endpointVersion: EndpointVersion;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The Media Services REST API endpoint. */
  readonly endpoint: string;
  /** What the token is for; compared letter by letter, so never changed. */
  readonly resource: string;
}

/** The person gave us something we cannot work with; the message says what and what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const REQUIRED = [
  ['AZURE_TENANT_ID', 'the tenant: its domain, such as contoso.onmicrosoft.com, or its id'],
  ['AZURE_CLIENT_ID', 'the application (client) id of the app registration'],
  ['AZURE_CLIENT_SECRET', 'the value (not the id) of one of its client secrets'],
  ['AMS_ENDPOINT', 'the REST API endpoint of the Media Services account'],
] as const;

/**
 * Reads the settings of a live run.
 *
 * @throws UsageError naming everything that is missing or wrong, at once.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const value = (name: string) => env[name]?.trim() ?? '';
  const problems = REQUIRED.filter(([name]) => value(name) === '').map(
    ([name, what]) => `  ${name.padEnd(20)} is missing: ${what}`,
  );
  const wrong = (name: string, what: string) => problems.push(`  ${name.padEnd(20)} is wrong: ${what}`);

  const version = value('AZURE_TOKEN_ENDPOINT_VERSION') || 'v2';
  if (version !== 'v1' && version !== 'v2') wrong('AZURE_TOKEN_ENDPOINT_VERSION', 'it must be v1 or v2');
  const tenantId = value('AZURE_TENANT_ID');
  if (tenantId && !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(tenantId))
    wrong('AZURE_TENANT_ID', 'it must be a domain or an id, not an address');
  const authorityHost = value('AZURE_AUTHORITY_HOST') || PUBLIC_AUTHORITY_HOST;
  checkAddress(authorityHost, (what) => wrong('AZURE_AUTHORITY_HOST', what));
  if (/\/oauth2\//i.test(authorityHost))
    wrong('AZURE_AUTHORITY_HOST', 'leave out the tenant and /oauth2/…; the host alone is wanted');
  const endpoint = value('AMS_ENDPOINT');
  if (endpoint) checkAddress(endpoint, (what) => wrong('AMS_ENDPOINT', what));

  if (problems.length > 0)
    throw new UsageError(
      `Settings for a live run are not complete:\n${problems.join('\n')}\n` +
        'Put them into a .env file (see .env.example, which tells where to find each), or run without --live\n' +
        'and without AMS_ENDPOINT to use the local Azure that comes with this project.',
    );
  return {
    tenantId,
    authorityHost,
    endpointVersion: version === 'v1' ? 'v1' : 'v2',
    clientId: value('AZURE_CLIENT_ID'),
    clientSecret: value('AZURE_CLIENT_SECRET'),
    endpoint,
    resource: value('AMS_RESOURCE') || MEDIA_SERVICES_RESOURCE,
  };
}

function checkAddress(text: string, wrong: (what: string) => void): void {
  if (!URL.canParse(text)) {
    wrong('it must be an address that starts with https://');
    return;
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    wrong('it must start with https:// (http:// is for this machine alone)');
  else if (url.username || url.password || url.search || url.hash)
    wrong('it must have no user name, password, query or fragment');
}
