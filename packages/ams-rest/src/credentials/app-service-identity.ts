/** Managed identities of App Service, Functions and Container Apps: an endpoint on the host, and a header as proof. */
import type { HttpRequest } from '../http/messages';
import { undiciTransport } from '../http/undici-transport';
import {
  buildIdentityRequest,
  identityParameter,
  platformEndpoint,
  requestIdentityToken,
  type ManagedIdentityOptions,
} from './managed-identity';
import { cachedCredential, type CachedCredential } from '../token/token-cache';
import { resourceOfScope, type TokenResponse } from '../token/token-endpoint';

/** The settings that App Service gives an app for its managed identity. */
export interface AppServiceIdentityOptions extends ManagedIdentityOptions {
  /** `IDENTITY_ENDPOINT` of the app. */
  readonly endpoint: string;
  /** `IDENTITY_HEADER` of the app. A secret: it changes when the app restarts. */
  readonly header: string;
}

const NAMES = { clientId: 'client_id', objectId: 'principal_id', resourceId: 'mi_res_id' };

/** Builds the token request; pure. @throws TypeError when the header is empty, or what `platformEndpoint` throws. */
export function buildAppServiceRequest(
  resource: string,
  options: AppServiceIdentityOptions,
  signal?: AbortSignal,
): HttpRequest {
  if (!options.header) throw new TypeError('header is empty');
  const endpoint = platformEndpoint(options.endpoint, 'endpoint').href;
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
 * A credential that gets and caches the tokens of the app's managed identity.
 *
 * @throws TypeError for invalid settings; `getToken` throws what `requestIdentityToken` throws.
 */
export function appServiceCredential(options: AppServiceIdentityOptions): CachedCredential<TokenResponse> {
  const { transport = undiciTransport() } = options;
  if (!options.header) throw new TypeError('header is empty');
  platformEndpoint(options.endpoint, 'endpoint');
  const retry = { alsoRetry: [404], ...options.retry };
  return cachedCredential(
    (scope, { signal }) => {
      const request = buildAppServiceRequest(resourceOfScope(scope), options, signal);
      return requestIdentityToken(transport, request, { ...options, retry });
    },
    options,
    options.transport ? undefined : transport,
  );
}
