/**
 * Azure AD (Entra ID) tokens and authorized Azure Media Services and Storage calls, by REST alone.
 *
 * `clientSecretCredential` gets and keeps tokens, `AmsClient` makes authorized requests with them,
 * `uploadBlob` sends a file by a shared access signature.
 */
export {
  cachedCredential,
  type CachedCredential,
  type FetchToken,
  type FetchTokenOptions,
  type TokenCacheOptions,
} from './credentials/token-cache';
export type { AccessToken, GetTokenOptions, TokenCredential } from './credentials/access-token';
export {
  buildTokenRequest,
  judgeTokenResponse,
  oauthEndpoint,
  requestToken,
  resourceOfScope,
  tokenEndpoint,
  PUBLIC_AUTHORITY_HOST,
  type Authority,
  type EndpointVersion,
  type ExchangeOptions,
  type TokenForm,
  type TokenResponse,
} from './credentials/token-endpoint';
export type { TokenExchangeOptions } from './credentials/token-exchange';
export { claimsParameter } from './credentials/claims';
export { CHINA_CLOUD, PUBLIC_CLOUD, US_GOVERNMENT_CLOUD, type Cloud } from './credentials/clouds';
export { AADSTS_HINTS } from './credentials/aadsts-hints';
export { type ClientCredentialsOptions } from './credentials/client-credentials';
export {
  clientSecretCredential,
  clientSecretForm,
  type ClientSecretOptions,
} from './credentials/client-secret';
export { basicAuthentication, withBasicAuthentication } from './credentials/http-basic';
export {
  clientAssertionCredential,
  clientAssertionForm,
  type AssertionRequest,
  type AssertionSource,
  type ClientAssertionOptions,
} from './credentials/client-assertion';
export {
  certificateAssertionClaims,
  certificateAssertionHeader,
  signingInput,
  type AssertionMoment,
  type CertificateAssertionOptions,
  type CertificateFacts,
} from './credentials/certificate-assertion';
export { readCertificate, type CertificateKey } from './credentials/certificate-key';
export {
  certificateAssertion,
  clientCertificateCredential,
  type ClientCertificateOptions,
} from './credentials/client-certificate';
export {
  fileAssertion,
  workloadIdentityCredential,
  type WorkloadIdentityOptions,
} from './credentials/federated-token-file';
export {
  buildGitHubTokenRequest,
  gitHubActionsAssertion,
  judgeGitHubTokenResponse,
  type GitHubActionsOptions,
} from './credentials/github-actions';
export {
  judgeIdentityResponse,
  type ManagedIdentityOptions,
  type UserAssignedIdentity,
} from './credentials/managed-identity';
export { buildImdsRequest, imdsCredential, probeImds, type ImdsOptions } from './credentials/imds';
export {
  appServiceCredential,
  buildAppServiceRequest,
  type AppServiceIdentityOptions,
} from './credentials/app-service-identity';
export {
  arcCredential,
  buildArcRequest,
  judgeArcChallenge,
  type ArcIdentityOptions,
} from './credentials/arc-identity';
export { ARC_KEY_FOLDERS, checkArcKeyPath, type ArcKeyFolder } from './credentials/arc-key-file';
export { codeChallenge, createPkce, type Pkce } from './credentials/pkce';
export {
  authorizationCodeCredential,
  authorizationCodeForm,
  authorizationUrl,
  judgeAuthorizationResponse,
  type AuthorizationCodeOptions,
  type AuthorizationRequest,
  type CodeRedemption,
} from './credentials/authorization-code';
export {
  buildDeviceCodeRequest,
  deviceCodeCredential,
  deviceCodeForm,
  judgeDeviceCodeResponse,
  nextPollMs,
  type DeviceCode,
  type DeviceCodeOptions,
} from './credentials/device-code';
export { refreshTokenForm } from './credentials/refresh-token';
export {
  refreshTokenCredential,
  userScope,
  type RefreshTokenOptions,
  type UserCredentialOptions,
} from './credentials/user-credential';
export { type SharedTokenStoreOptions, type TokenStore } from './credentials/token-store';
export {
  describeAccessToken,
  type Party,
  type TokenAttribute,
  type TokenDescription,
} from './credentials/describe-token';
export {
  AmsClient,
  MEDIA_SERVICES_RESOURCE,
  type AmsClientOptions,
  type AmsMethod,
  type AmsRequestOptions,
  type AmsResponse,
  type ODataFormat,
} from './media-services/ams-client';
export {
  encodeQuery,
  entityPath,
  odataString,
  parseODataDate,
  parseODataError,
  unwrap,
  type ODataErrorText,
  type Query,
  type QueryValue,
} from './media-services/odata';
export { waitForOperation, type Operation, type WaitOptions } from './media-services/operations';
export type { ListOptions } from './media-services/paging';
export {
  ArmClient,
  armPath,
  remainingRequests,
  type ArmClientOptions,
  type ArmMethod,
  type ArmRequestOptions,
  type ArmResponse,
} from './resource-manager/arm-client';
export { ArmError, type ArmErrorDetail } from './resource-manager/arm-error';
export type { WaitOptions as ArmWaitOptions } from './resource-manager/long-running';
export {
  attachStorageAccount,
  checkMediaAccountName,
  createMediaAccount,
  deleteMediaAccount,
  getMediaAccount,
  listMediaAccountKeys,
  listMediaAccounts,
  listSubscriptionMediaAccounts,
  regenerateMediaAccountKey,
  syncStorageKeys,
  type AttachedStorage,
  type MediaAccount,
  type MediaAccountKeys,
  type NewMediaAccount,
} from './resource-manager/media-accounts';
export {
  groupId,
  mediaAccountId,
  storageAccountId,
  type CallOptions,
  type GroupName,
  type NameAvailability,
  type ResourceName,
} from './resource-manager/names';
export {
  checkStorageAccountName,
  createStorageAccount,
  deleteStorageAccount,
  getStorageAccount,
  listStorageAccountKeys,
  regenerateStorageAccountKey,
  type NewStorageAccount,
  type StorageAccount,
  type StorageAccountKey,
} from './resource-manager/storage-accounts';
export {
  assignRole,
  BUILT_IN_ROLES,
  createResourceGroup,
  getProvider,
  listMediaRegions,
  registerProvider,
  type ResourceProvider,
  type RoleAssignment,
  type RoleGrant,
} from './resource-manager/subscriptions';
export {
  deleteBlob,
  getBlobProperties,
  readBlobRange,
  type BlobProperties,
  type DeleteOptions,
  type RangeOptions,
} from './storage/blob';
export {
  getBlockList,
  putBlob,
  putBlock,
  putBlockList,
  type BlobContent,
  type BlockList,
  type WriteOptions,
} from './storage/block-blob';
export {
  createContainer,
  deleteContainer,
  listBlobs,
  type BlobItem,
  type BlobPrefix,
  type CreateContainerOptions,
  type ListBlobsOptions,
} from './storage/container';
export {
  downloadRanges,
  downloadToFile,
  partialPath,
  type DownloadOptions,
  type FileDownloadOptions,
} from './storage/download';
export { fileSource, type FileSource } from './storage/file-source';
export { uploadFolder, type FolderUploadOptions, type UploadedFile } from './storage/folder';
export {
  accountSas,
  serviceSas,
  userDelegationSas,
  type BlobSasOptions,
  type SasOptions,
  type SasQuery,
  type SasResource,
  type ServiceSasOptions,
  type UserDelegationKey,
} from './storage/sas';
export {
  accountSasStringToSign,
  sasCanonicalizedResource,
  serviceSasStringToSign,
  userDelegationSasStringToSign,
  type SasField,
  type SasFields,
} from './storage/sas-layout';
export { blobUrlInContainer } from './storage/sas-url';
export {
  canonicalizedHeaders,
  canonicalizedResource,
  sharedKeyAuthorization,
  sharedKeyTransport,
  stringToSign,
  type AccountKey,
} from './storage/shared-key';
export { blobSource, bytesSource, type ByteSource } from './storage/sources';
export { bearerTransport, type StorageBearerOptions } from './storage/storage-bearer';
export type { StorageOptions } from './storage/storage-request';
export {
  getContainerAccess,
  setContainerAccess,
  updateStoredPolicies,
  type ContainerAccess,
  type StoredPolicy,
} from './storage/stored-policies';
export {
  uploadBlob,
  uploadStream,
  type StreamUploadOptions,
  type UploadOptions,
  type UploadResult,
} from './storage/upload';
export { getUserDelegationKey } from './storage/user-delegation-key';
export { AmsRestError, AuthenticationError, NetworkError, ProtocolError, ServiceError } from './errors';
export { isLoopback, type HttpRequest, type HttpResponse, type Transport } from './http';
export { fetchTransport } from './fetch-transport';
export { undiciTransport, type ClosableTransport, type UndiciTransportOptions } from './undici-transport';
export { redactHeaders, redactRequest, redactText, redactUrl } from './redact';
export { retryAfterMs, type RetryOptions } from './retry';
