/** Token and call by this library. */
import { AmsClient, clientSecretCredential } from 'ams-rest';

const { apiUrl, ...settings } = JSON.parse(process.env.SERVICE);

async function main() {
  const ams = new AmsClient({ endpoint: apiUrl, credential: clientSecretCredential(settings) });
  const { body } = await ams.request('GET', 'Assets');
  if (!body.Id) throw new Error('no asset');
}

void main();
