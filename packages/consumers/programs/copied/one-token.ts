import { requestToken } from './ams-rest/token/token-endpoint.js';
import { fetchTransport } from './ams-rest/http/fetch-transport.js';
import { identity } from './setting.js';

export async function run(): Promise<string> {
  const { clientId, clientSecret } = identity;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const answer = await requestToken(
    fetchTransport(),
    identity,
    form,
    'https://rest.media.azure.net/.default',
  );
  return answer.fields.join();
}
