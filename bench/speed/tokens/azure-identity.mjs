import { ClientSecretCredential } from '@azure/identity';

/** @type {import('../contestant.mjs').OpenToken} */
export async function open({ tenantId, clientId, clientSecret, authorityHost, scope }) {
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost,
    disableInstanceDiscovery: true,
  });
  return { getToken: () => credential.getToken(scope) };
}
