/**
 * The Azure clouds as plain values. For any other cloud, write an object of the same shape.
 *
 * Source: "National clouds", Microsoft identity platform; the `cloud` table of Azure CLI.
 */
export interface Cloud {
  readonly authorityHost: string;
  /** The resource of Media Services tokens; without a trailing slash. */
  readonly mediaServicesResource: string;
  /** The base URL of Resource Manager. */
  readonly resourceManagerEndpoint: string;
  /** The resource of Resource Manager tokens, exactly as registered. */
  readonly resourceManagerResource: string;
  /** The resource of Blob Storage tokens; the same in every cloud. */
  readonly storageResource: string;
  /** `https://{account}.blob.{storageSuffix}`. */
  readonly storageSuffix: string;
  /** The audience of a federated credential's assertions. */
  readonly federationAudience: string;
}

/** The hosts and resources of the public cloud. */
export const PUBLIC_CLOUD: Cloud = {
  authorityHost: 'https://login.microsoftonline.com',
  mediaServicesResource: 'https://rest.media.azure.net',
  resourceManagerEndpoint: 'https://management.azure.com/',
  resourceManagerResource: 'https://management.azure.com/',
  storageResource: 'https://storage.azure.com/',
  storageSuffix: 'core.windows.net',
  federationAudience: 'api://AzureADTokenExchange',
};

/** The hosts and resources of Azure China, operated by 21Vianet. */
export const CHINA_CLOUD: Cloud = {
  authorityHost: 'https://login.partner.microsoftonline.cn',
  mediaServicesResource: 'https://rest.media.chinacloudapi.cn',
  resourceManagerEndpoint: 'https://management.chinacloudapi.cn/',
  resourceManagerResource: 'https://management.core.chinacloudapi.cn/',
  storageResource: 'https://storage.azure.com/',
  storageSuffix: 'core.chinacloudapi.cn',
  federationAudience: 'api://AzureADTokenExchangeChina',
};

/** The hosts and resources of Azure Government (US). */
export const US_GOVERNMENT_CLOUD: Cloud = {
  authorityHost: 'https://login.microsoftonline.us',
  mediaServicesResource: 'https://rest.media.usgovcloudapi.net',
  resourceManagerEndpoint: 'https://management.usgovcloudapi.net/',
  resourceManagerResource: 'https://management.core.usgovcloudapi.net/',
  storageResource: 'https://storage.azure.com/',
  storageSuffix: 'core.usgovcloudapi.net',
  federationAudience: 'api://AzureADTokenExchangeUSGov',
};
