import { clientSecretCredential } from './ams-rest/token/client-credentials.js';
import { AmsClient } from './ams-rest/media-services/ams-client.js';
import { entityPath } from './ams-rest/media-services/odata.js';
import { identity, setting } from './setting.js';

export async function run(): Promise<string> {
  const ams = new AmsClient({
    endpoint: setting('AMS_ENDPOINT'),
    credential: clientSecretCredential(identity),
  });
  const body = await ams.json<{ Id: string }>('POST', 'Assets', { body: { Name: 'copied' } });
  const { status } = await ams.request('DELETE', entityPath('Assets', body.Id));
  return String(status);
}
