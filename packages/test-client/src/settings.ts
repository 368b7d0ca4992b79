/** Where the client goes and as whom: flags over the environment over `.env` over defaults. */
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
  /** By the client secret, or by whatever the variables name that Azure tools share. */
  readonly credential: 'secret' | 'environment';
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Of Resource Manager. */
  readonly managementEndpoint: string;
}

/** The person gave us something we cannot work with; the message says what and what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The library answers a wrong argument with a TypeError; where it came from the command line, it is a UsageError. */
export async function asUsage<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    // What the engine itself throws is a mistake of ours.
    const isArgument = error instanceof TypeError && !/undefined|null|not a function/.test(error.message);
    throw isArgument ? new UsageError(`${error.message}.`) : error;
  });
}

interface SettingRow {
  readonly name: string;
  /** A secret has none: the command line can be seen by everybody on the machine. */
  readonly flag?: string;
  readonly what: string;
  readonly fallback?: string;
  /** What of the client cannot do without it; default every live run. */
  readonly neededFor?: Need;
}

/** What a command talks to: Media Services, or Resource Manager to make accounts of it. */
export type Need = 'Media Services' | 'Resource Manager' | 'a token';

/** The one table of settings: names, flags, help and checks all come from it. */
export const SETTINGS = [
  {
    name: 'AZURE_TENANT_ID',
    flag: '--tenant <domain>',
    what: 'the tenant: its domain, such as contoso.onmicrosoft.com, or its id',
  },
  {
    name: 'AZURE_AUTHORITY_HOST',
    flag: '--authority-host <url>',
    what: 'the STS endpoint: the host that gives tokens',
    fallback: PUBLIC_AUTHORITY_HOST,
  },
  {
    name: 'AZURE_TOKEN_ENDPOINT_VERSION',
    flag: '--token-endpoint <v1|v2>',
    what: 'which token endpoint to ask: v1 (resource=) or v2 (scope=)',
    fallback: 'v2',
  },
  {
    name: 'AZURE_CLIENT_ID',
    flag: '--client-id <id>',
    what: 'the application (client) id of the app registration',
  },
  { name: 'AZURE_CLIENT_SECRET', what: 'the value (not the id) of one of its client secrets' },
  {
    name: 'AMS_ENDPOINT',
    flag: '--endpoint <url>',
    what: 'the REST API endpoint of the Media Services account',
    neededFor: 'Media Services',
  },
  {
    name: 'AMS_RESOURCE',
    flag: '--resource <uri>',
    what: 'what the token is for, letter by letter',
    fallback: MEDIA_SERVICES_RESOURCE,
  },
  {
    name: 'AMS_CREDENTIAL',
    flag: '--credential <secret|environment>',
    what: 'secret, or environment: whatever the variables that Azure tools share name, such as a certificate',
    fallback: 'secret',
  },
  {
    name: 'AZURE_SUBSCRIPTION_ID',
    flag: '--subscription <id>',
    what: 'the subscription, to create accounts in',
    neededFor: 'Resource Manager',
  },
  {
    name: 'AZURE_RESOURCE_GROUP',
    flag: '--resource-group <name>',
    what: 'the resource group, to create accounts in',
    neededFor: 'Resource Manager',
  },
] as const satisfies readonly SettingRow[];

export type SettingName = (typeof SETTINGS)[number]['name'];
export type Source = 'flag' | 'environment' | '.env' | 'default' | 'local Azure' | 'nowhere';
export type Values = Readonly<Record<string, string | undefined>>;
export type SourcedSettings = Readonly<
  Record<SettingName, { readonly value: string; readonly from: Source }>
>;

/** Takes each setting from the first place that has it. An empty value counts as none. */
export function collectSettings(
  places: readonly (readonly [from: Source, values: Values])[],
): SourcedSettings {
  const entries = SETTINGS.map((row) => {
    for (const [from, values] of places) {
      const value = values[row.name]?.trim();
      if (value) return [row.name, { value, from }];
    }
    const fallback = 'fallback' in row ? row.fallback : '';
    return [row.name, { value: fallback, from: fallback ? 'default' : 'nowhere' }];
  });
  return Object.fromEntries(entries) as SourcedSettings;
}

/** Another credential may do without them. */
const OF_THE_SECRET: readonly string[] = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'];

/** What the local Azure decides for itself, so that a flag for it would be ignored. */
const OF_THE_LOCAL_AZURE: readonly SettingName[] = [
  'AZURE_TENANT_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_CLIENT_ID',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_RESOURCE_GROUP',
  'AMS_CREDENTIAL',
];

/**
 * The settings of a run on the local Azure: its own, but for the resource and the version of the token endpoint.
 *
 * @throws UsageError for a flag that would be ignored.
 */
export function settleLocally(settings: SourcedSettings, own: Values): Settings {
  for (const row of SETTINGS)
    if ('flag' in row && settings[row.name].from === 'flag' && OF_THE_LOCAL_AZURE.includes(row.name))
      throw new UsageError(
        `${row.flag.split(' ')[0] ?? ''} is for a live run: add --live, or set AMS_ENDPOINT. The local Azure has its own.`,
      );
  const { AZURE_TOKEN_ENDPOINT_VERSION: version, AMS_RESOURCE: resource } = settings;
  const given = { AZURE_TOKEN_ENDPOINT_VERSION: version.value, AMS_RESOURCE: resource.value };
  return settle(
    collectSettings([
      ['local Azure', own],
      ['flag', given],
    ]),
  );
}

