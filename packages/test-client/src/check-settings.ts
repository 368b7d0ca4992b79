/** Says what is wrong with the settings, and what looks like one of the mistakes that people make. */
import { isLoopback } from 'ams-rest';
import { SETTINGS, type Need, type SettingName, type SourcedSettings } from './settings-table';

/** Other credentials can do without them. */
const OF_THE_SECRET: readonly string[] = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'];

/** What is certainly wrong, one line each; empty when a run can be tried. */
export function findProblems(settings: SourcedSettings, need: Need): string[] {
  const problems: string[] = [];
  const wrong = (name: SettingName, what: string) => problems.push(`${name.padEnd(21)} is wrong: ${what}`);
  const credential = settings.AMS_CREDENTIAL.value;
  if (credential !== 'secret' && credential !== 'environment')
    wrong('AMS_CREDENTIAL', 'it must be secret or environment');
  for (const row of SETTINGS) {
    const needed =
      'neededFor' in row
        ? row.neededFor.some((one) => one === need)
        : credential === 'secret' || !OF_THE_SECRET.includes(row.name);
    if (needed && settings[row.name].from === 'not set')
      problems.push(`${row.name.padEnd(21)} is missing: ${row.what}`);
  }

  const version = settings.AZURE_TOKEN_ENDPOINT_VERSION.value;
  if (version !== 'v1' && version !== 'v2') wrong('AZURE_TOKEN_ENDPOINT_VERSION', 'it must be v1 or v2');
  const tenant = settings.AZURE_TENANT_ID.value;
  if (tenant && !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(tenant))
    wrong('AZURE_TENANT_ID', 'it must be a domain or an id, without quotes, not an address');
  const authority = settings.AZURE_AUTHORITY_HOST.value;
  const authorityFault = addressFault(authority);
  if (/\/oauth2\//i.test(authority))
    wrong('AZURE_AUTHORITY_HOST', 'leave out the tenant and /oauth2/…; only the host is needed');
  else if (authorityFault) wrong('AZURE_AUTHORITY_HOST', authorityFault);
  const endpoint = settings.AMS_ENDPOINT.value;
  const endpointFault = endpoint && addressFault(endpoint);
  if (endpointFault) wrong('AMS_ENDPOINT', endpointFault);
  return problems;
}

function addressFault(text: string): string {
  if (!URL.canParse(text)) return 'it must be an address that starts with https://';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return 'it must start with https:// (http:// only for this machine)';
  if (url.username || url.password || url.search || url.hash)
    return 'it must have no user name, password, query or fragment';
  return '';
}

const hostOf = (text: string) => (URL.canParse(text) ? new URL(text).hostname : '');

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is probably a mistake, one line each; a run is tried all the same. */
export function findDoubts(settings: SourcedSettings): string[] {
  const doubts: string[] = [];
  const value = (name: SettingName) => settings[name].value;
  for (const { name } of SETTINGS)
    if (/^["'“”]|["'“”]$/.test(value(name)))
      doubts.push(`${name} begins or ends with a quotation mark: is it one too many?`);
  if (value('AZURE_CLIENT_ID') && !GUID.test(value('AZURE_CLIENT_ID')))
    doubts.push('AZURE_CLIENT_ID is not an id of the form 00000000-0000-0000-0000-000000000000');
  if (value('AMS_ENDPOINT') && !/\/api\/?$/i.test(value('AMS_ENDPOINT')))
    doubts.push('AMS_ENDPOINT does not end in /api/, as the REST API endpoint of an account does');
  if (GUID.test(value('AZURE_CLIENT_SECRET')))
    doubts.push('AZURE_CLIENT_SECRET looks like the secret’s id; its value is needed, which is shown once');
  if (hostOf(value('AMS_RESOURCE')).startsWith('rest.media.') && value('AMS_RESOURCE').endsWith('/'))
    doubts.push('AMS_RESOURCE ends with a slash; the resource of Media Services has none');
  if (/^(management|api)\..*azure/.test(hostOf(value('AMS_ENDPOINT'))))
    doubts.push('AMS_ENDPOINT is Resource Manager; the account’s own REST API endpoint is needed');
  return doubts;
}
