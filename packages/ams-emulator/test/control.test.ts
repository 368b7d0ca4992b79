import { connect } from 'node:net';
import {
  at,
  blobUrl,
  items,
  jobBody,
  messageOf,
  requestToken,
  sampleFilm,
  startClient,
  uploadedAsset,
  verbose,
  type Answer,
  type Client,
  type Json,
} from './client';

let client: Client;

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.emulator.close());
afterEach(() => control('DELETE', 'faults'));

async function control(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await client.raw(client.emulator.controlEndpoint + path, {
    method,
    ...(method === 'GET'
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
  });
  return answer;
}

const plan = async (fault: Json): Promise<void> => {
  expect(await control('POST', 'faults', fault)).toMatchObject({ status: 200 });
};

describe('faults of the REST API', () => {
  test.each([
    ['server-busy-slow', 503, 'Previous runs of this type of request took more than'],
    ['server-busy-rate', 503, 'requests per second can be throttled.'],
    ['server-busy-burst', 503, /More than \d+ requests within \d+ seconds can be throttled\./],
    ['internal-error', 500, 'An error occurred'],
    ['too-many-requests', 429, 'Too Many Requests'],
  ])('%s happens once, in the form of an error', async (kind, status, words) => {
    await plan({ service: 'api', kind, retryAfter: '7' });
    const answer = await client.send('GET', 'Assets');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(messageOf(answer)).toMatch(words);
    await client.expect(200, 'GET', 'Assets');
  });

  test('a fault happens at the planned method and path, as often as planned', async () => {
    await plan({ service: 'api', kind: 'internal-error', method: 'POST', path: '/assets', times: 2 });
    await client.expect(200, 'GET', 'Assets');
    await client.expect(200, 'GET', 'Jobs');
    expect((await client.send('POST', 'Assets', {})).status).toBe(500);
    expect((await control('GET', 'faults')).json).toMatchObject([{ times: 1 }]);
    expect((await client.send('POST', 'Assets', {}, verbose)).json).toHaveProperty('error');
    await client.expect(201, 'POST', 'Assets', {});
  });

  test('HTML from a gateway', async () => {
    await plan({ service: 'api', kind: 'gateway-html' });
    const answer = await client.send('GET', 'Assets');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html']);
  });

  test('a cut connection before the work, and after it', async () => {
    const count = async (): Promise<number> => items(await client.expect(200, 'GET', 'Assets')).length;
    const before = await count();
    await plan({ service: 'api', kind: 'cut-connection' });
    await expect(client.send('POST', 'Assets', {})).rejects.toThrow('fetch failed');
    expect(await count()).toBe(before);
    await plan({ service: 'api', kind: 'cut-answer' });
    await expect(client.send('POST', 'Assets', {})).rejects.toThrow('fetch failed');
    expect(await count()).toBe(before + 1);
  });

  test('a body that ends too early, and JSON that is only half there', async () => {
    await plan({ service: 'api', kind: 'cut-body' });
    await expect(client.send('GET', 'MediaProcessors')).rejects.toThrow('terminated');
    await plan({ service: 'api', kind: 'truncate-json' });
    await expect(client.send('GET', 'MediaProcessors')).rejects.toThrow(SyntaxError);
  });

  test.each(['stall-headers', 'stall-body'])('%s keeps the client waiting', async (kind) => {
    await plan({ service: 'api', kind });
    const { hostname, port } = new URL(client.emulator.url);
    const socket = connect(Number(port), hostname);
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.write('GET /api/MediaProcessors HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // The fault is used up when the request has arrived; the next one is answered, this one is not.
    for (let left = 1; left > 0;) left = ((await control('GET', 'faults')).json as unknown as Json[]).length;
    const head = kind === 'stall-headers' ? '' : 'HTTP/1.1 401';
    while (!Buffer.concat(received).toString().startsWith(head)) await control('GET', 'faults');
    expect(Buffer.concat(received).toString()).not.toMatch(/\}$/);
    socket.destroy();
  });

  test('a delay is only that', async () => {
    await plan({ service: 'api', kind: 'delay', delayMs: 1 });
    await client.expect(200, 'GET', 'Assets');
  });
});

describe('faults of the other services', () => {
  test('the token endpoint throttles in plain text, as the real one', async () => {
    await plan({ service: 'token', kind: 'too-many-requests', retryAfter: '60' });
    const answer = await requestToken(client.emulator);
    expect([answer.status, answer.headers.get('retry-after'), answer.text]).toEqual([
      429,
      '60',
      'Too Many Requests',
    ]);
    await plan({ service: 'token', kind: 'server-busy-rate' });
    expect((await requestToken(client.emulator)).json).toMatchObject({ error: 'temporarily_unavailable' });
    expect((await requestToken(client.emulator)).status).toBe(200);
  });

  test('storage is busy for a client, but never for the emulator itself', async () => {
    const asset = await uploadedAsset(client);
    const policy = await client.expect(201, 'POST', 'AccessPolicies', {
      Name: 'p',
      DurationInMinutes: 5,
      Permissions: 1,
    });
    await plan({ service: 'storage', kind: 'server-busy-rate', times: 1 });
    const locator = await client.expect(201, 'POST', 'Locators', {
      AccessPolicyId: policy['Id'],
      AssetId: asset['Id'],
      Type: 1,
    });
    const busy = await client.raw(blobUrl(locator, 'film.mp4'));
    expect(busy.status).toBe(503);
    expect(busy.text).toContain('<Code>ServerBusy</Code>');
    expect((await client.raw(blobUrl(locator, 'film.mp4'))).text).toBe(sampleFilm.toString());
    await plan({ service: 'storage', kind: 'cut-connection' });
    await expect(client.raw(blobUrl(locator, 'film.mp4'))).rejects.toThrow('fetch failed');
  });
});

test.each([
  ['no service', { kind: 'delay' }],
  ['an unknown kind', { service: 'api', kind: 'earthquake' }],
  ['half a blob', { service: 'storage', kind: 'truncate-json' }],
  ['a header that is none', { service: 'api', kind: 'internal-error', retryAfter: 'a\r\nb' }],
])('a fault with %s is refused', async (_name, fault) => {
  expect((await control('POST', 'faults', fault)).status).toBe(400);
});

test('a form, as a page in a browser could send it unasked, is refused', async () => {
  const answer = await client.raw(`${client.emulator.controlEndpoint}reset`, {
    method: 'POST',
    body: new URLSearchParams({ a: 'b' }),
  });
  expect(answer.status).toBe(400);
  expect((await control('POST', 'nothing')).text).toContain('POST reset');
});

test('requests are counted and remembered without their queries', async () => {
  await control('DELETE', 'requests');
  await requestToken(client.emulator);
  const asset = await uploadedAsset(client);
  await client.send('GET', `Assets?$filter=Id eq 'secret'`);
  const { counts, requests } = (await control('GET', 'requests')).json as {
    counts: Json;
    requests: Json[];
  };
  expect(counts).toEqual({ token: 1, api: 6, origin: 0, storage: 1, arm: 0 });
  expect(requests.map(({ service, method }) => `${String(service)} ${String(method)}`)).toEqual([
    'token POST',
    'api POST',
    'api POST',
    'api POST',
    'storage PUT',
    'api GET',
    'api DELETE',
    'api GET',
  ]);
  expect(JSON.stringify(requests)).not.toMatch(/sig=|secret/);
  expect(asset).toHaveProperty('Id');
});

test('the clock can be moved from outside', async () => {
  const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, await uploadedAsset(client)));
  const before = (await control('GET', 'clock')).json['now'];
  const after = (await control('POST', 'clock', { advanceMs: 3000 })).json['now'];
  expect(Date.parse(String(after)) - Date.parse(String(before))).toBeGreaterThanOrEqual(3000);
  expect(await client.expect(200, 'GET', at('Jobs', job))).toMatchObject({ State: 3 });
  expect((await control('POST', 'clock', { advanceMs: 'much' })).status).toBe(400);
});

