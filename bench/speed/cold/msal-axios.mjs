/** Token by @azure/msal-node, call by axios. */
import { ConfidentialClientApplication } from '@azure/msal-node';
import axios from 'axios';

const { apiUrl, authorityHost, tenantId, clientId, clientSecret, scope, headers } = JSON.parse(
  process.env.SERVICE,
);

async function main() {
  const authority = `${authorityHost}/${tenantId}`;
  const app = new ConfidentialClientApplication({
    auth: { clientId, clientSecret, authority, knownAuthorities: [new URL(authorityHost).host] },
  });
  const { accessToken } = await app.acquireTokenByClientCredential({ scopes: [scope] });
  const { data } = await axios.get(`${apiUrl}Assets`, {
    headers: { ...headers, authorization: `Bearer ${accessToken}` },
  });
  if (!data.d.Id) throw new Error('no asset');
}

void main();
