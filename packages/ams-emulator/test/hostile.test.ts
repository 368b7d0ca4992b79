/** No request makes the process slow or ends it, and nothing that was stored makes later requests fail. */
import { compileFilter } from '../src/media/filter';
import { keyOfUri, parseSegments, splitApiPath } from '../src/media/address';
import { parseLenientJson } from '../src/media/lenient-json';
import { readQueryOptions } from '../src/media/query-options';
import { formatOf } from '../src/media/representation';
import { durationMs, readDate } from '../src/media/values';
import { parseJson } from '../src/json';
import { entitySet } from '../src/model';
import { parseTaskBody } from '../src/rules/task-body';
import { items, startClient, goodForm, requestToken, type Client } from './client';
import { attack, expectLinear } from './growth';

const assets = entitySet('Assets');

describe('the work is bounded by the length of the input', () => {
  const address = [
    'Assets',
    '(',
    ')',
    "'",
    "''",
    '/',
    ' ',
    '\u00a0',
    "guid'",
    'guid',
    '$',
    'a.',
    '%20',
    'api/',
  ];

  test.each([
    ['path segments', address, parseSegments],
    ['paths', address, splitApiPath],
    ['URIs in bodies', address, keyOfUri],
    [
      '$filter',
      [
        'Name',
        "'a'",
        "''",
        "'",
        '(',
        ')',
        ',',
        ' eq ',
        ' and ',
        'not ',
        ' add ',
        'concat(',
        'length(',
        "datetime'",
        '1',
        '-',
        '1e',
        '.',
        '/',
        ' ',
      ],
      (text: string) => compileFilter(text, assets)({ Name: 'aaa' }),
    ],
    [
      'JSON as the service read it',
      ['{', '}', '[', ']', ':', ',', '"', "'", '\\', '\\u00', 'a', '1', 'e', ' ', '-', 'null', '\ufeff'],
      parseLenientJson,
    ],
    ['JSON', ['{', '}', '[', ']', ':', ',', '"a"', '"', '\\', '1', ' ', '"nbf":{', '"value":"1"'], parseJson],
    [
      'TaskBody XML',
      ['<taskBody>', '<a', ' b="c"', '>', '/>', '"', '&amp;', '<!--', '<![CDATA[', '<?'],
      // Longer ones are refused unread.
      (text: string) => parseTaskBody(text.slice(0, 32_768)),
    ],
    ['dates', ['2024-01-01', 'T', '00:', '0', '.', '+', 'Z', '/Date(', ')/', ' ', 'AM', '/'], readDate],
    ['durations', ['P', 'T', '1', '.', 'D', 'H', 'M', 'S'], durationMs],
    ['Accept headers', ['application/json', ';', ',', 'odata=', '"verbose', ' '], formatOf],
    [
      '$select and $orderby',
      ['Name', 'Created', ',', ' ', 'desc', '*', 'Id'],
      (text: string) => {
        readQueryOptions(new URLSearchParams({ $select: text }), assets);
        readQueryOptions(new URLSearchParams({ $orderby: text }), assets);
      },
    ],
  ])('%s', (_name, pieces, parse) => attack(pieces, parse));

  test('a quadratic parser would be noticed', () => {
    expect(() => expectLinear('quadratic', (size) => void /x*y/.test('x'.repeat(size)))).toThrow(
      'times as long',
    );
  });
});

