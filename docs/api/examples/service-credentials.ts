// Credentials of a service
import { readFileSync } from 'node:fs';
import {
  buildGitHubTokenRequest,
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
  fileAssertion,
  gitHubActionsAssertion,
  judgeGitHubTokenResponse,
  workloadIdentityCredential,
  type AssertionRequest,
  type AssertionSource,
  type ClientAssertionOptions,
  type ClientCertificateOptions,
  type ClientCredentialsOptions,
  type ClientSecretOptions,
  type GitHubActionsOptions,
  type TokenExchangeOptions,
  type Transport,
  type WorkloadIdentityOptions,
} from 'ams-rest';

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
  // #region ClientCredentialsOptions TokenExchangeOptions
  // What all credentials share, kept in one place.
  const exchange: TokenExchangeOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    transport,
    timeoutMs: 10_000,
  };
  const shared: ClientCredentialsOptions = { ...exchange, tokenStore: { store: new Map<string, string>() } };
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
{
  // #region buildGitHubTokenRequest judgeGitHubTokenResponse
  const requestUrl = 'https://actions.contoso.com/token?api-version=2.0';
  const request = buildGitHubTokenRequest({ requestUrl, requestToken: 'of the job' });
  new URL(request.url).searchParams.get('audience'); // → 'api://AzureADTokenExchange'
  const response = { status: 200, headers: {}, body: Buffer.from('{"value":"the assertion"}') };
  judgeGitHubTokenResponse(request, response); // → 'the assertion'
  // #endregion
}
