import { request as httpRequest } from 'node:http';
import { at, goodForm, items, messageOf, requestToken, startClient, verbose, type Client } from './client';

let client: Client;

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.emulator.close());

describe('the token', () => {
  test.each([
    ['none', ''],
    ['another scheme', 'Basic abc'],
    ['no JWT', 'Bearer abc'],
    ['an unsigned one', `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
  ])('%s is 401', async (_name, authorization) => {
    const answer = await client.send('GET', 'Assets', undefined, { Authorization: authorization });
    expect(answer.status).toBe(401);
  });

  test('for another resource is 401', async () => {
    const form = { ...goodForm(client.emulator), resource: 'https://management.azure.com/' };
    const { json } = await requestToken(client.emulator, form);
    const answer = await client.send('GET', 'Assets', undefined, {
      Authorization: `Bearer ${String(json['access_token'])}`,
    });
    expect(answer.status).toBe(401);
    expect(messageOf(answer)).toBe('The access token is invalid.');
  });

  test('with a changed claim is 401', async () => {
    const { json } = await requestToken(client.emulator);
    const [header, payload = '', signature] = String(json['access_token']).split('.');
    const claims = Buffer.from(payload, 'base64url').toString().replace('"1.0"', '"9.9"');
    const forged = `${header ?? ''}.${Buffer.from(claims).toString('base64url')}.${signature ?? ''}`;
    const answer = await client.send('GET', 'Assets', undefined, { Authorization: `Bearer ${forged}` });
    expect(answer.status).toBe(401);
  });

  test('is 401 once the clock has passed its end', async () => {
    const other = await startClient({ tokenLifetimeSeconds: 60 });
    try {
      other.emulator.clock.advance(59_000);
      await other.expect(200, 'GET', 'Assets');
      other.emulator.clock.advance(3_000);
      const answer = await other.send('GET', 'Assets');
      expect(answer.status).toBe(401);
      expect(messageOf(answer)).toContain('expired');
    } finally {
      await other.emulator.close();
    }
  });
});

describe('headers', () => {
  test.each(['2.0', '2.9', '2.19'])('x-ms-version %s is served', async (version) => {
    await client.expect(200, 'GET', 'Assets', undefined, { 'x-ms-version': version });
  });

  test.each(['', '1.0', '2.20', '3.0', 'latest'])('x-ms-version "%s" is 400', async (version) => {
    const answer = await client.send('GET', 'Assets', undefined, { 'x-ms-version': version });
    expect(answer.status).toBe(400);
  });

  test('?api-version= does for a browser what the header does', async () => {
    const { Authorization } = { Authorization: await authorization() };
    const url = `${client.emulator.apiEndpoint}Assets?api-version=2.19`;
    expect((await client.raw(url, { headers: { Authorization } })).status).toBe(200);
    const bare = await client.raw(`${client.emulator.apiEndpoint}Assets`, { headers: { Authorization } });
    expect(bare.status).toBe(400);
  });

  test.each(['1.0;NetFx', '3.0;NetFx', '3.0'])('DataServiceVersion %s is served', async (version) => {
    await client.expect(200, 'GET', 'Assets', undefined, { DataServiceVersion: version });
  });

  test('DataServiceVersion 4.0 is 400', async () => {
    expect((await client.send('GET', 'Assets', undefined, { DataServiceVersion: '4.0' })).status).toBe(400);
  });

  test('answers carry what the service sent', async () => {
    const answer = await client.send('GET', 'Assets', undefined, { 'x-ms-client-request-id': 'my id' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-cache',
      server: 'Microsoft-IIS/8.5',
      'x-ms-client-request-id': 'my id',
      'x-content-type-options': 'nosniff',
      dataserviceversion: '3.0;',
      'x-powered-by': 'ASP.NET',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    });
    expect(answer.headers.get('request-id')).toBe(answer.headers.get('x-ms-request-id'));
  });
});

async function authorization(): Promise<string> {
  return `Bearer ${String((await requestToken(client.emulator)).json['access_token'])}`;
}

describe('errors take the form that Accept asks for', () => {
  test('light', async () => {
    const { status, json, headers } = await client.send('GET', 'Nothing');
    expect(status).toBe(404);
    expect(json).toMatchObject({ 'odata.error': { code: '', message: { lang: 'en-US' } } });
    expect(headers.get('content-type')).toContain('odata=minimalmetadata');
  });

  test('verbose', async () => {
    const { json } = await client.send('GET', 'Nothing', undefined, verbose);
    expect(json).toMatchObject({ error: { code: '', message: { lang: 'en-US' } } });
  });

  test('XML, with which also Atom is refused: 415', async () => {
    const { status, text, headers } = await client.send('GET', 'Assets', undefined, {
      Accept: 'application/atom+xml',
    });
    expect(status).toBe(415);
    expect(headers.get('content-type')).toBe('application/xml;charset=utf-8');
    expect(text).toContain(
      '<m:code /><m:message xml:lang="en-US">Unsupported media type requested.</m:message>',
    );
  });
});

test('an Atom body is 415', async () => {
  const atom = await client.send('POST', 'Assets', '<entry/>', { 'Content-Type': 'application/atom+xml' });
  expect(atom.status).toBe(415);
});

test.each(['application/json', 'multipart/mixed'])('$batch that accepts %s is 501', async (accept) => {
  const headers = { 'Content-Type': 'multipart/mixed; boundary=b', Accept: accept };
  const answer = await client.send('POST', '$batch', '--b--', headers);
  expect(answer.status).toBe(501);
  expect(answer.text).toContain('Batch requests are not implemented by this emulator.');
});

test('an unknown property is refused in the words of the service, at any depth', async () => {
  for (const [set, body] of [
    ['Assets', { Nome: 'x' }],
    ['Filters', { Name: 'x', FirstQuality: { Bitte: 1 } }],
  ] as const) {
    const answer = await client.send('POST', set, body);
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      'Parsing request content failed due to: Make sure to only use property names that are defined by the type',
    ]);
  }
});

describe('addressing', () => {
  let asset: Record<string, unknown>;

  beforeAll(async () => {
    asset = await client.expect(201, 'POST', 'Assets', { Name: 'addressed' });
  });

  test('every spelling of an address reaches the asset', async () => {
    const id = String(asset['Id']);
    const root = client.emulator.url;
    const spellings = [
      `${root}/api/Assets('${id}')`,
      `${root}/API/Assets('${encodeURIComponent(id)}')`,
      `${root}/Api//Assets(%27${encodeURIComponent(id)}%27)`,
      `${root}/api/%2FAssets%28%27${encodeURIComponent(id)}%27%29`,
      `${root}//api/assets('${id.toUpperCase()}')/`,
    ];
    for (const url of spellings) {
      expect((await client.expect(200, 'GET', url))['Id']).toBe(id);
    }
  });

  test('empty parentheses name the whole set', async () => {
    expect(items(await client.expect(200, 'GET', 'Assets()'))).toHaveLength(1);
    expect(items(await client.expect(200, 'GET', at('Assets', asset, '/Files()')))).toEqual([]);
  });

  test.each(['Assets(', "Assets('x", 'Assets(%', "Assets('nb:cid:UUID:x')", "Assets('notAValidId')"])(
    'the malformed address %s is 400',
    async (path) => {
      expect((await client.send('GET', path)).status).toBe(400);
    },
  );

  test('an unknown id is 404 in the words of the service', async () => {
    const answer = await client.send('GET', "Assets('nb:cid:UUID:00000000-0000-4000-8000-000000000000')");
    expect(answer.status).toBe(404);
    expect(messageOf(answer)).toBe('Resource Asset not found');
  });

  test('a property below an entity', async () => {
    expect(await client.expect(200, 'GET', at('Assets', asset, '/State'))).toMatchObject({ value: 0 });
    const answer = await client.send('GET', at('Assets', asset, '/Name'), undefined, verbose);
    expect(answer.text).toBe('{"d":{"Name":"addressed"}}');
    expect(answer.headers.get('dataserviceversion')).toBe('1.0;');
  });

  test('X-HTTP-Method tunnels MERGE and DELETE', async () => {
    const tunnelled = await client.expect(201, 'POST', 'Assets', { Name: 'before' });
    await client.expect(
      204,
      'POST',
      at('Assets', tunnelled),
      { Name: 'after' },
      { 'X-HTTP-Method': 'MERGE' },
    );
    expect(await client.expect(200, 'GET', at('Assets', tunnelled))).toMatchObject({ Name: 'after' });
    await client.expect(204, 'POST', at('Assets', tunnelled), undefined, { 'X-HTTP-Method': 'DELETE' });
    expect((await client.send('GET', at('Assets', tunnelled))).status).toBe(404);
  });

  test('MERGE, PATCH and PUT all change what they name and nothing else', async () => {
    for (const method of ['MERGE', 'PATCH', 'PUT']) {
      await client.expect(204, method, at('Assets', asset), { AlternateId: method });
      expect(await client.expect(200, 'GET', at('Assets', asset))).toMatchObject({
        Name: 'addressed',
        AlternateId: method,
      });
    }
  });

  test('HEAD answers the headers of GET', async () => {
    const answer = await client.send('HEAD', at('Assets', asset));
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(100);
    expect(answer.text).toBe('');
  });
});

