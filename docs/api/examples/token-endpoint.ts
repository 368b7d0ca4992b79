// The token endpoint
import { clientSecretCredential, type TokenResponse, type Transport } from 'ams-rest';
import {
  buildTokenRequest,
  CHINA_CLOUD,
  clientAssertionForm,
  clientSecretForm,
  judgeTokenResponse,
  PUBLIC_CLOUD,
  requestToken,
  tokenEndpoint,
  US_GOVERNMENT_CLOUD,
  withBasicAuthentication,
  withCapabilities,
  type Authority,
  type Cloud,
  type EndpointVersion,
  type ExchangeOptions,
  type TokenForm,
} from 'ams-rest/credentials';

declare const transport: Transport;

{
  // #region requestToken clientSecretForm Authority TokenForm ExchangeOptions TokenResponse
  const authority: Authority = { tenantId: 'contoso.onmicrosoft.com' };
  const clientId = '00001111-aaaa-2222-bbbb-3333cccc4444';
  const form: TokenForm = clientSecretForm(clientId, process.env['AZURE_CLIENT_SECRET'] ?? '');
  const scope = 'https://rest.media.azure.net/.default';
  const options: ExchangeOptions = { timeoutMs: 10_000 };
  const answer: TokenResponse = await requestToken(transport, authority, form, scope, options);
  console.log(answer.expiresOnTimestamp, answer.fields);
  // #endregion
}
{
  // #region buildTokenRequest judgeTokenResponse
  // What `requestToken` does in between: sends, and repeats when that helps.
  const form = { grant_type: 'client_credentials', client_id: 'me', client_secret: 'from a vault' };
  const request = buildTokenRequest(
    { tenantId: 'contoso.onmicrosoft.com' },
    form,
    'https://vault.azure.net/.default',
  );
  const body = Buffer.from('{"token_type":"Bearer","access_token":"opaque","expires_in":3599}');
  const { expiresOnTimestamp } = judgeTokenResponse(request, { status: 200, headers: {}, body }, 0);
  expiresOnTimestamp; // → 3_599_000
  // #endregion
}
{
  // #region tokenEndpoint EndpointVersion
  const endpointVersion: EndpointVersion = 'v1';
  const authority = { tenantId: 'contoso.com', endpointVersion };
  tokenEndpoint(authority); // → 'https://login.microsoftonline.com/contoso.com/oauth2/token'
  // #endregion
}
{
  // #region clientAssertionForm
  const form = clientAssertionForm('the client id', 'header.claims.signature');
  form['client_assertion_type']; // → 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  // #endregion
}
{
  // #region withBasicAuthentication
  const form = clientSecretForm('me', 'from a vault');
  const request = buildTokenRequest({ tenantId: 'contoso.com' }, form, 'https://vault.azure.net/.default');
  withBasicAuthentication(request).headers['authorization']; // → 'Basic bWU6ZnJvbSthK3ZhdWx0'
  // #endregion
}
{
  // #region withCapabilities
  withCapabilities(['cp1'])(); // → '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
  // #endregion
}
{
  // #region Cloud PUBLIC_CLOUD CHINA_CLOUD US_GOVERNMENT_CLOUD
  const clouds: Record<string, Cloud> = { china: CHINA_CLOUD, us: US_GOVERNMENT_CLOUD };
  const { authorityHost, mediaServicesResource } = clouds[process.env['AZURE_CLOUD'] ?? ''] ?? PUBLIC_CLOUD;
  const credential = clientSecretCredential({
    authorityHost,
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    clientSecret: process.env['AZURE_CLIENT_SECRET'] ?? '',
  });
  const { token } = await credential.getToken(`${mediaServicesResource}/.default`);
  // #endregion
}
