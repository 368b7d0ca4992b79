/** The one table of settings: names, flags, help and checks come from it. */

/** What a command needs: Media Services, Resource Manager for one resource group or the subscription, or only a token. */
export type Need = 'Media Services' | 'a resource group' | 'the subscription' | 'a token';

interface SettingRow {
  readonly name: string;
  /** A secret has none: every user of a machine can see its command lines. */
  readonly flag?: string;
  readonly what: string;
  /** The only needs for which the setting is required; default every live run. */
  readonly neededFor?: readonly Need[];
}

export const SETTINGS = [
  {
    name: 'AZURE_TENANT_ID',
    flag: '--tenant <domain>',
    what: 'the tenant: its domain, such as contoso.onmicrosoft.com, or its id',
  },
  {
    name: 'AZURE_AUTHORITY_HOST',
    flag: '--authority-host <url>',
    what: 'the STS endpoint: the host that issues tokens',
  },
  {
    name: 'AZURE_TOKEN_ENDPOINT_VERSION',
    flag: '--token-endpoint <v1|v2>',
    what: 'the token endpoint to use: v1 (resource=) or v2 (scope=)',
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
    neededFor: ['Media Services'],
  },
  {
    name: 'AMS_RESOURCE',
    flag: '--resource <uri>',
    what: 'the API that the token is for, such as https://graph.microsoft.com',
  },
  {
    name: 'AMS_CREDENTIAL',
    flag: '--credential <secret|environment>',
    what: 'secret, or environment to use the credential that the variables of Azure tools describe',
  },
  {
    name: 'AZURE_SUBSCRIPTION_ID',
    flag: '--subscription <id>',
    what: 'the subscription that accounts are in',
    neededFor: ['a resource group', 'the subscription'],
  },
  {
    name: 'AZURE_RESOURCE_GROUP',
    flag: '--resource-group <name>',
    what: 'the resource group in which accounts are created',
    neededFor: ['a resource group'],
  },
] as const satisfies readonly SettingRow[];

export type SettingName = (typeof SETTINGS)[number]['name'];

export type Source = 'flag' | 'environment' | '.env' | 'default' | 'local Azure' | 'not set';
export type SourcedSettings = Readonly<
  Record<SettingName, { readonly value: string; readonly from: Source }>
>;
