// Web standards only, so it runs in any runtime that has `fetch`: a token, a request, a retry and two ways of paging.
import { AmsClient, AuthenticationError, clientSecretCredential, fetchTransport, RestClient } from 'ams-rest';

/** Resolves with 'ok'. `settings` are those that the emulator prints, and the URL of its control API. */
export async function story(settings) {
  const transport = fetchTransport();
  const identity = {
    authorityHost: settings.AZURE_AUTHORITY_HOST,
    tenantId: settings.AZURE_TENANT_ID,
    clientId: settings.AZURE_CLIENT_ID,
    clientSecret: settings.AZURE_CLIENT_SECRET,
    transport,
  };
  const credential = clientSecretCredential(identity);

  const ams = new AmsClient({ endpoint: settings.AMS_ENDPOINT, credential, transport });
  const made = [];
  for (const Name of ['one', 'two', 'three'])
    made.push((await ams.request('POST', 'Assets', { body: { Name } })).body.Id);
  const listed = [];
  for await (const { Id } of ams.list('Assets', { pageSize: 2 })) listed.push(Id);
  expect(
    made.every((id) => listed.includes(id)),
    'the list has what was made',
  );

  await fetch(`${settings.EMULATOR_CONTROL}faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ service: 'api', kind: 'server-busy-rate', retryAfter: '0' }),
  });
  const retries = [];
  const rest = new RestClient({
    endpoint: settings.AMS_ENDPOINT,
    credential,
    scope: 'https://rest.media.azure.net/.default',
    headers: { 'x-ms-version': '2.19', dataserviceversion: '3.0', maxdataserviceversion: '3.0' },
    retry: { onRetry: ({ status }) => retries.push(status) },
    transport,
  });
  // Media Services sends no next link; this makes one, until a page comes short.
  let skip = 0;
  const readPage = ({ value }) => {
    skip += value.length;
    return { items: value, nextLink: value.length < 2 ? undefined : `Assets?$top=2&$skip=${skip}` };
  };
  const again = [];
  for await (const { Id } of rest.list('Assets', { query: { $top: 2 }, readPage })) again.push(Id);
  expect(again.length === listed.length, 'next links lead to every page');
  expect(retries.length === 1 && retries[0] === 503, 'one 503 was retried');

  const wrong = clientSecretCredential({ ...identity, clientSecret: 'not the secret' });
  const refused = await wrong.getToken('https://rest.media.azure.net/.default').catch((error) => error);
  expect(refused instanceof AuthenticationError, 'a wrong secret is an AuthenticationError');
  return 'ok';
}

function expect(isSo, what) {
  if (!isSo) throw new Error(`not so: ${what}`);
}
