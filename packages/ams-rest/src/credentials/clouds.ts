/**
 * The Azure clouds as plain values. Any other cloud is an object of the same shape; nothing here is looked up.
 *
 * Source: "National clouds", Microsoft identity platform; the `cloud` table of Azure CLI.
 */
export interface Cloud {
  readonly authorityHost: string;
  /** What a Media Services token is for; without a slash at its end. */
  readonly mediaServicesResource: string;
  /** Where Resource Manager is called. */
  readonly resourceManagerEndpoint: string;
  /** What a Resource Manager token is for, letter by letter. */
  readonly resourceManagerResource: string;
  /** What a token for blobs is for; the same in every cloud. */
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

/** Operated by 21Vianet. */
export const CHINA_CLOUD: Cloud = {
  authorityHost: 'https://login.partner.microsoftonline.cn',
  mediaServicesResource: 'https://rest.media.chinacloudapi.cn',
  resourceManagerEndpoint: 'https://management.chinacloudapi.cn/',
  resourceManagerResource: 'https://management.core.chinacloudapi.cn/',
  storageResource: 'https://storage.azure.com/',
  storageSuffix: 'core.chinacloudapi.cn',
  federationAudience: 'api://AzureADTokenExchangeChina',
};

/** Those of the cloud of the US government. */
export const US_GOVERNMENT_CLOUD: Cloud = {
  authorityHost: 'https://login.microsoftonline.us',
  mediaServicesResource: 'https://rest.media.usgovcloudapi.net',
  resourceManagerEndpoint: 'https://management.usgovcloudapi.net/',
  resourceManagerResource: 'https://management.core.usgovcloudapi.net/',
  storageResource: 'https://storage.azure.com/',
  storageSuffix: 'core.usgovcloudapi.net',
  federationAudience: 'api://AzureADTokenExchangeUSGov',
};
