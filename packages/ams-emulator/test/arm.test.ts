import { requestToken, startClient, type Answer, type Client, type Json } from './client';

let client: Client;
let token: string;
let subscription: string;
beforeAll(async () => {
  client = await startClient({ operationDurationMs: 1000 });
  subscription = `/subscriptions/${client.emulator.subscriptionId}`;
  token = await managementToken();
});
afterAll(() => client.emulator.close());

async function managementToken(
  whatFor: Record<string, string> = { resource: 'https://management.azure.com/' },
): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret } = client.emulator;
  const form = { grant_type: 'client_credentials', client_id, client_secret, ...whatFor };
  const version = 'scope' in whatFor ? 'v2' : 'v1';
  return String((await requestToken(client.emulator, form, { version })).json['access_token']);
}

function arm(
  method: string,
  path: string,
  apiVersion: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const url = path.startsWith('http') ? path : `${client.emulator.managementEndpoint}${path}`;
  const query = apiVersion === '' ? '' : `?api-version=${apiVersion}`;
  return client.raw(url + query, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const errorOf = ({ status, json }: Answer): unknown[] => [
  status,
  (json['error'] as Json | undefined)?.['code'],
];

const group = () => `${subscription}/resourceGroups/${client.emulator.resourceGroup}`;
const storage = (name: string) => `${group()}/providers/Microsoft.Storage/storageAccounts/${name}`;
const media = (name: string) => `${group()}/providers/Microsoft.Media/mediaservices/${name}`;
const newStorage = { sku: { name: 'Standard_LRS' }, kind: 'StorageV2', location: 'westus' };

test('only a good token for Resource Manager opens it', async () => {
  const path = `${subscription}/locations`;
  for (const Authorization of ['', 'Bearer', 'Bearer a.b.c', `Basic ${token}`]) {
    const answer = await arm('GET', path, '2021-04-01', undefined, { Authorization });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer authorization_uri="http/);
  }
  const forMedia = String((await requestToken(client.emulator)).json['access_token']);
  const wrong = await arm('GET', path, '2021-04-01', undefined, { Authorization: `Bearer ${forMedia}` });
  expect(errorOf(wrong)).toEqual([401, 'InvalidAuthenticationTokenAudience']);
  for (const whatFor of [
    { resource: 'https://management.core.windows.net/' },
    { scope: 'https://management.azure.com/.default' },
    { scope: 'https://management.core.windows.net//.default' },
    { scope: 'https://management.core.windows.net/.default' },
  ]) {
    const Authorization = `Bearer ${await managementToken(whatFor)}`;
    expect((await arm('GET', path, '2021-04-01', undefined, { Authorization })).status).toBe(200);
  }
  const api = await client.raw(`${client.emulator.apiEndpoint}Assets`, {
    headers: { Authorization: `Bearer ${token}`, 'x-ms-version': '2.19', Accept: 'application/json' },
  });
  expect(api.status).toBe(401);
});

test.each([
  ['no api-version', 'GET', '/locations', '', 400, 'MissingApiVersionParameter'],
  ['an unknown one', 'GET', '/locations', '1999-01-01', 400, 'InvalidApiVersionParameter'],
  [
    'an unknown type',
    'GET',
    '/providers/Microsoft.Media/nothing/else',
    '2021-04-01',
    404,
    'InvalidResourceType',
  ],
  ['a wrong method', 'DELETE', '/locations', '2021-04-01', 405, 'MethodNotAllowed'],
  ['an unknown group', 'GET', '/resourceGroups/none', '2021-04-01', 404, 'ResourceGroupNotFound'],
  ['a malformed path', 'GET', '/resourceGroups/%E0%A4%A', '2021-04-01', 400, 'BadRequest'],
  ['an unknown provider', 'GET', '/providers/Some.Thing', '2021-04-01', 404, 'InvalidResourceNamespace'],
])('%s', async (_, method, path, apiVersion, status, code) => {
  expect(errorOf(await arm(method, subscription + path, apiVersion))).toEqual([status, code]);
});

test('another subscription is not there', async () => {
  const other = await arm(
    'GET',
    '/subscriptions/00000000-0000-0000-0000-000000000000/locations',
    '2021-04-01',
  );
  expect(errorOf(other)).toEqual([404, 'SubscriptionNotFound']);
});

test('headers are those that Resource Manager and its Media Services provider sent', async () => {
  const headers = { 'x-ms-client-request-id': 'my-id' };
  const { accountName } = client.emulator;
  const found = await arm('GET', media(accountName), '2015-10-01', undefined, headers);
  const missing = await arm('GET', media('missing'), '2015-10-01', undefined, headers);
  const list = await arm('GET', media('x').slice(0, -2), '2015-10-01');
  const names = ['content-type', 'odata-version', 'x-ms-failure-cause', 'x-ms-client-request-id'];
  const shown = [found, missing, list].map((answer) => names.map((name) => answer.headers.get(name)));
  expect(shown).toEqual([
    ['application/json; odata.metadata=minimal', '4.0', null, 'my-id'],
    ['application/json; charset=utf-8', null, 'gateway', 'my-id'],
    ['application/json; charset=utf-8', null, null, null],
  ]);
  const own = await arm('GET', media(accountName), '2015-10-01');
  expect(own.headers.get('x-ms-client-request-id')).toMatch(/^[\da-f-]{36}$/);
  expect(Object.keys(own.json)).toEqual(['name', 'id', 'type', 'tags', 'location', 'properties']);
});

test('paths compare without regard to case, headers show limits and ids', async () => {
  const answer = await arm('GET', subscription.toUpperCase() + '/RESOURCEGROUPS', '2021-04-01', undefined, {
    'x-ms-correlation-request-id': 'my-correlation',
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-ms-correlation-request-id')).toBe('my-correlation');
  expect(answer.headers.get('x-ms-request-id')).toMatch(/^[\da-f-]{36}$/);
  expect(answer.headers.get('x-ms-ratelimit-remaining-subscription-reads')).toBe('11999');
});

test('groups are made, changed in their tags, and never moved', async () => {
  const path = `${subscription}/resourceGroups/films`;
  expect((await arm('HEAD', path, '2021-04-01')).status).toBe(404);
  expect((await arm('PUT', path, '2021-04-01', { location: 'West US' })).status).toBe(201);
  const again = await arm('PUT', path, '2021-04-01', { location: 'westus', tags: { a: 'b' } });
  expect([again.status, again.json['tags']]).toEqual([200, { a: 'b' }]);
  expect((await arm('HEAD', path, '2021-04-01')).status).toBe(204);
  const moved = await arm('PUT', path, '2021-04-01', { location: 'eastus' });
  expect(errorOf(moved)).toEqual([409, 'InvalidResourceGroupLocation']);
  for (const body of ['', '[]', 'x', {}, { location: 5 }])
    expect((await arm('PUT', path, '2021-04-01', body)).status).toBe(400);
  const nowhere = await arm('PUT', path, '2021-04-01', { location: 'the moon' });
  expect(errorOf(nowhere)).toEqual([400, 'LocationNotAvailableForResourceType']);
});

test('a group is deleted with all that is in it, which takes its time', async () => {
  const path = `${subscription}/resourceGroups/doomed`;
  await arm('PUT', path, '2021-04-01', { location: 'westus' });
  const inside = `${path}/providers/Microsoft.Storage/storageAccounts/doomedstore`;
  expect((await arm('PUT', inside, '2019-06-01', newStorage)).status).toBe(202);
  client.emulator.clock.advance(1000);
  const started = await arm('DELETE', path, '2021-04-01');
  expect([started.status, started.text, started.headers.get('retry-after')]).toEqual([202, '', '1']);
  const location = started.headers.get('location') ?? '';
  expect((await arm('GET', location, '')).status).toBe(202);
  const during = await arm('GET', path, '2021-04-01');
  expect(during.json['properties']).toEqual({ provisioningState: 'Deleting' });
  for (const [again, body] of [
    [path, { location: 'westus' }],
    [inside, newStorage],
  ] as const) {
    const version = again === path ? '2021-04-01' : '2019-06-01';
    expect(errorOf(await arm('PUT', again, version, body))).toEqual([409, 'ResourceGroupBeingDeleted']);
  }
  client.emulator.clock.advance(1000);
  const done = await arm('GET', location, '');
  expect([done.status, done.text]).toEqual([200, '']);
  expect((await arm('HEAD', path, '2021-04-01')).status).toBe(404);
  expect((await arm('GET', `${subscription}/resourcegroups`, '2021-04-01')).text).not.toContain('doomed');
  expect(errorOf(await arm('DELETE', path, '2021-04-01'))).toEqual([404, 'ResourceGroupNotFound']);
  expect((await arm('PUT', path, '2021-04-01', { location: 'eastus' })).status).toBe(201);
  expect(errorOf(await arm('GET', inside, '2019-06-01'))).toEqual([404, 'ResourceNotFound']);
  expect((await arm('PUT', inside, '2019-06-01', newStorage)).status).toBe(202);
  const unknown = `${subscription}/operationresults/${Buffer.from('never').toString('base64url')}`;
  expect(errorOf(await arm('GET', unknown, '2021-04-01'))).toEqual([404, 'NotFound']);
});

test('a storage account takes its time, by the clock: 202 and a Location until it is there', async () => {
  const started = await arm('PUT', storage('slowstore'), '2019-06-01', newStorage);
  expect([started.status, started.text, started.headers.get('retry-after')]).toEqual([202, '', '1']);
  const location = started.headers.get('location') ?? '';
  expect(location.startsWith(`${client.emulator.url}${subscription}/providers/Microsoft.Storage/`)).toBe(
    true,
  );
  expect((await arm('GET', location, '')).status).toBe(202);
  expect(errorOf(await arm('GET', storage('slowstore'), '2019-06-01'))).toEqual([404, 'ResourceNotFound']);
  client.emulator.clock.advance(1000);
  const done = await arm('GET', location, '');
  expect([done.status, done.json['name']]).toEqual([200, 'slowstore']);
  const again = await arm('PUT', storage('slowstore'), '2019-06-01', newStorage);
  expect([again.status, again.json]).toEqual([200, done.json]);
});

test.each([
  ['no sku', { kind: 'StorageV2', location: 'westus' }],
  ['no kind', { sku: { name: 'Standard_LRS' }, location: 'westus' }],
  ['no location', { sku: { name: 'Standard_LRS' }, kind: 'StorageV2' }],
  ['an unknown sku', { ...newStorage, sku: { name: 'Wooden_LRS' } }],
  ['an unknown kind', { ...newStorage, kind: 'Cupboard' }],
  ['tags that are none', { ...newStorage, tags: { a: 1 } }],
])('a storage account with %s is refused', async (_, body) => {
  expect((await arm('PUT', storage('badstore'), '2019-06-01', body)).status).toBe(400);
});

test('Media Services has to be registered, which takes its time', async () => {
  const provider = `${subscription}/providers/Microsoft.Media`;
  const body = {
    location: 'westus',
    properties: { storageAccounts: [{ id: storage('devstoreaccount1'), isPrimary: true }] },
  };
  const refused = await arm('PUT', media('early'), '2015-10-01', body);
  expect(errorOf(refused)).toEqual([409, 'MissingSubscriptionRegistration']);
  expect((refused.json['error'] as { details: unknown[] }).details).toHaveLength(1);
  const state = async (method: string, path: string) =>
    (await arm(method, path, '2021-04-01')).json['registrationState'];
  expect(await state('GET', provider)).toBe('NotRegistered');
  expect(await state('POST', `${provider}/register`)).toBe('Registering');
  client.emulator.clock.advance(1000);
  expect(await state('GET', provider)).toBe('Registered');
  expect((await arm('PUT', media('early'), '2015-10-01', body)).status).toBe(201);
});

test('a Media Services account needs one primary storage account that exists', async () => {
  const put = (storageAccounts: unknown) =>
    arm('PUT', media('picky'), '2015-10-01', { location: 'westus', properties: { storageAccounts } });
  const id = storage('devstoreaccount1');
  for (const wrong of [
    undefined,
    [],
    [{ id, isPrimary: false }],
    [
      { id, isPrimary: true },
      { id: id.toUpperCase(), isPrimary: false },
    ],
    [{ id: storage('missing'), isPrimary: true }],
    [{ id: 'devstoreaccount1', isPrimary: true }],
    ['devstoreaccount1'],
  ])
    expect((await put(wrong)).status).toBe(400);
  const premium = { ...newStorage, sku: { name: 'Premium_LRS' } };
  await arm('PUT', storage('premiumstore'), '2019-06-01', premium);
  client.emulator.clock.advance(1000);
  expect((await put([{ id: storage('premiumstore'), isPrimary: true }])).status).toBe(400);
  const good = [
    { id, isPrimary: true },
    { id: storage('premiumstore'), isPrimary: false },
  ];
  expect((await put(good)).status).toBe(201);
  const patch = (storageAccounts: unknown) =>
    arm('PATCH', media('picky'), '2015-10-01', { properties: { storageAccounts } });
  const attached = async () => ((await patch(good)).json['properties'] as Json)['storageAccounts'];
  expect(await attached()).toEqual(good);
  expect((await patch(good.toReversed())).status).toBe(200);
  const again = await put(good.slice(0, 1));
  expect([again.status, again.json['properties']]).toMatchObject([
    200,
    { storageAccounts: good.slice(0, 1) },
  ]);
  expect((await patch(good.slice(1))).status).toBe(400);
  expect(await attached()).toEqual(good);
  expect(
    (
      await patch([
        { ...good[0], isPrimary: false },
        { ...good[1], isPrimary: true },
      ])
    ).status,
  ).toBe(400);
  const renamed = await arm('PUT', media('Not-A-Name'), '2015-10-01', { location: 'westus' });
  expect(renamed.status).toBe(400);
});

test.each([
  ['brandnew', { NameAvailable: true, Reason: null, Message: null }],
  ['localmedia', { NameAvailable: false, Reason: 'AlreadyExists' }],
  ['No-Name', { NameAvailable: false, Reason: 'Invalid' }],
])('the name %s is judged in PascalCase', async (name, judgement) => {
  const path = `${subscription}/providers/Microsoft.Media/CheckNameAvailability`;
  const answer = await arm('POST', path, '2015-10-01', { name, type: 'mediaservices' });
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.json)).toEqual(['NameAvailable', 'Reason', 'Message']);
  expect(answer.json).toMatchObject(judgement);
});

test('the account that was there before can be seen, and closed by taking its role away', async () => {
  const { accountName, principalId } = client.emulator;
  const first = await arm('GET', media(accountName), '2015-10-01');
  expect(first.json['properties']).toEqual({
    apiEndpoints: [{ endpoint: client.emulator.apiEndpoint, majorVersion: '2' }],
    storageAccounts: [{ id: storage('devstoreaccount1'), isPrimary: true }],
  });
  const later = await arm('GET', media(accountName), '2018-07-01');
  expect(later.json['properties']).toMatchObject({ storageAccounts: [{ type: 'Primary' }] });
  const roles = await arm(
    'GET',
    `${media(accountName)}/providers/Microsoft.Authorization/roleAssignments`,
    '2022-04-01',
  );
  const assignments = roles.json['value'] as { id: string; properties: Json }[];
  const role = assignments.find(({ properties }) => properties['principalId'] === principalId);
  expect((await client.send('GET', 'Assets')).status).toBe(200);
  expect((await arm('DELETE', role?.id ?? '', '2022-04-01')).status).toBe(200);
  expect((await client.send('GET', 'Assets')).status).toBe(401);
  const { roleDefinitionId } = role?.properties ?? {};
  const body = { properties: { roleDefinitionId, principalId } };
  expect((await arm('PUT', role?.id ?? '', '2022-04-01', body)).status).toBe(201);
  expect((await client.send('GET', 'Assets')).status).toBe(200);
});

test('faults can be planned for it', async () => {
  await client.raw(`${client.emulator.controlEndpoint}faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ service: 'arm', kind: 'too-many-requests', retryAfter: '7' }),
  });
  const throttled = await arm('GET', `${subscription}/locations`, '2021-04-01');
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
  expect((await arm('GET', `${subscription}/locations`, '2021-04-01')).status).toBe(200);
});
