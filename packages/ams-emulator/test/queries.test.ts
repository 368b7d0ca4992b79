import { at, items, messageOf, startClient, verbose, type Client } from './client';

let client: Client;

beforeAll(async () => {
  client = await startClient();
  for (const [index, name] of ["it's", 'Beta', 'alpha', 'gamma'].entries()) {
    client.emulator.clock.advance(60_000);
    await client.expect(201, 'POST', 'Assets', { Name: name, FormatOption: index % 2 });
  }
  await client.expect(201, 'POST', 'Assets', {});
});
afterAll(() => client.emulator.close());

async function names(query: string): Promise<unknown[]> {
  return items(await client.expect(200, 'GET', `Assets?${query}`)).map((asset) => asset['Name']);
}

const filter = (expression: string): string => `$filter=${encodeURIComponent(expression)}`;

test.each([
  ["Name eq 'alpha'", ['alpha']],
  ["Name eq 'it''s'", ["it's"]],
  ["Name ne 'alpha' and Name ne null", ["it's", 'Beta', 'gamma']],
  ['Name eq null', [null]],
  ["startswith(Name,'ga')", ['gamma']],
  ["startswith(Name, 'ga') eq true", ['gamma']],
  ["endswith(Name, 'a') and not startswith(Name,'B')", ['alpha', 'gamma']],
  ["substringof('lph',Name)", ['alpha']],
  ["indexof(Name,'a') gt 1", ['Beta']],
  ["toupper(substring(Name, 1, 2)) eq 'ET'", ['Beta']],
  ["length(Name) eq 4 and (Name eq 'Beta' or Name eq 'gamma')", ['Beta']],
  ["concat(Name, 'x') eq 'alphax' or replace(Name,'a','o') eq 'gommo'", ['alpha', 'gamma']],
  ['FormatOption eq 1', ['Beta', 'gamma']],
  ['FormatOption add 1 mul 2 eq 2', ["it's", 'alpha', null]],
  ["Created gt datetime'2000-01-01T00:00:00' and year(Created) lt 2000", []],
  ["not (Name eq 'alpha') and Name ge 'alpha'", ["it's", 'gamma']],
  ["StorageAccountName eq 'devstoreaccount1' and State eq 0 and FormatOption eq 1", ['Beta', 'gamma']],
])('$filter=%s', async (expression, expected) => {
  expect(await names(filter(expression))).toEqual(expected);
});

test('an id compares as sent by clients, encoded once or as it is', async () => {
  const [asset] = items(await client.expect(200, 'GET', 'Assets'));
  const id = String(asset?.['Id']);
  expect(await names(filter(`Id eq '${id}'`))).toHaveLength(1);
  expect(await names(`$filter=Id eq '${encodeURIComponent(id)}'`)).toHaveLength(1);
  expect(await names(`%24filter=Id%20eq%20%27${encodeURIComponent(id)}%27`)).toHaveLength(1);
});

test.each([
  'Name eq',
  "Nam eq 'x'",
  "Name eq 'x",
  "Name like 'x'",
  'shout(Name)',
  'startswith(Name)',
  "Name eq 'x')",
  "(Name eq 'x'",
  "Name eq 'a' 'b'",
  '',
  '('.repeat(5000),
  "__proto__ eq 'x'",
  'Name/x eq 1',
])('the $filter "%.40s" is 400', async (expression) => {
  expect((await client.send('GET', `Assets?${filter(expression)}`)).status).toBe(400);
});

test('a filter of hundreds of terms, as generated queries have', async () => {
  const terms = Array.from({ length: 400 }, (_, i) => `Name eq 'n${i}'`);
  expect(await names(filter([...terms, "Name eq 'alpha'"].join(' or ')))).toEqual(['alpha']);
});

test('$orderby, $top, $skip', async () => {
  expect(await names('$orderby=Name&$top=2')).toEqual([null, 'Beta']);
  expect(await names('$orderby=Name desc&$top=2&$skip=1')).toEqual(['gamma', 'alpha']);
  expect(await names('$orderby=Created desc&$top=1&$skip=1')).toEqual(['gamma']);
  expect(await names('$orderby=FormatOption desc,Name desc&$top=2')).toEqual(['gamma', 'Beta']);
  expect(await names('$skip=100')).toEqual([]);
});

test('$select takes properties, with blanks, and navigation properties', async () => {
  const [selected] = items(await client.expect(200, 'GET', 'Assets?$select=Name, State&$top=1'));
  expect(selected).toEqual({ Name: "it's", State: 0 });
  const { d } = await client.expect(200, 'GET', 'Assets?$select=Name,Id,Files&$top=1', undefined, verbose);
  const [entity] = (d as { results: object[] }).results;
  expect(Object.keys(entity ?? {})).toEqual(['__metadata', 'Files', 'Id', 'Name']);
});

test.each([
  '$expand=Files',
  '$format=json',
  '$skiptoken=1',
  '$top=-1',
  '$top=many',
  '$skip=1.5',
  '$orderby=Nothing',
  '$orderby=Name sideways',
  '$select=Nothing',
  '$inlinecount=some',
  '$top=1&$top=2',
])('%s is 400', async (query) => {
  expect((await client.send('GET', `Assets?${query}`)).status).toBe(400);
});

test('$expand is named in the refusal', async () => {
  expect(messageOf(await client.send('GET', 'Assets?$expand=Files'))).toContain('$expand');
});

test('options work on navigation properties and on single entities too', async () => {
  const [asset] = items(await client.expect(200, 'GET', 'Assets?$top=1'));
  await client.expect(201, 'POST', 'Files', { Name: 'one.ism', ParentAssetId: asset?.['Id'] });
  await client.expect(201, 'POST', 'Files', { Name: 'two.mp4', ParentAssetId: asset?.['Id'] });
  const path = `${at('Assets', asset ?? {})}/Files?${filter("endswith(Name, 'ism')")}&$select=Name`;
  expect(items(await client.expect(200, 'GET', path))).toEqual([{ Name: 'one.ism' }]);
  expect(await client.expect(200, 'GET', at('Assets', asset ?? {}, '?$select=State'))).toEqual({
    'odata.metadata': `${client.emulator.apiEndpoint}$metadata#Assets&$select=State/@Element`,
    State: 0,
  });
});

test('an answer holds at most 1000 entities, and $skip goes on from there', async () => {
  const busy = await startClient();
  try {
    for (let batch = 0; batch < 21; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          busy.expect(201, 'POST', 'AccessPolicies', { Name: `${batch * 50 + i}`, DurationInMinutes: 1 }),
        ),
      );
    }
    const first = await busy.expect(200, 'GET', 'AccessPolicies?$inlinecount=allpages');
    expect(items(first)).toHaveLength(1000);
    expect(first['odata.count']).toBe('1050');
    expect(items(await busy.expect(200, 'GET', 'AccessPolicies?$top=5000'))).toHaveLength(1000);
    const rest = items(await busy.expect(200, 'GET', 'AccessPolicies?$skip=1000&$top=1000'));
    expect(rest).toHaveLength(50);
    const ids = new Set([...items(first), ...rest].map((policy) => policy['Id']));
    expect(ids.size).toBe(1050);
  } finally {
    await busy.emulator.close();
  }
});
