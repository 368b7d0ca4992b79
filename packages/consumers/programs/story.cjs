// CommonJS JavaScript. An ESM import of the same package gives the same classes: instanceof holds across the two.
const assert = require('node:assert/strict');
const { AmsClient, clientSecretCredential, ServiceError } = require('ams-rest');

async function main() {
  const { env } = process;
  const ams = new AmsClient({
    endpoint: env.AMS_ENDPOINT,
    credential: clientSecretCredential({
      authorityHost: env.AZURE_AUTHORITY_HOST,
      tenantId: env.AZURE_TENANT_ID,
      clientId: env.AZURE_CLIENT_ID,
      clientSecret: env.AZURE_CLIENT_SECRET,
    }),
  });
  const names = [];
  await ams.request('POST', 'Assets', { body: { Name: 'from CommonJS' } });
  for await (const { Name } of ams.list('Assets')) names.push(Name);
  assert.ok(names.includes('from CommonJS'));
  await assert.rejects(ams.request('GET', 'NoSuchSet'), (error) => error instanceof ServiceError);
  assert.equal((await import('ams-rest')).ServiceError, ServiceError);
  assert.ok(require('ams-rest/package.json').version);
  console.log('ok');
}

main();
