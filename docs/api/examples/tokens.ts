// Tokens, remembered and looked into
import {
  AmsClient,
  cachedCredential,
  clientSecretCredential,
  type AccessToken,
  type CachedCredential,
  type FetchToken,
  type FetchTokenOptions,
  type GetTokenOptions,
  type TokenCacheOptions,
  type TokenCredential,
} from 'ams-rest';
import {
  describeAccessToken,
  sharedTokens,
  type TokenParty,
  type SharedTokenOptions,
  type TokenAttribute,
  type TokenDescription,
  type TokenStore,
} from 'ams-rest/credentials';

declare const credential: TokenCredential;

{
  // #region TokenCredential AccessToken
  // Anything with this one method is a credential: for a test, or a token from elsewhere.
  const given: AccessToken = { token: 'opaque', expiresOnTimestamp: Date.now() + 3_600_000 };
  const credential: TokenCredential = { getToken: () => Promise.resolve(given) };
  const ams = new AmsClient({
    endpoint: 'https://accountname.restv2.westus.media.azure.net/api/',
    credential,
  });
  // #endregion
}
{
  // #region GetTokenOptions
  const options: GetTokenOptions = { abortSignal: AbortSignal.timeout(10_000) };
  const answer = await credential.getToken('https://rest.media.azure.net/.default', options);
  // #endregion
}
{
  // #region cachedCredential CachedCredential FetchToken FetchTokenOptions TokenCacheOptions
  const expiresOnTimestamp = Date.now() + 3_600_000;
  const fetchToken: FetchToken = (scope, { signal }: FetchTokenOptions) => {
    signal.throwIfAborted();
    return Promise.resolve({ token: `for ${scope}`, expiresOnTimestamp });
  };
  const options: TokenCacheOptions = { refreshAheadMs: 600_000 };
  const credential: CachedCredential = cachedCredential(fetchToken, options);
  const [first, second] = await Promise.all([credential.getToken('scope'), credential.getToken('scope')]);
  first === second; // → true
  // #endregion
}
{
  // #region sharedTokens TokenStore SharedTokenOptions
  const store: TokenStore = new Map<string, string>(); // for a fleet: a Keyv over Redis
  const options: SharedTokenOptions = {
    store,
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)), // the same in all processes
    onStoreError: (error) => console.error('token store', error),
  };
  const credential = clientSecretCredential({
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
    clientSecret: process.env['AZURE_CLIENT_SECRET'] ?? '',
    tokenStore: sharedTokens(options),
  });
  // #endregion
}
{
  // #region describeAccessToken TokenDescription TokenAttribute TokenParty
  const claims = Buffer.from('{"aud":"https://rest.media.azure.net"}').toString('base64url');
  const description: TokenDescription | undefined = describeAccessToken(`e30.${claims}.signature`);
  const wanted: TokenParty = 'resource';
  const isWanted = ({ party }: TokenAttribute) => party === wanted;
  description?.attributes.find(isWanted)?.value; // → 'https://rest.media.azure.net'
  // #endregion
}