/** What is surely wrong with the settings, one line each; empty when a run can be tried. */
export function findProblems(settings: SourcedSettings, need: Need = 'Media Services'): string[] {
  const problems: string[] = [];
  const wrong = (name: SettingName, what: string) => problems.push(`${name.padEnd(21)} is wrong: ${what}`);
  const credential = settings.AMS_CREDENTIAL.value;
  if (credential !== 'secret' && credential !== 'environment')
    wrong('AMS_CREDENTIAL', 'it must be secret or environment');
  for (const row of SETTINGS) {
    const needed =
      'neededFor' in row
        ? row.neededFor === need
        : credential === 'secret' || !OF_THE_SECRET.includes(row.name);
    if (needed && settings[row.name].from === 'nowhere')
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
    wrong('AZURE_AUTHORITY_HOST', 'leave out the tenant and /oauth2/…; the host alone is wanted');
  else if (authorityFault) wrong('AZURE_AUTHORITY_HOST', authorityFault);
  const endpoint = settings.AMS_ENDPOINT.value;
  const endpointFault = endpoint && addressFault(endpoint);
  if (endpointFault) wrong('AMS_ENDPOINT', endpointFault);
  return problems;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What looks like a mistake that people make, one line each; a run is tried all the same. */
export function findDoubts(settings: SourcedSettings): string[] {
  const doubts: string[] = [];
  const value = (name: SettingName) => settings[name].value;
  for (const { name } of SETTINGS)
    if (/^["'“”]|["'“”]$/.test(value(name)))
      doubts.push(`${name} begins or ends with a quotation mark: is it one too many?`);
  if (value('AZURE_CLIENT_ID') && !GUID.test(value('AZURE_CLIENT_ID')))
    doubts.push('AZURE_CLIENT_ID is no id of the form 00000000-0000-0000-0000-000000000000');
  if (value('AMS_ENDPOINT') && !/\/api\/?$/i.test(value('AMS_ENDPOINT')))
    doubts.push('AMS_ENDPOINT does not end in /api/, as the REST API endpoint of an account does');
  if (GUID.test(value('AZURE_CLIENT_SECRET')))
    doubts.push('AZURE_CLIENT_SECRET looks like the secret’s id; its value is wanted, which is shown once');
  if (/^https:\/\/rest\.media\.[^/]+\/+$/.test(value('AMS_RESOURCE')))
    doubts.push('AMS_RESOURCE ends with a slash; the resource of Media Services has none');
  if (/^https:\/\/(management|api)\.[^/]*azure/.test(value('AMS_ENDPOINT')))
    doubts.push('AMS_ENDPOINT is Resource Manager; the account’s own REST API endpoint is wanted');
  return doubts;
}

/**
 * The settings of a run.
 *
 * @throws UsageError naming everything that is missing or wrong, at once.
 */
export function settle(settings: SourcedSettings, need: Need = 'Media Services'): Settings {
  const problems = findProblems(settings, need);
  if (problems.length > 0) {
    const isMissing = problems.some((text) => text.includes('is missing'));
    throw new UsageError(
      `${isMissing ? 'Settings for a live run are not complete' : 'The settings cannot be right'}:\n` +
        problems.map((text) => `  ${text}\n`).join('') +
        (isMissing
          ? 'Put them into a .env file (see .env.example, which tells where to find each), or run without --live\n' +
            'and without AMS_ENDPOINT to use the local Azure that comes with this project.'
          : 'See config, which shows where each comes from.'),
    );
  }
  return {
    tenantId: settings.AZURE_TENANT_ID.value,
    authorityHost: settings.AZURE_AUTHORITY_HOST.value,
    endpointVersion: settings.AZURE_TOKEN_ENDPOINT_VERSION.value === 'v1' ? 'v1' : 'v2',
    clientId: settings.AZURE_CLIENT_ID.value,
    clientSecret: settings.AZURE_CLIENT_SECRET.value,
    endpoint: settings.AMS_ENDPOINT.value,
    resource: settings.AMS_RESOURCE.value,
    credential: settings.AMS_CREDENTIAL.value === 'environment' ? 'environment' : 'secret',
    subscriptionId: settings.AZURE_SUBSCRIPTION_ID.value,
    resourceGroup: settings.AZURE_RESOURCE_GROUP.value,
    managementEndpoint: managementEndpoint(settings.AZURE_AUTHORITY_HOST.value),
  };
}

/** The local Azure has all its services at one address; the real ones are told by the cloud. */
function managementEndpoint(authorityHost: string): string {
  const { hostname, origin } = new URL(authorityHost);
  if (isLoopback(hostname)) return origin;
  if (hostname.endsWith('.us')) return 'https://management.usgovcloudapi.net';
  if (hostname.endsWith('.cn')) return 'https://management.chinacloudapi.cn';
  return 'https://management.azure.com';
}

function addressFault(text: string): string {
  if (!URL.canParse(text)) return 'it must be an address that starts with https://';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return 'it must start with https:// (http:// is for this machine alone)';
  if (url.username || url.password || url.search || url.hash)
    return 'it must have no user name, password, query or fragment';
  return '';
}
