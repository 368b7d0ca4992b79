// Managed identities
import {
  appServiceCredential,
  ARC_KEY_FOLDERS,
  arcCredential,
  buildAppServiceRequest,
  buildArcRequest,
  buildImdsRequest,
  checkArcKeyPath,
  imdsCredential,
  judgeArcChallenge,
  judgeIdentityResponse,
  probeImds,
  type AppServiceIdentityOptions,
  type ArcIdentityOptions,
  type ArcKeyFolder,
  type ImdsOptions,
  type ManagedIdentityOptions,
  type Transport,
  type UserAssignedIdentity,
} from 'ams-rest';

declare const transport: Transport;

{
  // #region imdsCredential ImdsOptions
  const options: ImdsOptions = { probeTimeoutMs: 500 };
  const credential = imdsCredential(options);
  const { token } = await credential.getToken('https://rest.media.azure.net/.default');
  // #endregion
}
{
  // #region ManagedIdentityOptions UserAssignedIdentity
  const identity: UserAssignedIdentity = { clientId: '00001111-aaaa-2222-bbbb-3333cccc4444' };
  const options: ManagedIdentityOptions = { identity, timeoutMs: 5000 };
  const credential = imdsCredential(options);
  // #endregion
}
{
  // #region probeImds
  if (await probeImds(transport)) console.log('this is a machine in Azure');
  // #endregion
}
{
  // #region buildImdsRequest judgeIdentityResponse
  const request = buildImdsRequest('https://rest.media.azure.net');
  request.url; // → 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Frest.media.azure.net'
  const body = { token_type: 'Bearer', access_token: 'opaque', expires_in: '86400' };
  const response = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
  const token = judgeIdentityResponse(request, response, 0);
  token.expiresOnTimestamp; // → 86_400_000
  // #endregion
}
{
  // #region appServiceCredential AppServiceIdentityOptions
  const options: AppServiceIdentityOptions = {
    endpoint: process.env['IDENTITY_ENDPOINT'] ?? '',
    header: process.env['IDENTITY_HEADER'] ?? '',
  };
  const credential = appServiceCredential(options);
  const { token } = await credential.getToken('https://rest.media.azure.net/.default');
  // #endregion
}
{
  // #region buildAppServiceRequest
  const app = { endpoint: 'http://127.0.0.1:41741/msi/token', header: 'of IDENTITY_HEADER' };
  const request = buildAppServiceRequest('https://rest.media.azure.net', app);
  Object.keys(request.headers); // → ['accept', 'x-identity-header']
  // #endregion
}
{
  // #region arcCredential ArcIdentityOptions
  const options: ArcIdentityOptions = { keyFolder: ARC_KEY_FOLDERS.linux };
  const credential = arcCredential(options); // the process must be in the group `himds`
  // #endregion
}
{
  // #region buildArcRequest judgeArcChallenge
  const request = buildArcRequest('https://management.azure.com/');
  const headers = { 'www-authenticate': 'Basic realm=/var/opt/azcmagent/tokens/1.key' };
  judgeArcChallenge(request, { status: 401, headers, body: Buffer.of() }); // → '/var/opt/azcmagent/tokens/1.key'
  // #endregion
}
{
  // #region ARC_KEY_FOLDERS checkArcKeyPath ArcKeyFolder
  const folder: ArcKeyFolder = ARC_KEY_FOLDERS.linux;
  checkArcKeyPath('/var/opt/azcmagent/tokens/1.key', folder); // → '/var/opt/azcmagent/tokens/1.key'
  // #endregion
}
