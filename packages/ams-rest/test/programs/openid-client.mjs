/**
 * Asks a token service as a certified client library does, and prints what it made of the answers. Arguments: issuer,
 * client id; the secret is in the environment.
 */
import * as client from 'openid-client';

const [issuer, clientId] = process.argv.slice(2);
const secret = process.env.PLANTED_SECRET;
const scope = 'https://rest.media.azure.net/.default';
const insecure = { execute: [client.allowInsecureRequests] };

async function kindOf(authentication, parameters = { scope }) {
  try {
    const config = await client.discovery(new URL(issuer), clientId, undefined, authentication, insecure);
    const {
      token_type: type,
      expires_in: life,
      refresh_token: refreshToken,
    } = await client.clientCredentialsGrant(config, parameters);
    return { type, life, hasRefreshToken: refreshToken !== undefined };
  } catch (error) {
    return { error: error.error, status: error.status };
  }
}

async function deviceCode() {
  const config = await client.discovery(new URL(issuer), clientId, undefined, client.None(), insecure);
  const { user_code: userCode, interval } = await client.initiateDeviceAuthorization(config, { scope });
  return { hasUserCode: userCode !== undefined, interval };
}

async function signIn() {
  const config = await client.discovery(new URL(issuer), clientId, undefined, client.None(), insecure);
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: 'http://localhost:1/',
    scope: `${scope} openid offline_access`,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...{ state, nonce },
  });
  const response = await fetch(url, { redirect: 'manual' });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  const location = new URL(response.headers.get('location'));
  const tokens = await client.authorizationCodeGrant(config, location, checks);
  const again = await client.refreshTokenGrant(config, tokens.refresh_token, { scope });
  return { name: tokens.claims().name, refreshed: again.access_token !== tokens.access_token };
}

console.log(
  JSON.stringify({
    post: await kindOf(client.ClientSecretPost(secret)),
    basic: await kindOf(client.ClientSecretBasic(secret)),
    wrong: await kindOf(client.ClientSecretPost('wrong')),
    deviceCode: await deviceCode(),
    signIn: await signIn(),
  }),
);