describe('tokens', () => {
  const bearer = async (form?: Record<string, string>): Promise<Record<string, string>> => {
    const { json } = await requestToken(client.emulator, form);
    return { Authorization: `Bearer ${String(json['access_token'])}` };
  };

  test('can be revoked; later ones are good', async () => {
    const old = await bearer();
    await control('POST', 'tokens', { revoke: true });
    expect((await client.send('GET', 'Assets', undefined, old)).status).toBe(401);
    client.emulator.clock.advance(1000);
    await client.expect(200, 'GET', 'Assets', undefined, await bearer());
  });

  test('can be challenged for a claim, and a token that was asked for with it is good', async () => {
    await control('POST', 'tokens', { challenge: true });
    const refused = await client.send('GET', 'Assets', undefined, await bearer());
    expect(refused.status).toBe(401);
    const header = refused.headers.get('www-authenticate') ?? '';
    expect(header).toContain('error="insufficient_claims"');
    const claims = Buffer.from(/claims="([^"]+)"/.exec(header)?.[1] ?? '', 'base64').toString();
    const { emulator } = client;
    const form = {
      grant_type: 'client_credentials',
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
      resource: emulator.resource,
      claims,
    };
    await client.expect(200, 'GET', 'Assets', undefined, await bearer(form));
    await control('POST', 'tokens', { challenge: false });
    await client.expect(200, 'GET', 'Assets', undefined, await bearer());
  });

  test('can be made to live shortly', async () => {
    await control('POST', 'tokens', { lifetimeSeconds: 5 });
    expect((await requestToken(client.emulator)).json).toMatchObject({ expires_in: '5' });
    const short = await bearer();
    client.emulator.clock.advance(7000);
    expect((await client.send('GET', 'Assets', undefined, short)).status).toBe(401);
    await control('POST', 'tokens', { lifetimeSeconds: 3599 });
  });
});

