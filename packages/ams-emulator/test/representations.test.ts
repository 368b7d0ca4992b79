import { at, items, startClient, verbose, type Client, type Json } from './client';

let client: Client;
let asset: Json;

beforeAll(async () => {
  client = await startClient();
  asset = await client.expect(201, 'POST', 'Assets', { Name: 'shape' });
});
afterAll(() => client.emulator.close());

const light = 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8';
const verboseType = 'application/json;odata=verbose;charset=utf-8';

test.each([
  ['application/json', light],
  ['application/json;odata=minimalmetadata', light],
  ['application/json, text/plain, */*', light],
  ['application/json;odata=verbose', verboseType],
  ['application/json; odata=verbose', verboseType],
  ['application/atom+xml;q=0.5, application/json;odata=verbose', verboseType],
  ['*/*', verboseType],
])('Accept: %s gives %s', async (accept, type) => {
  const answer = await client.send('GET', 'Assets', undefined, { Accept: accept });
  expect(answer.headers.get('content-type')).toBe(type);
});

test('a light entity has its context and no links, its properties in the order of the service', async () => {
  const entity = await client.expect(200, 'GET', at('Assets', asset));
  expect(Object.keys(entity)).toEqual(
    (
      'odata.metadata Id State Created LastModified AlternateId Name Options FormatOption Uri ' +
      'StorageAccountName'
    ).split(' '),
  );
  expect(entity['odata.metadata']).toBe(`${client.emulator.apiEndpoint}$metadata#Assets/@Element`);
  expect(entity['Uri']).toBe(`${client.emulator.blobEndpoint}/asset-${String(entity['Id']).slice(12)}`);
});

test('a verbose entity has metadata, the Publish action, deferred links and dates in ticks', async () => {
  const root = client.emulator.apiEndpoint;
  const uri = `${root}Assets('${encodeURIComponent(String(asset['Id']))}')`;
  const answer = await client.send('GET', at('Assets', asset), undefined, verbose);
  const deferred = ['Locators', 'ContentKeys', 'Files', 'ParentAssets', 'DeliveryPolicies', 'AssetFilters']
    .concat('StorageAccount')
    .map((name) => `"${name}":{"__deferred":{"uri":"${uri}/${name}"}}`)
    .join(',');
  const created = Date.parse(String(asset['Created']));
  expect(answer.text).toBe(
    `{"d":{"__metadata":{"id":"${uri}","uri":"${uri}",` +
      '"type":"Microsoft.Cloud.Media.Vod.Rest.Data.Models.Asset",' +
      `"actions":{"${root}$metadata#WindowsAzureMediaServices.Publish":` +
      `[{"title":"Publish","target":"${uri}/Publish"}]}},${deferred},` +
      `"Id":"${String(asset['Id'])}","State":0,"Created":"\\/Date(${created})\\/",` +
      `"LastModified":"\\/Date(${created})\\/","AlternateId":null,"Name":"shape","Options":0,"FormatOption":0,` +
      `"Uri":"${String(asset['Uri'])}","StorageAccountName":"devstoreaccount1"}}`,
  );
  expect(answer.headers.get('dataserviceversion')).toBe('1.0;');
});

test('the version of a verbose answer is the lowest that can carry it', async () => {
  const versions = async (path: string): Promise<string | null> =>
    (await client.send('GET', path, undefined, verbose)).headers.get('dataserviceversion');
  expect(await versions('Assets')).toBe('2.0;');
  expect(await versions(at('Assets', asset))).toBe('1.0;');
  expect(await versions('Jobs')).toBe('3.0;');
  expect(await versions('Channels')).toBe('3.0;');
  const created = await client.send('POST', 'Assets', { Name: 'x' }, verbose);
  expect(created.headers.get('dataserviceversion')).toBe('1.0;');
  expect((await client.send('GET', 'Assets')).headers.get('dataserviceversion')).toBe('3.0;');
});

test('feeds and their counts', async () => {
  const empty = await client.send('GET', 'Jobs', undefined, verbose);
  expect(empty.text).toBe('{"d":{"results":[]}}');
  const counted = await client.expect(200, 'GET', 'Assets?$inlinecount=allpages&$top=1');
  expect(counted).toMatchObject({ 'odata.metadata': `${client.emulator.apiEndpoint}$metadata#Assets` });
  expect(counted['odata.count']).toBe('2');
  expect(items(counted)).toHaveLength(1);
  const { d } = await client.expect(200, 'GET', 'Assets?$inlinecount=allpages&$top=1', undefined, verbose);
  expect(d).toMatchObject({ __count: '2' });
});

