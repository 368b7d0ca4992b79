import {
  adaptivePreset,
  at,
  encoderId,
  items,
  oneToOne,
  requestToken,
  startClient,
  type Answer,
  type Client,
  type Json,
} from './client';

// Requests in the very forms in which clients of the service's time sent them.

let client: Client;

beforeAll(async () => {
  client = await startClient({ accessControlService: true });
});
afterAll(() => client.emulator.close());

const idOf = (entity: Json): string => String(entity['Id']);

describe('node-azure-media: account key, 301, version 2.2, verbose JSON, American dates', () => {
  let base: string;
  let headers: Record<string, string>;

  async function call(method: string, path: string, body?: Json): Promise<Answer> {
    return client.raw(base + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  const created = async (path: string, body: Json): Promise<Json> =>
    ((await call('POST', path, body)).json as { d: Json }).d;
  const listed = async (path: string): Promise<Json[]> =>
    ((await call('GET', path)).json as { d: { results: Json[] } }).d.results;

  beforeAll(async () => {
    const { emulator } = client;
    const [account] = emulator.accounts;
    const token = await client.raw(`${emulator.url}/v2/OAuth2-13`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: account?.name ?? '',
        client_secret: account?.key ?? '',
        scope: 'urn:WindowsAzureMediaServices',
      }),
    });
    headers = {
      Accept: 'application/json;odata=verbose',
      DataServiceVersion: '3.0',
      MaxDataServiceVersion: '3.0',
      'x-ms-version': '2.2',
      'Content-Type': 'application/json;odata=verbose',
      Authorization: `Bearer ${String(token.json['access_token'])}`,
    };
    const control = (isMoved: boolean): Promise<Answer> =>
      client.raw(`${emulator.controlEndpoint}moved`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ isMoved }),
      });
    await control(true);
    base = (await client.raw(`${emulator.apiEndpoint}Assets`, { headers })).headers.get('location') ?? '';
    await control(false);
  });

  test('uploads, encodes and publishes', async () => {
    const asset = await created('Assets', { Name: 'sample.mp4' });
    const policy = await created('AccessPolicies', {
      Name: 'NodeSDK_300',
      DurationInMinutes: 300,
      Permissions: 2,
    });
    const start = new Date(client.emulator.clock.now() - 600_000);
    const american = `${start.toLocaleDateString('en-US', { timeZone: 'UTC' })} ${start.toLocaleTimeString('en-US', { timeZone: 'UTC', hour12: true }).replace(/\s/g, ' ')}`;
    const locator = await created('Locators', {
      StartTime: american,
      AccessPolicyId: policy['Id'],
      AssetId: asset['Id'],
      Type: 1,
    });
    const upload = new URL(String(locator['Path']));
    upload.pathname += '/sample.mp4';
    const put = await client.raw(upload.href, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/octet-stream', 'x-ms-blob-type': 'BlockBlob' },
      body: 'film',
    });
    expect(put.status).toBe(201);
    expect((await call('DELETE', `Locators('${idOf(locator)}')`)).status).toBe(204);
    // The base ends with a slash and the client adds another.
    const infos = await call('GET', `/CreateFileInfos?assetid=%27${encodeURIComponent(idOf(asset))}%27`);
    expect(infos.status).toBe(204);
    const query = `$filter=ParentAssetId%20eq%20'${idOf(asset)}'&$orderby=Created%20desc&$top=1`;
    expect(await listed(`Files?${query}`)).toMatchObject([{ Name: 'sample.mp4', ContentFileSize: '4' }]);

    const [processor = {}] = await listed(
      "MediaProcessors?$filter=Name%20eq%20'Windows%20Azure%20Media%20Encoder'",
    );
    const read = ((await call('GET', `Assets('${idOf(asset)}')`)).json as { d: Json }).d;
    const job = await created('Jobs', {
      Name: 'EncodeVideo',
      InputMediaAssets: [{ __metadata: { uri: (read['__metadata'] as Json)['uri'] } }],
      Tasks: [
        {
          Configuration: 'H264 Adaptive Bitrate MP4 Set 720p',
          MediaProcessorId: processor['Id'],
          TaskBody: oneToOne,
        },
      ],
    });
    client.emulator.clock.advance(3000);
    expect((await call('GET', `Jobs('${idOf(job)}')`)).json).toMatchObject({ d: { State: 3 } });
    const [output = {}] = await listed(`Jobs('${idOf(job)}')/OutputMediaAssets`);
    expect((await listed(`Assets('${idOf(output)}')/Files`)).map(({ Name }) => Name)).toContain('sample.ism');
  });
});

