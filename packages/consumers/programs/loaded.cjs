/** Tells which files of the library and of undici are loaded, before the first exchange and after it. */
const { clientSecretCredential } = require('ams-rest');

const loaded = (name) => Object.keys(require.cache).filter((path) => path.includes(`/node_modules/${name}/`));
const before = { library: loaded('ams-rest').length, undici: loaded('undici').length };
const credential = clientSecretCredential({
  tenantId: process.env.AZURE_TENANT_ID,
  clientId: process.env.AZURE_CLIENT_ID,
  clientSecret: process.env.AZURE_CLIENT_SECRET,
  authorityHost: process.env.AZURE_AUTHORITY_HOST,
});
credential.getToken('https://rest.media.azure.net/.default').then(() => {
  const whole = loaded('undici').some((path) => /undici\/index\.js$/.test(path));
  console.log(JSON.stringify({ before, whole, undici: loaded('undici').length }));
});
