import type { Directory } from './directory';

/** The OpenID Connect metadata document of the tenant, of version 1 or 2 of the endpoints. */
export function openIdConfiguration(
  directory: Directory,
  authority: string,
  tenant: string,
  version: 'v1' | 'v2',
): Readonly<Record<string, unknown>> {
  const base = `${authority}/${tenant}`;
  const oauth = version === 'v1' ? `${base}/oauth2` : `${base}/oauth2/v2.0`;
  const shared = {
    token_endpoint: `${oauth}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_endpoint: `${oauth}/authorize`,
    device_authorization_endpoint: `${oauth}/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${oauth}/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'tid', 'ver'],
    tenant_region_scope: 'WW',
    cloud_instance_name: 'microsoftonline.com',
  };
  if (version === 'v1') {
    return {
      ...shared,
      jwks_uri: `${authority}/common/discovery/keys`,
      response_types_supported: ['code', 'id_token', 'code id_token', 'token id_token', 'token'],
      scopes_supported: ['openid'],
      issuer: `https://sts.windows.net/${directory.tenantId}/`,
      microsoft_multi_refresh_token: true,
    };
  }
  return {
    ...shared,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${authority}/${directory.tenantId}/v2.0`,
    request_uri_parameter_supported: false,
  };
}
