import { constants, publicEncrypt, randomBytes, randomUUID, X509Certificate } from 'node:crypto';
import {
  adaptivePreset,
  at,
  encoderId,
  items,
  oneToOne,
  requestToken,
  sampleFilm,
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
      body: sampleFilm,
    });
    expect(put.status).toBe(201);
    expect((await call('DELETE', `Locators('${idOf(locator)}')`)).status).toBe(204);
    // The base ends with a slash and the client adds another.
    const infos = await call('GET', `/CreateFileInfos?assetid=%27${encodeURIComponent(idOf(asset))}%27`);
    expect(infos.status).toBe(204);
    const query = `$filter=ParentAssetId%20eq%20'${idOf(asset)}'&$orderby=Created%20desc&$top=1`;
    expect(await listed(`Files?${query}`)).toMatchObject([
      { Name: 'sample.mp4', ContentFileSize: String(sampleFilm.length) },
    ]);

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

describe('amspy and azurerm: whole segments encoded, doubled slashes, single quotes', () => {
  test('the account key may be followed by a blank, but not differ', async () => {
    const [{ name, key } = { name: '', key: '' }] = client.emulator.accounts;
    const ask = (secret: string): Promise<Answer> =>
      client.raw(`${client.emulator.url}/v2/OAuth2-13`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: `grant_type=client_credentials&client_id=${name}&client_secret=${secret}&scope=urn%3aWindowsAzureMediaServices`,
      });
    const quoted = encodeURIComponent(key);
    expect((await ask(`${quoted} `)).status).toBe(200);
    const other = encodeURIComponent(Buffer.alloc(32, 1).toString('base64'));
    for (const wrong of ['', ' ', quoted.slice(4), `${quoted}AAAA`, `${quoted}!`, other])
      expect([wrong, (await ask(wrong)).json['error']]).toEqual([wrong, 'invalid_client']);
  });

  const verbose = {
    Accept: 'application/json;odata=verbose',
    'Content-Type': 'application/json;odata=verbose',
  };

  test('finishes its AES workflow on a moved API, by the links that it was given', async () => {
    const { emulator } = client;
    const [{ name, key } = { name: '', key: '' }] = emulator.accounts;
    const signIn = await client.raw(`${emulator.url}/v2/OAuth2-13`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `grant_type=client_credentials&client_id=${name}&client_secret=${encodeURIComponent(key)} &scope=urn%3aWindowsAzureMediaServices`,
    });
    const headers = { ...verbose, Authorization: `Bearer ${String(signIn.json['access_token'])}` };
    const control = (isMoved: boolean): Promise<Answer> =>
      client.raw(`${emulator.controlEndpoint}moved`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ isMoved }),
      });
    const call = async (status: number, method: string, url: string, body?: Json): Promise<Json> => {
      const { d } = await client.expect(status, method, url, body, headers);
      return (d ?? {}) as Json;
    };
    await control(true);
    try {
      const base = (await client.raw(`${emulator.url}/`)).headers.get('location') ?? '';
      // Each call goes to the old root first and is sent again to the new one, with a slash too many.
      const post = async (status: number, path: string, body: Json): Promise<Json> => {
        const moved = await client.send('POST', emulator.apiEndpoint + path, body, headers);
        expect(moved.status).toBe(301);
        return call(status, 'POST', `${moved.headers.get('location') ?? ''}${path}`, body);
      };
      const make = (set: string, body: Json): Promise<Json> => post(201, `/${set}`, body);
      const uriOf = (entity: Json): string => (entity['__metadata'] as { uri: string }).uri;
      const asset = await make('Assets', { Name: 'aes', Options: '0' });
      const idOfKey = await call(200, 'GET', `${base}GetProtectionKeyId?contentKeyType=4`);
      const thumbprint = String(idOfKey['GetProtectionKeyId']);
      const given = await call(200, 'GET', `${base}GetProtectionKey?ProtectionKeyId='${thumbprint}'`);
      const der = Buffer.from(String(given['GetProtectionKey']), 'base64');
      const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
      const { publicKey } = new X509Certificate(der);
      const contentKey = await make('ContentKeys', {
        Id: `nb:kid:UUID:${randomUUID()}`,
        ContentKeyType: '4',
        EncryptedContentKey: publicEncrypt({ key: publicKey, ...padding }, randomBytes(16)).toString(
          'base64',
        ),
        ProtectionKeyId: thumbprint,
        ProtectionKeyType: '0',
        Checksum: 'AAAAAAAAAAA=',
      });
      const links = encodeURIComponent(`/Assets('${idOf(asset)}')/$links/ContentKeys`);
      await post(204, links, { uri: `${base}ContentKeys('${idOf(contentKey)}')` });
      const policy = await make('ContentKeyAuthorizationPolicies', { Name: 'open' });
      const option = await make('ContentKeyAuthorizationPolicyOptions', {
        Name: 'open',
        KeyDeliveryType: '2',
        KeyDeliveryConfiguration: '',
        Restrictions: [{ Name: 'open', KeyRestrictionType: '0', Requirements: null }],
      });
      await call(204, 'POST', `${uriOf(policy)}/$links/Options`, { uri: uriOf(option) });
      await call(204, 'PUT', uriOf(contentKey), { AuthorizationPolicyId: policy['Id'] });
      const { GetKeyDeliveryUrl } = await call(200, 'POST', `${uriOf(contentKey)}/GetKeyDeliveryUrl`, {
        keyDeliveryType: 2,
      });
      const delivery = await make('AssetDeliveryPolicies', {
        Name: 'aes',
        AssetDeliveryProtocol: 4,
        AssetDeliveryPolicyType: 3,
        AssetDeliveryConfiguration: JSON.stringify([{ Key: '2', Value: GetKeyDeliveryUrl }]),
      });
      await call(204, 'POST', `${uriOf(asset)}/$links/DeliveryPolicies`, { uri: uriOf(delivery) });
      const deferred = asset['ContentKeys'] as { __deferred: { uri: string } };
      const linked = (await call(200, 'GET', deferred.__deferred.uri)) as { results?: Json[] };
      expect(linked.results).toMatchObject([{ Id: contentKey['Id'], AuthorizationPolicyId: policy['Id'] }]);
      expect(uriOf(linked.results?.[0] ?? {}).startsWith(`${emulator.url}/cluster/api/ContentKeys(`)).toBe(
        true,
      );
    } finally {
      await control(false);
    }
  });

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

