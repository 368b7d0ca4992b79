/** The library and its peers that get tokens: `ask(authorityHost, secret)`, each with a new credential. */
import { ClientSecretCredential } from '@azure/identity';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { clientSecretCredential } from 'ams-rest';
import { LIMIT_MS } from './peers.mjs';

const CLIENT = '11111111-2222-3333-4444-555555555555';
const SCOPE = 'https://rest.media.azure.net/.default';

async function amsRest(authorityHost, clientSecret) {
  const credential = clientSecretCredential({
    tenantId: 'tenant',
    clientId: CLIENT,
    clientSecret,
    authorityHost,
    timeoutMs: LIMIT_MS,
    retry: { baseDelayMs: 10 },
  });
  return credential.getToken(SCOPE);
}

async function identity(authorityHost, clientSecret) {
  const credential = new ClientSecretCredential('tenant', CLIENT, clientSecret, {
    authorityHost,
    disableInstanceDiscovery: true,
    retryOptions: { retryDelayInMs: 10, maxRetryDelayInMs: 20 },
  });
  return credential.getToken(SCOPE, { requestOptions: { timeout: LIMIT_MS } });
}

async function msal(authorityHost, clientSecret) {
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: CLIENT,
      clientSecret,
      authority: `${authorityHost}/tenant`,
      knownAuthorities: [new URL(authorityHost).host],
    },
  });
  return application.acquireTokenByClientCredential({ scopes: [SCOPE] });
}

export const tokenPeers = { 'ams-rest': amsRest, '@azure/identity': identity, '@azure/msal-node': msal };