test('the API can move: 301 to the new root whatever was asked, which then serves', async () => {
  const fresh = await requestToken(client.emulator);
  const headers = { Authorization: `Bearer ${String(fresh.json['access_token'])}` };
  await control('POST', 'moved', { isMoved: true });
  const answer = await client.send('POST', 'Assets', { Name: 'x' }, headers);
  expect([answer.status, answer.headers.get('location')]).toEqual([
    301,
    `${client.emulator.url}/cluster/api/`,
  ]);
  expect(answer.text).toContain('Object moved');
  const entrance = await client.raw(`${client.emulator.url}/`);
  expect([entrance.status, entrance.headers.get('location')]).toEqual([
    301,
    `${client.emulator.url}/cluster/api/`,
  ]);
  await control('POST', 'moved', { isMoved: false });
  expect((await client.raw(`${client.emulator.url}/`)).status).toBe(404);
  await client.expect(200, 'GET', 'Assets', undefined, headers);
});

test('links name the root that was asked', async () => {
  const fresh = await requestToken(client.emulator);
  const headers = { Authorization: `Bearer ${String(fresh.json['access_token'])}` };
  const { url, accountName } = client.emulator;
  const asVerbose = { ...headers, Accept: 'application/json;odata=verbose' };
  for (const root of ['/api/', '/cluster/api/', `/accounts/${accountName}/api/`].map((path) => url + path)) {
    const made = await client.send('POST', `${root}Assets`, { Name: 'linked' }, asVerbose);
    const { __metadata: metadata, Files: files } = (made.json as { d: Json }).d;
    const { uri } = metadata as { uri: string };
    expect(made.headers.get('location')).toBe(uri);
    expect(uri.startsWith(`${root}Assets(`)).toBe(true);
    expect(files).toEqual({ __deferred: { uri: `${uri}/Files` } });
    expect(made.text).toContain(`"${root}$metadata#WindowsAzureMediaServices.Publish"`);
    for (const [path, context] of [
      ['', '$metadata'],
      ['Assets', '$metadata#Assets'],
      [uri, '$metadata#Assets/@Element'],
      [`${uri}/Name`, '$metadata#Edm.String'],
      ['GetProtectionKeyId?contentKeyType=1', '$metadata#Edm.String'],
    ] as const) {
      const answer = await client.expect(
        200,
        'GET',
        path.startsWith('http') ? path : root + path,
        undefined,
        headers,
      );
      expect(answer['odata.metadata']).toBe(root + context);
    }
  }
});

test('reset forgets everything but what every account has', async () => {
  const fresh = await requestToken(client.emulator);
  const headers = { Authorization: `Bearer ${String(fresh.json['access_token'])}` };
  const get = (path: string): Promise<Json> => client.expect(200, 'GET', path, undefined, headers);
  await client.expect(201, 'POST', 'Assets', {}, headers);
  expect(await control('POST', 'reset')).toMatchObject({ status: 200 });
  expect(items(await get('Assets'))).toEqual([]);
  expect(items(await get('Jobs'))).toEqual([]);
  expect(items(await get('MediaProcessors'))).toHaveLength(19);
  expect(items(await get('StreamingEndpoints'))).toHaveLength(1);
  expect((await control('GET', 'requests')).json['counts']).toMatchObject({ token: 0 });
});