test('methods that a resource does not have are 405', async () => {
  expect((await client.send('DELETE', 'Assets')).status).toBe(405);
  expect((await client.send('POST', 'MediaProcessors', {})).status).toBe(405);
});

test('a body over the limit is 413 and does not harm the next request', async () => {
  const answer = await client.send('POST', 'Assets', `{"Name":"${'x'.repeat(9_000_000)}"}`);
  expect(answer.status).toBe(413);
  await client.expect(200, 'GET', 'Assets');
});

test('bytes that are not HTTP are refused without harm', async () => {
  const { port } = new URL(client.emulator.url);
  const status = await new Promise<number>((resolve, reject) => {
    const outgoing = httpRequest({
      port,
      host: '127.0.0.1',
      path: '/',
      headers: { 'x-big': 'y'.repeat(20_000) },
    });
    outgoing.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  expect(status).toBe(400);
  await client.expect(200, 'GET', 'Assets');
});

test('the service document names the sets in the order of the service', async () => {
  const { value } = await client.expect(200, 'GET', '');
  const names = (value as { name: string; url: string }[]).map(({ name }) => name);
  expect(names).toHaveLength(25);
  expect(names.slice(0, 3)).toEqual(['AccessPolicies', 'Locators', 'ContentKeys']);
  const answer = await client.send('GET', '', undefined, verbose);
  // The length that a client logged for version 2.13.
  expect(answer.text).toHaveLength(456);
});
