import { fetchTransport } from './ams-rest/http/fetch-transport.js';
import { blobUrlInContainer } from './ams-rest/storage/sas-url.js';
import { bytesSource } from './ams-rest/storage/sources.js';
import { uploadBlob } from './ams-rest/storage/upload.js';
import { identity, setting } from './setting.js';

/** Only the upload uses the library: the application already has the SAS locator. */
export async function run(): Promise<string> {
  const token = await fetch(`${identity.authorityHost}/${identity.tenantId}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: identity.clientId,
      client_secret: identity.clientSecret,
      resource: 'https://rest.media.azure.net',
    }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const post = async (set: string, body: object) => {
    const answer = await fetch(setting('AMS_ENDPOINT') + set, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${access_token}`,
        accept: 'application/json',
        'content-type': 'application/json',
        'x-ms-version': '2.19',
      },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as { Id: string; Path: string };
  };
  const asset = await post('Assets', { Name: 'copied' });
  const policy = await post('AccessPolicies', { Name: 'write', DurationInMinutes: 60, Permissions: 2 });
  const locator = await post('Locators', { AccessPolicyId: policy.Id, AssetId: asset.Id, Type: 1 });
  const bytes = new TextEncoder().encode('not quite a film');
  const url = blobUrlInContainer(locator.Path, 'film.mp4');
  const result = await uploadBlob(fetchTransport(), url, bytesSource(bytes));
  return String(result.sizeBytes);
}
