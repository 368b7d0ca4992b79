// A person’s sign-in
import {
  authorizationCodeCredential,
  authorizationCodeForm,
  authorizationUrl,
  createPkce,
  deviceCodeCredential,
  judgeAuthorizationResponse,
  refreshTokenCredential,
  refreshTokenForm,
  requestToken,
  userScope,
  type AuthorizationCodeOptions,
  type AuthorizationRequest,
  type CodeRedemption,
  type DeviceCode,
  type DeviceCodeOptions,
  type Pkce,
  type RefreshTokenOptions,
  type UserCredentialOptions,
} from 'ams-rest/credentials';
import { type Transport } from 'ams-rest';

declare const transport: Transport;
declare const openBrowser: (url: string) => Promise<void>;
declare const saveWhereSecretsAreKept: (refreshToken: string) => Promise<void>;
declare const savedRefreshToken: string;

{
  // #region authorizationCodeCredential AuthorizationCodeOptions
  const options: AuthorizationCodeOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    openBrowser, // shows the person this address
    onRefreshToken: saveWhereSecretsAreKept,
  };
  const credential = authorizationCodeCredential(options);
  const { token } = await credential.getToken('https://rest.media.azure.net/.default');
  // #endregion
}
{
  // #region deviceCodeCredential DeviceCodeOptions DeviceCode
  const show = ({ message }: DeviceCode) => console.log(message); // To sign in, use a web browser to open …
  const options: DeviceCodeOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    onUserCode: show,
  };
  const credential = deviceCodeCredential(options);
  // #endregion
}
{
  // #region refreshTokenCredential RefreshTokenOptions UserCredentialOptions
  const app: UserCredentialOptions = {
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    onRefreshToken: saveWhereSecretsAreKept,
  };
  const options: RefreshTokenOptions = { ...app, refreshToken: savedRefreshToken };
  const credential = refreshTokenCredential(options);
  // #endregion
}
{
  // #region authorizationUrl AuthorizationRequest
  const { codeChallenge: challenge } = await createPkce(); // keep its verifier for the code
  const request: AuthorizationRequest = {
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    redirectUri: 'http://localhost:3000/',
    scope: 'https://rest.media.azure.net/.default offline_access',
    state: crypto.randomUUID(),
    codeChallenge: challenge,
  };
  const url = authorizationUrl({ tenantId: 'contoso.onmicrosoft.com' }, request);
  // #endregion
}
{
  // #region judgeAuthorizationResponse
  const redirected = new URL('http://localhost:3000/?code=from-the-browser&state=the-one-sent');
  judgeAuthorizationResponse('https://login.microsoftonline.com/', redirected.searchParams); // → 'from-the-browser'
  // #endregion
}
{
  // #region authorizationCodeForm CodeRedemption
  const { codeVerifier } = await createPkce(); // that of the sign-in
  const code = 'from-the-browser';
  const redemption: CodeRedemption = { code, redirectUri: 'http://localhost:3000/', codeVerifier };
  const form = authorizationCodeForm('00001111-aaaa-2222-bbbb-3333cccc4444', redemption);
  form['grant_type']; // → 'authorization_code'
  // #endregion
}
{
  // #region createPkce Pkce
  const pkce: Pkce = await createPkce();
  pkce.codeVerifier.length; // → 43
  // #endregion
}
{
  // #region refreshTokenForm
  const form = refreshTokenForm('00001111-aaaa-2222-bbbb-3333cccc4444', savedRefreshToken);
  const authority = { tenantId: 'contoso.onmicrosoft.com' };
  const { refreshToken } = await requestToken(
    transport,
    authority,
    form,
    'https://rest.media.azure.net/.default',
  );
  // #endregion
}
{
  // #region userScope
  const authority = { tenantId: 'contoso.onmicrosoft.com' };
  userScope(authority, 'https://rest.media.azure.net/.default'); // → 'https://rest.media.azure.net/.default offline_access'
  // #endregion
}
