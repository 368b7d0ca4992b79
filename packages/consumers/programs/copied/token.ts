import { clientSecretCredential } from './ams-rest/token/client-credentials.js';
import { identity } from './setting.js';

export async function run(): Promise<string> {
  const credential = clientSecretCredential(identity);
  const scope = 'https://rest.media.azure.net/.default';
  const [one, two] = await Promise.all([credential.getToken(scope), credential.getToken(scope)]);
  return one.token === two.token ? 'shared' : 'asked twice';
}
