// The two steps of the sample, with fetch only: get a token from Azure AD by REST, then call Media Services with it.

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Start a local Azure and load its settings first.`);
  return value;
}

async function getToken(): Promise<string> {
  const authority = `${setting('AZURE_AUTHORITY_HOST')}/${setting('AZURE_TENANT_ID')}`;
  const response = await fetch(`${authority}/oauth2/v2.0/token`, {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: setting('AZURE_CLIENT_ID'),
      client_secret: setting('AZURE_CLIENT_SECRET'),
      scope: 'https://rest.media.azure.net/.default',
    }),
  });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (response.status !== 200 || !answer.access_token)
    throw new Error(`The token endpoint answered ${response.status}: ${answer.error_description ?? ''}`);
  return answer.access_token;
}

async function request(token: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(setting('AMS_ENDPOINT') + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json;odata=verbose',
      'x-ms-version': '2.19',
      dataserviceversion: '3.0',
      maxdataserviceversion: '3.0',
      ...(body && { 'content-type': 'application/json;odata=verbose' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  if (text === '') return undefined;
  const { d } = JSON.parse(text) as { d: { results?: unknown } };
  return d.results ?? d;
}

async function main(): Promise<void> {
  const token = await getToken();
  console.log(`Got a token of ${token.length} characters.`);
  for (const set of ['MediaProcessors', 'Assets', 'AccessPolicies', 'Locators', 'Jobs'])
    console.log(`${set}: ${((await request(token, 'GET', set)) as unknown[]).length}`);
  const asset = (await request(token, 'POST', 'Assets', { Name: 'smallest' })) as { Id: string };
  console.log(`Created ${asset.Id}.`);
  await request(token, 'DELETE', `Assets('${encodeURIComponent(asset.Id)}')`);
  console.log('Deleted it.');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
