/** Managed identities of App Service, Functions and Container Apps: an endpoint on the host, and a header as proof. */
import { parseBaseUrl, type HttpRequest } from '../http';
import { undiciTransport } from '../undici-transport';
import {
  buildIdentityRequest,
  identityParameter,
  requestIdentityToken,
  type ManagedIdentityOptions,
} from './managed-identity';
import { cachedCredential, type CachedCredential } from './token-cache';
import { resourceOfScope, type TokenResponse } from './token-endpoint';

/** What App Service tells an app about its managed identity. */
export interface AppServiceIdentityOptions extends ManagedIdentityOptions {
  /** `IDENTITY_ENDPOINT` of the app. */
  readonly endpoint: string;
  /** `IDENTITY_HEADER` of the app. A secret: it changes when the app restarts. */
  readonly header: string;
}

const NAMES = { clientId: 'client_id', objectId: 'principal_id', resourceId: 'mi_res_id' };

/** Builds the token request; pure. @throws TypeError when the header is empty or the endpoint not of this machine. */
export function buildAppServiceRequest(
  resource: string,
  options: AppServiceIdentityOptions,
  signal?: AbortSignal,
): HttpRequest {
  if (!options.header) throw new TypeError('header is empty');
  const endpoint = identityEndpoint(options.endpoint);
  const query = [
    ['api-version', '2019-08-01'],
    ['resource', resource],
    ...identityParameter(options.identity, NAMES),
  ] as const;
  return buildIdentityRequest(
    endpoint,
    query,
    { 'x-identity-header': options.header },
    { ...options, signal },
  );
}

/**
 * A credential that gets the tokens of the app's managed identity, and remembers them.
 *
 * @throws TypeError when the settings cannot be right; `getToken` throws what `requestIdentityToken` throws.
 */
export function appServiceCredential(options: AppServiceIdentityOptions): CachedCredential<TokenResponse> {
  const { transport = undiciTransport() } = options;
  if (!options.header) throw new TypeError('header is empty');
  identityEndpoint(options.endpoint);
  const retry = { alsoRetry: [404], ...options.retry };
  return cachedCredential(
    (scope, { signal }) =>
      requestIdentityToken(transport, buildAppServiceRequest(resourceOfScope(scope), options, signal), retry),
    options,
  );
}

/** Plain http is for this machine and its link; on some plans the endpoint is `http://169.254.…`. */
function identityEndpoint(endpoint: string): string {
  if (/^http:\/\/169\.254\.\d+\.\d+[:/]/.test(endpoint)) return endpoint;
  return parseBaseUrl(endpoint, 'endpoint').href;
}
