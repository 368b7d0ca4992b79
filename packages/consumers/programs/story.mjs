// ESM JavaScript: named imports of the CommonJS build. STORY_TRANSPORT=fetch for runtimes other than Node.
import assert from 'node:assert/strict';
import {
  AmsClient,
  AuthenticationError,
  clientSecretCredential,
  entityPath,
  fetchTransport,
  ServiceError,
  undiciTransport,
} from 'ams-rest';

const { env } = process;
const transport = env.STORY_TRANSPORT === 'fetch' ? fetchTransport() : undiciTransport();
const identity = {
  authorityHost: env.AZURE_AUTHORITY_HOST,
  tenantId: env.AZURE_TENANT_ID,
  clientId: env.AZURE_CLIENT_ID,
  clientSecret: env.AZURE_CLIENT_SECRET,
  transport,
};
const ams = new AmsClient({
  endpoint: env.AMS_ENDPOINT,
  credential: clientSecretCredential(identity),
  transport,
});

const { body: asset } = await ams.request('POST', 'Assets', { body: { Name: 'from a consumer' } });
const { body: same } = await ams.request('GET', entityPath('Assets', asset.Id));
assert.equal(same.Name, 'from a consumer');

const wrong = clientSecretCredential({ ...identity, clientSecret: 'not the secret' });
await assert.rejects(
  wrong.getToken('https://rest.media.azure.net/.default'),
  (error) => error instanceof AuthenticationError && error instanceof ServiceError && error.status === 401,
);
await transport.close?.();
console.log('ok');
