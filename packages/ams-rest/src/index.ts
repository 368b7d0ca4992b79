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
  type TokenCacheOptions,
} from './credentials/token-cache';
export {
  clientSecretCredential,
  clientSecretForm,
  type ClientSecretOptions,
} from './credentials/client-secret';
export type { AccessToken, GetTokenOptions, TokenCredential } from './credentials/access-token';
export {
  buildTokenRequest,
  judgeTokenResponse,
  requestToken,
  tokenEndpoint,
  PUBLIC_AUTHORITY_HOST,
  type Authority,
  type EndpointVersion,
  type ExchangeOptions,
  type TokenForm,
  type TokenResponse,
} from './credentials/token-endpoint';
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
