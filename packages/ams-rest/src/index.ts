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
  bytesSource,
  uploadBlob,
  type ByteSource,
  type UploadOptions,
  type UploadResult,
} from './storage/block-blob';
export { fileSource, type FileSource } from './storage/file-source';
export { blobUrlInContainer } from './storage/sas-url';
export { AmsRestError, AuthenticationError, NetworkError, ProtocolError, ServiceError } from './errors';
export { isLoopback, type HttpRequest, type HttpResponse, type Transport } from './http';
export { fetchTransport } from './fetch-transport';
export { undiciTransport, type ClosableTransport, type UndiciTransportOptions } from './undici-transport';
export { redactHeaders, redactRequest, redactText, redactUrl } from './redact';
export { retryAfterMs, type RetryOptions } from './retry';
