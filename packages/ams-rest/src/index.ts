/**
 * Access tokens of Microsoft Entra ID (Azure AD), and authorized requests to Media Services and other APIs.
 *
 * `clientSecretCredential` gets and caches tokens, `RestClient` makes authorized requests to any API, and
 * `AmsClient` to Media Services. Other credentials are in `ams-rest/credentials`, blobs in `ams-rest/storage`, accounts in
 * `ams-rest/resource-manager`.
 */

// Tokens.
export { clientSecretCredential, type ClientSecretOptions } from './token/client-credentials';
export type { AccessToken, GetTokenOptions, TokenCredential } from './token/access-token';
export type { TokenResponse } from './token/token-endpoint';
export {
  cachedCredential,
  type CachedCredential,
  type FetchToken,
  type FetchTokenOptions,
  type TokenCacheOptions,
} from './token/token-cache';

// Authorized requests to any API.
export {
  RestClient,
  type HttpMethod,
  type RestClientOptions,
  type RestListOptions,
  type RestPage,
  type RestRequestOptions,
  type RestResponse,
} from './rest/rest-client';
export type { Query } from './http/url';
export type { RetryEvent, RetryOptions } from './http/retry';

// Media Services.
export {
  AmsClient,
  MEDIA_SERVICES_RESOURCE,
  type AmsClientOptions,
  type ODataFormat,
} from './media-services/ams-client';
export { entityPath, odataString, parseODataDate } from './media-services/odata';
export { waitForOperation, type AmsOperation, type AmsWaitOptions } from './media-services/operations';
export type { AmsListOptions } from './media-services/paging';

// Errors.
export { AmsRestError, AuthenticationError, NetworkError, ProtocolError, ServiceError } from './http/errors';

// Transports, and redaction for logs.
export type { ClosableTransport, HttpRequest, HttpResponse, Transport } from './http/messages';
export { undiciTransport, type UndiciTransportOptions } from './http/undici-transport';
export { fetchTransport } from './http/fetch-transport';
export { isLoopback } from './http/url';
export { redactText, redactUrl } from './http/redact';
export { redactHeaders, redactRequest } from './http/redact-request';