test('the answer to POST writes Z, later reads do not, trailing zeros are dropped', async () => {
  const created = await client.expect(201, 'POST', 'Assets', { Name: 'dates' });
  expect(created['Created']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/);
  const read = await client.expect(200, 'GET', at('Assets', created));
  expect(`${String(read['Created'])}Z`).toBe(created['Created']);
});

test.each([
  ['2030-02-18T16:45:53', '2030-02-18T16:45:53', '2030-02-18T16:55:53'],
  ['2030-02-18T16:45:53Z', '2030-02-18T16:45:53Z', '2030-02-18T16:55:53Z'],
  ['2/18/2030 4:45:53 PM', '2030-02-18T16:45:53', '2030-02-18T16:55:53'],
  ['2030-02-18T16:45', '2030-02-18T16:45:00', '2030-02-18T16:55:00'],
  ['2030-02-18T16:45:53.1234567Z', '2030-02-18T16:45:53.1234567Z', '2030-02-18T16:55:53.1234567Z'],
  ['2030-02-18T16:45:53.1000050', '2030-02-18T16:45:53.100005', '2030-02-18T16:55:53.100005'],
])('a locator that starts at %s answers in the form that was sent', async (sent, start, end) => {
  const policy = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'p',
    DurationInMinutes: 10,
    Permissions: 1,
  });
  const own = await client.expect(201, 'POST', 'Assets', {});
  const locator = await client.expect(201, 'POST', 'Locators', {
    AccessPolicyId: policy['Id'],
    AssetId: own['Id'],
    StartTime: sent,
    Type: 1,
  });
  expect(locator).toMatchObject({ StartTime: start, ExpirationDateTime: end });
});

test('doubles, 64-bit integers and collections of complex values', async () => {
  const policy = { Name: 'p', DurationInMinutes: '440', Permissions: '2' };
  const created = await client.send('POST', 'AccessPolicies', policy);
  expect(created.text).toContain('"DurationInMinutes":440.0,"Permissions":2');
  const verboseCreated = await client.send('POST', 'AccessPolicies', policy, verbose);
  expect(verboseCreated.text).toContain('"DurationInMinutes":440,"Permissions":2');
  const file = await client.expect(201, 'POST', 'Files', { Name: 'a.mp4', ParentAssetId: asset['Id'] });
  expect(file['ContentFileSize']).toBe('0');
});

test('updates answer 204 with an empty body', async () => {
  const answer = await client.send('MERGE', at('Assets', asset), { Name: 'renamed' });
  expect(answer.status).toBe(204);
  expect(answer.text).toBe('');
});

describe('the reader of bodies', () => {
  test.each([
    ['names without quotes', '{ Name:"x" }'],
    ['single-quoted strings', `{"Name":'x'}`],
    ['numbers as strings', '{"Name":"x","Options":"0"}'],
    ['read-only properties', '{"Name":"x","Id":null,"Created":"0001-01-01T00:00:00","State":null}'],
    ['a byte order mark', '\uFEFF{"Name":"x"}'],
    ['annotations', '{"odata.type":"whatever","Name":"x","Name@odata.type":"Edm.String"}'],
  ])('takes %s', async (_name, body) => {
    expect(await client.expect(201, 'POST', 'Assets', body)).toMatchObject({ Name: 'x', State: 0 });
  });

  test('takes raw line breaks inside strings', async () => {
    const created = await client.expect(201, 'POST', 'Assets', '{"Name":"two\r\nlines"}');
    expect(created['Name']).toBe('two\r\nlines');
  });

  test.each([
    ['a wrong value, naming the property', '{"Options":"many"}', "'Options'"],
    ['a value outside the enumeration', '{"Options":3}', "'Options'"],
    ['a name that is too long', `{"Name":"${'x'.repeat(513)}"}`, "'Name'"],
    ['text that is not JSON', '{"Name":', 'JSON'],
    ['an array', '[]', 'object'],
    ['endless nesting', '['.repeat(100_000), 'JSON'],
    ['__proto__', '{"__proto__":{"Name":"x"}}', 'property names that are defined by the type'],
  ])('refuses %s', async (_name, body, named) => {
    const answer = await client.send('POST', 'Assets', body);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(named);
  });

  test('takes __metadata in verbose JSON only', async () => {
    const body = { __metadata: { type: 'Microsoft.Cloud.Media.Vod.Rest.Data.Models.Asset' }, Name: 'x' };
    expect((await client.send('POST', 'Assets', body)).status).toBe(400);
    await client.expect(201, 'POST', 'Assets', body, { 'Content-Type': 'application/json;odata=verbose' });
  });
});