describe('Open edX: plain JSON under data service version 1.0, with verbose metadata inside', () => {
  const headers = (version: string): Record<string, string> => ({
    DataServiceVersion: version,
    MaxDataServiceVersion: '3.0',
    'x-ms-version': '2.15',
    'Accept-Charset': 'UTF-8',
  });
  const job = async (): Promise<Json> => {
    const asset = await client.expect(201, 'POST', 'Assets', { Name: 'edx' });
    await client.expect(201, 'POST', 'Files', { Name: 'a.mp4', ParentAssetId: asset['Id'] });
    return {
      Name: 'edx',
      InputMediaAssets: [{ __metadata: { uri: client.emulator.apiEndpoint + at('Assets', asset) } }],
      Tasks: [{ Configuration: adaptivePreset, MediaProcessorId: encoderId, TaskBody: oneToOne }],
    };
  };

  test.each(['1.0', '2.0', '1.0;NetFx'])('%s: taken, and answered in the light form', async (version) => {
    const made = await client.expect(201, 'POST', 'Jobs', await job(), headers(version));
    expect(made).toMatchObject({ Name: 'edx', State: 0 });
    const inputs = await client.expect(200, 'GET', at('Jobs', made, '/InputMediaAssets'));
    expect(items(inputs)).toMatchObject([{ Name: 'edx' }]);
    await client.expect(201, 'POST', 'Assets', { Name: 'light' }, headers(version));
  });

  test('3.0: refused', async () => {
    expect((await client.send('POST', 'Jobs', await job(), headers('3.0'))).status).toBe(400);
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
