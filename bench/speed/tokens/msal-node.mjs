import { ConfidentialClientApplication } from '@azure/msal-node';

/** @type {import('../contestant.mjs').OpenToken} */
export async function open({ tenantId, clientId, clientSecret, authorityHost, scope }) {
  const app = new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret,
      authority: `${authorityHost}/${tenantId}`,
      knownAuthorities: [new URL(authorityHost).host],
    },
  });
  return { getToken: () => app.acquireTokenByClientCredential({ scopes: [scope] }) };
}
