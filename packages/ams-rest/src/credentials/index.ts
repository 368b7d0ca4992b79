/** The other credentials (certificates, federation, managed identities, users), and the steps that they share. */

// Services.
export {
  clientCertificateCredential,
  certificateAssertion,
  type ClientCertificateOptions,
} from './client-certificate';
export {
  assertionSigningInput,
  certificateAssertionClaims,
  certificateAssertionHeader,
  type AssertionMoment,
  type CertificateAssertionOptions,
  type CertificateFacts,
} from './certificate-assertion';
export { readCertificate, type CertificateKey } from './certificate-key';
export {
  clientAssertionCredential,
  clientAssertionForm,
  type AssertionRequest,
  type AssertionSource,
  type ClientAssertionOptions,
} from './client-assertion';
export {
  fileAssertion,
  workloadIdentityCredential,
  type WorkloadIdentityOptions,
} from './federated-token-file';
export { gitHubActionsAssertion, type GitHubActionsOptions } from './github-actions';

// Managed identities.
export type { ManagedIdentityOptions, UserAssignedIdentity } from './managed-identity';
export { imdsCredential, probeImds, type ImdsOptions } from './imds';
export { appServiceCredential, type AppServiceIdentityOptions } from './app-service-identity';
export { arcCredential, type ArcIdentityOptions } from './arc-identity';
export type { ArcKeyFolder } from './arc-key-file';

// Users.
export {
  authorizationCodeCredential,
  authorizationCodeForm,
  authorizationUrl,
  judgeAuthorizationResponse,
  type AuthorizationCodeOptions,
  type AuthorizationRequest,
  type CodeRedemption,
} from './authorization-code';
export { createPkce, type Pkce } from './pkce';
export { deviceCodeCredential, type DeviceCode, type DeviceCodeOptions } from './device-code';
export {
  refreshTokenCredential,
  refreshTokenForm,
  userScope,
  type RefreshTokenOptions,
  type UserCredentialOptions,
} from './user-credential';

// For the options of a credential.
export { explainRefusal } from './aadsts-hints';
export { withBasicAuthentication } from './http-basic';
export { withCapabilities } from './client-capabilities';
export { sharedTokens, type SharedTokenOptions, type TokenStore } from './token-store';
export type {
  ClientCredentialsOptions,
  TokenCredentialOptions,
  TokenSharing,
} from '../token/client-credentials';

// One exchange with the token endpoint, without a cache.
export { clientSecretForm } from '../token/client-credentials';
export {
  buildTokenRequest,
  judgeTokenResponse,
  requestToken,
  tokenEndpoint,
  type Authority,
  type EndpointVersion,
  type ExchangeOptions,
  type TokenEndpointOptions,
  type TokenForm,
  type TokenRefusal,
} from '../token/token-endpoint';

// What a token says, and the hosts and resources of each cloud.
export {
  describeAccessToken,
  type TokenAttribute,
  type TokenDescription,
  type TokenParty,
} from './describe-token';
export { CHINA_CLOUD, PUBLIC_CLOUD, US_GOVERNMENT_CLOUD, type Cloud } from './clouds';