describe('over HTTP', () => {
  let client: Client;
  beforeAll(async () => {
    client = await startClient();
  });
  afterAll(() => client.emulator.close());
  // Whatever was asked, the next request is served.
  afterEach(() => client.expect(200, 'GET', 'Assets'));

  const statusOf = async (...request: Parameters<Client['send']>): Promise<number> =>
    (await client.send(...request)).status;

  test('blanks in an address', async () => {
    expect(await statusOf('GET', `Assets(${'%20'.repeat(5000)}`)).toBe(400);
  });

  test('claims that begin again and again', async () => {
    const form = { ...goodForm(client.emulator), claims: '"nbf":{'.repeat(100_000) };
    expect((await requestToken(client.emulator, form)).status).toBe(200);
  });

  test.each([
    ['deep', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['long', `"${'x'.repeat(8_000_000)}"`],
  ])('%s claims', async (_name, claims) => {
    const form = { ...goodForm(client.emulator), claims };
    expect((await requestToken(client.emulator, form)).status).toBe(200);
  });

  test('an assertion whose audience is nested deeply', async () => {
    const part = (text: string): string => Buffer.from(text).toString('base64url');
    const aud = '['.repeat(100_000) + ']'.repeat(100_000);
    const form = {
      ...goodForm(client.emulator),
      client_secret: '',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${part('{"alg":"RS256"}')}.${part(`{"iss":"${client.emulator.clientId}","aud":${aud}}`)}.x`,
    };
    expect((await requestToken(client.emulator, form)).status).toBe(401);
  });

  test('a $filter whose functions multiply a text', async () => {
    await client.expect(201, 'POST', 'Assets', { Name: 'an asset' });
    const a = 'a'.repeat(100);
    const multiplied = (depth: number): string =>
      depth === 0 ? `'${a}'` : `replace(${multiplied(depth - 1)},'a','${a}')`;
    for (const depth of [3, 5, 20]) {
      const answer = await client.send('GET', `Assets?$filter=length(${multiplied(depth)}) gt 0`);
      expect([depth, answer.status]).toEqual([depth, 400]);
    }
    await client.expect(200, 'GET', `Assets?$filter=length(${multiplied(2)}) gt 0`);
  });

  test('a $filter that searches a long text for a long text', async () => {
    const policy = { Name: 'a'.repeat(1_000_000) };
    await client.expect(201, 'POST', 'ContentKeyAuthorizationPolicies', policy);
    const part = `${'a'.repeat(2000)}b${'a'.repeat(2000)}`;
    const path = `ContentKeyAuthorizationPolicies?$filter=substringof('${part}',Name)`;
    expect(await statusOf('GET', path)).toBe(400);
    await client.expect(200, 'GET', "ContentKeyAuthorizationPolicies?$filter=substringof('aaab',Name)");
  });

  test.each([
    ['a string of 8 MB', `{"Name":"${'x'.repeat(8_000_000)}"}`],
    ['a string of many escapes', `{"Name":"${'\\n'.repeat(2_000_000)}"}`],
    ['a number of 8 million digits', `{"Options":${'9'.repeat(8_000_000)}}`],
    ['a number in a string of 8 MB', `{"Options":"${'9'.repeat(8_000_000)}"}`],
    ['8 MB of blanks', ' '.repeat(8_000_000)],
    ['lists in lists', '['.repeat(1_000_000)],
    ['a long URI', `{"Name":"x","ContentKeys@odata.bind":["Assets('${"''".repeat(1_000_000)}"]}`],
  ])('%s in a body', async (_name, body) => {
    expect(await statusOf('POST', 'Assets', body)).toBe(400);
  });

  test('a redirect URI with a port that is none', async () => {
    const { emulator } = client;
    const query = new URLSearchParams({
      client_id: emulator.clientId,
      response_type: 'code',
      redirect_uri: 'http://localhost:65536',
      code_challenge: 'x',
      resource: emulator.resource,
    });
    const answer = await client.raw(
      `${emulator.url}/${emulator.tenantId}/oauth2/authorize?${query.toString()}`,
    );
    expect([answer.status, answer.json['error_codes']]).toEqual([400, [50011]]);
  });

  test('half a surrogate pair in a key that is stored', async () => {
    const name = { Name: 'x\ud800', PresentationTimeRange: null, Tracks: [] };
    await client.expect(201, 'POST', 'Filters', name);
    const [filter = {}] = items(await client.expect(200, 'GET', 'Filters'));
    expect(filter['Name']).toBe('x\ufffd');
  });

  test.each([9e15, -9e15, 1e300, 2.6e14])('the clock is not moved by %d ms', async (advanceMs) => {
    const move = (ms: number): Promise<{ status: number }> =>
      client.raw(`${client.emulator.controlEndpoint}clock`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ advanceMs: ms }),
      });
    expect((await move(advanceMs)).status).toBe(400);
    expect(() => client.emulator.clock.advance(advanceMs)).toThrow(RangeError);
    expect((await move(1)).status).toBe(200);
  });

  test('the clock at its last moment still serves every part', async () => {
    const late = await startClient();
    try {
      late.emulator.clock.advance(Date.UTC(8999, 11, 31) - Date.now());
      const { emulator } = late;
      const token = await requestToken(emulator);
      expect(token.status).toBe(200);
      const headers = { Authorization: `Bearer ${String(token.json['access_token'])}` };
      await late.expect(201, 'POST', 'Assets', { Name: 'late' }, headers);
      await late.expect(200, 'GET', 'Assets', undefined, headers);
    } finally {
      await late.emulator.close();
    }
  });

  test('deep properties of a storage account do not make its list fail', async () => {
    const { emulator } = client;
    const form = { ...goodForm(emulator), resource: 'https://management.azure.com/' };
    const token = String((await requestToken(emulator, form)).json['access_token']);
    const group =
      `${emulator.managementEndpoint}/subscriptions/${emulator.subscriptionId}/resourceGroups/` +
      `${emulator.resourceGroup}/providers/Microsoft.Storage/storageAccounts`;
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const send = (url: string, init: RequestInit = {}): ReturnType<Client['raw']> =>
      client.raw(`${url}?api-version=2023-01-01`, {
        ...init,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      });
    const body = `{"location":"westus","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{"x":${deep}}}`;
    expect((await send(`${group}/deepstore`, { method: 'PUT', body })).status).toBe(400);
    expect((await send(group)).status).toBe(200);
  });
});
