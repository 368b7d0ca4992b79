/** Where the client goes and as whom: flags over the environment over `.env` over defaults. */
import {
  CHINA_CLOUD,
  PUBLIC_CLOUD,
  US_GOVERNMENT_CLOUD,
  type Cloud,
  type EndpointVersion,
} from 'ams-rest/credentials';
import { isLoopback } from 'ams-rest';
import { findProblems } from './check-settings';
import type { Source, SourcedSettings } from './settings-table';
import { UsageError } from './errors';
import { SETTINGS, type Need, type SettingName } from './settings-table';

export interface Settings {
  readonly tenantId: string;
  readonly authorityHost: string;
  readonly endpointVersion: EndpointVersion;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The Media Services REST API endpoint. */
  readonly endpoint: string;
  /** The API that the token is for. Services compare it exactly, so it is never changed. */
  readonly resource: string;
  /** By the client secret, or by the variables that Azure tools share. */
  readonly credential: 'secret' | 'environment';
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly cloud: Cloud;
}

export type { Source, SourcedSettings };
export type Values = Readonly<Record<string, string | undefined>>;

/** Takes each setting from the first place that has it. An empty value counts as none. */
export function collectSettings(
  places: readonly (readonly [from: Source, values: Values])[],
): SourcedSettings {
  const find = (name: SettingName, fallback = '') => {
    for (const [from, values] of places) {
      const value = values[name]?.trim();
      if (value) return { value, from };
    }
    return { value: fallback, from: fallback ? 'default' : 'not set' };
  };
  const cloud = cloudOf(find('AZURE_AUTHORITY_HOST').value);
  const fallbacks: Partial<Record<SettingName, string>> = {
    AZURE_AUTHORITY_HOST: cloud.authorityHost,
    AZURE_TOKEN_ENDPOINT_VERSION: 'v2',
    AMS_RESOURCE: cloud.mediaServicesResource,
    AMS_CREDENTIAL: 'secret',
  };
  return Object.fromEntries(
    SETTINGS.map(({ name }) => [name, find(name, fallbacks[name])]),
  ) as SourcedSettings;
}

/** The cloud that an authority host belongs to. The local Azure has all its services at one address. */
function cloudOf(authorityHost: string): Cloud {
  if (!URL.canParse(authorityHost)) return PUBLIC_CLOUD;
  const { hostname, origin } = new URL(authorityHost);
  if (isLoopback(hostname)) return { ...PUBLIC_CLOUD, resourceManagerEndpoint: `${origin}/` };
  const topLevel = (host: string) => /\.\w+$/.exec(host)?.[0];
  const national = [US_GOVERNMENT_CLOUD, CHINA_CLOUD];
  return national.find((one) => topLevel(one.authorityHost) === topLevel(hostname)) ?? PUBLIC_CLOUD;
}

/**
 * The settings of a live run.
 *
 * @throws UsageError naming everything that is missing or wrong.
 */
export function settle(settings: SourcedSettings, need: Need, command: string): Settings {
  const problems = findProblems(settings, need);
  if (problems.length > 0) {
    const isMissing = problems.some((text) => text.includes('is missing'));
    throw new UsageError(
      `${isMissing ? 'Settings for a live run are not complete' : 'The settings cannot be right'}:\n` +
        problems.map((text) => `  ${text}\n`).join('') +
        (isMissing
          ? 'Put them into a .env file (.env.example says where to find each), or add --local to use the local ' +
            'Azure that comes with this project.'
          : `To see where each comes from: ${command} config`),
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
    cloud: cloudOf(settings.AZURE_AUTHORITY_HOST.value),
  };
}