describe('amspy: whole segments encoded, doubled slashes, single quotes', () => {
  const verbose = {
    Accept: 'application/json;odata=verbose',
    'Content-Type': 'application/json;odata=verbose',
  };

  test('finds and changes a file, and submits a job with JSON inside single quotes', async () => {
    const root = client.emulator.apiEndpoint;
    const made = await client.send('POST', `${root}/Assets`, '{"Name": "amspy", "Options": "0"}', verbose);
    const { d: asset } = made.json as { d: Json };
    const file = await client.send(
      'POST',
      `${root}/Files`,
      `{"IsEncrypted": "false", "IsPrimary": "false", "MimeType": "video/mp4", "Name": "movie.mp4", "ParentAssetId": "${idOf(asset)}"}`,
      verbose,
    );
    const { d } = file.json as { d: Json };
    const path = encodeURIComponent(`/Files('${idOf(d)}')`)
      .replaceAll("'", '%27')
      .replace('(', '%28')
      .replace(')', '%29');
    const body = `{"ContentFileSize": "5", "Id": "${idOf(d)}", "MimeType": "video/mp4", "Name": "movie.mp4", "ParentAssetId": "${idOf(asset)}"}`;
    expect((await client.send('PATCH', root + path, body, verbose)).status).toBe(204);
    const uri = `https://media.windows.net/API%2FAssets%28%27${encodeURIComponent(idOf(asset))}%27%29`;
    const job = await client.send(
      'POST',
      `${root}/Jobs`,
      `{"Name":"amspy","InputMediaAssets":[{"__metadata":{"uri":"${uri}"}}],"Tasks":[{"Configuration":'{"Version":1.0,"Codecs":[],"Outputs":[]}',"MediaProcessorId":"${encoderId}","TaskBody":"${oneToOne.replaceAll('"', '\\"')}"}]}`,
      verbose,
    );
    expect(job.status).toBe(201);
    expect(job.json).toMatchObject({ d: { State: 0 } });
  });
});

test('RestSharp sample: a light body, the answer in verbose', async () => {
  const asset = await client.expect(201, 'POST', 'Assets', { Name: 'restsharp' });
  await client.expect(201, 'POST', 'Files', { Name: 'a.mp4', ParentAssetId: asset['Id'] });
  const endPoint = await client.expect(201, 'POST', 'NotificationEndPoints', {
    Name: 'queue',
    EndPointAddress: 'jobs',
    EndPointType: 1,
  });
  const answer = await client.send(
    'POST',
    'Jobs',
    {
      Name: 'restsharp',
      'InputMediaAssets@odata.bind': [client.emulator.apiEndpoint + at('Assets', asset)],
      Tasks: [
        {
          Name: 'task',
          Configuration: adaptivePreset,
          MediaProcessorId: encoderId,
          TaskBody: oneToOne,
          TaskNotificationSubscriptions: [
            { IncludeTaskProgress: false, NotificationEndPointId: endPoint['Id'], TargetTaskState: 2 },
          ],
        },
      ],
    },
    { Accept: 'application/json;odata=verbose' },
  );
  expect(answer.status).toBe(201);
  const { d } = answer.json as { d: Json };
  expect(items(await client.expect(200, 'GET', at('Jobs', d, '/Tasks')))).toMatchObject([
    { TaskNotificationSubscriptions: [{ TargetTaskState: 2 }] },
  ]);
});

test('Azure CLI: no Accept, the version in the query, the result in d.results', async () => {
  const token = await requestToken(client.emulator);
  const Authorization = `Bearer ${String(token.json['access_token'])}`;
  const url = `${client.emulator.apiEndpoint}EncodingReservedUnitTypes?api-version=2.19`;
  const read = await client.raw(url, { headers: { Authorization } });
  const [unit = {}] = (read.json as { d: { results: Json[] } }).d.results;
  const put = await client.raw(
    `${client.emulator.apiEndpoint}EncodingReservedUnitTypes(guid'${String(unit['AccountId'])}')?api-version=2.19`,
    {
      method: 'PUT',
      headers: { Authorization, 'Content-Type': 'application/json', 'Accept-Charset': 'UTF-8' },
      body: '{"ReservedUnitType": 1, "CurrentReservedUnits": 2}',
    },
  );
  expect(put.status).toBe(204);
});
