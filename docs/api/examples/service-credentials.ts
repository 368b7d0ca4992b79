// Credentials of a service
import { readFileSync } from 'node:fs';
import {
  clientAssertionCredential,
  clientCertificateCredential,
  fileAssertion,
  gitHubActionsAssertion,
  sharedTokens,
  workloadIdentityCredential,
  type AssertionRequest,
  type AssertionSource,
  type ClientAssertionOptions,
  type ClientCertificateOptions,
  type ClientCredentialsOptions,
  type GitHubActionsOptions,
  type TokenCredentialOptions,
  type TokenSharing,
  type WorkloadIdentityOptions,
} from 'ams-rest/credentials';
import { clientSecretCredential, type ClientSecretOptions, type Transport } from 'ams-rest';

declare const transport: Transport;
declare const signInVault: (request: AssertionRequest) => Promise<string>;

{
  // #region clientSecretCredential ClientSecretOptions
  const options: ClientSecretOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    clientSecret: process.env['AZURE_CLIENT_SECRET'] ?? '',
  };
  const credential = clientSecretCredential(options);
  const { token, expiresOnTimestamp } = await credential.getToken('https://management.azure.com//.default');
  // #endregion
}
{
  // #region ClientCredentialsOptions TokenCredentialOptions TokenSharing
  // What all credentials share, kept in one place.
  const exchange: TokenCredentialOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    transport,
    timeoutMs: 10_000,
  };
  const tokenStore: TokenSharing = sharedTokens({ store: new Map<string, string>() });
  const shared: ClientCredentialsOptions = { ...exchange, tokenStore };
  const clientSecret = process.env['AZURE_CLIENT_SECRET'] ?? '';
  const credential = clientSecretCredential({ ...shared, clientSecret });
  // #endregion
}
{
  // #region clientCertificateCredential ClientCertificateOptions
  const options: ClientCertificateOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    certificate: readFileSync('app.pem'), // certificate and private key, in any order
  };
  const credential = clientCertificateCredential(options);
  const { token } = await credential.getToken('https://rest.media.azure.net/.default');
  // #endregion
}
{
  // #region clientAssertionCredential ClientAssertionOptions AssertionSource AssertionRequest
  // Asked at every exchange; what it throws is what `getToken` throws.
  const assertion: AssertionSource = ({ audience, signal }: AssertionRequest) =>
    signInVault({ audience, signal });
  const options: ClientAssertionOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    assertion,
  };
  const credential = clientAssertionCredential(options);
  // #endregion
}
{
  // #region workloadIdentityCredential WorkloadIdentityOptions
  // In a pod, with the variables that Azure Workload Identity sets.
  const options: WorkloadIdentityOptions = {
    tenantId: process.env['AZURE_TENANT_ID'] ?? '',
    clientId: process.env['AZURE_CLIENT_ID'] ?? '',
    tokenFilePath: process.env['AZURE_FEDERATED_TOKEN_FILE'] ?? '',
  };
  const credential = workloadIdentityCredential(options);
  // #endregion
}
{
  // #region fileAssertion
  // As in a pod, from a file that something else keeps fresh.
  const credential = clientAssertionCredential({
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    assertion: fileAssertion('/var/run/secrets/tokens/azure'),
  });
  // #endregion
}
{
  // #region gitHubActionsAssertion GitHubActionsOptions
  // In a job with `permissions: id-token: write`.
  const options: GitHubActionsOptions = {
    requestUrl: process.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '',
    requestToken: process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '',
  };
  const credential = clientAssertionCredential({
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    assertion: gitHubActionsAssertion(options),
  });
  // #endregion
}
