/** The generic authorized client, at real sockets. */
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cachedCredential,
  clientSecretCredential,
  RestClient,
  undiciTransport,
  type RestClientOptions,
  type RetryEvent,
  type TokenCredential,
} from '../src';
import {
  appServiceCredential,
  arcCredential,
  imdsCredential,
  refreshTokenCredential,
} from '../src/credentials';
import { retryAfterMs, sendWithRetry } from '../src/http/retry';
import { becomesZero } from './faults/run';
import { closing } from './helpers/closing';
import { answer, startServer, type ReceivedRequest, type Script } from './helpers/scripted-server';
import { everyPrint, listCredential, rejection, request } from './helpers/values';

async function api(script: Script | ((origin: string) => Script), options: Partial<RestClientOptions> = {}) {
  const server = closing(await startServer(script as Script));
  const client = new RestClient({
    endpoint: `${server.origin}/v1.0`,
    credential: listCredential('token-1', 'token-2'),
    scope: 'api://films/.default',
    retry: { baseDelayMs: 1 },
    ...options,
  });
  return { server, client };
}

const cut = (socket: Socket) => socket.destroy();

async function items(list: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of list) found.push(item);
  return found;
}

test('JSON goes in and out, with the token, the query and conditional headers', async () => {
  const { client, server } = await api(answer(201, { id: 1 }), { query: { 'api-version': '7.4' } });
  const options = { body: { name: 'ä' }, query: { a: 'b c' }, headers: { 'If-None-Match': '*' } };
  const { status, body } = await client.request('PUT', '/films/1', options);
  expect([status, body]).toEqual([201, { id: 1 }]);
  expect(server.received[0]).toMatchObject({
    path: '/v1.0/films/1?api-version=7.4&a=b%20c',
    body: '{"name":"ä"}',
    headers: { authorization: 'Bearer token-1', 'if-none-match': '*', 'content-type': 'application/json' },
  });
});

test('text and bytes go both ways', async () => {
  const { client, server } = await api(answer(200, 'plain'));
  expect((await client.request('POST', 'x', { content: 'text', responseType: 'text' })).body).toBe('plain');
  const bytes = await client.request('POST', 'x', { content: Buffer.from('raw'), responseType: 'bytes' });
  expect(Buffer.from(bytes.body as Uint8Array).toString()).toBe('plain');
  expect(server.received.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
    ['text', 'text/plain;charset=utf-8'],
    ['raw', 'application/octet-stream'],
  ]);
});

test('304 is the answer to a conditional request, and json insists on a body', async () => {
  const { client } = await api(answer(304));
  expect(await client.request('GET', 'x', { headers: { 'if-none-match': '"1"' } })).toMatchObject({
    status: 304,
    body: undefined,
  });
  expect(await rejection(client.json('GET', 'x'))).toMatchObject({ name: 'ProtocolError' });
});

test('a DELETE whose answer was lost has succeeded when its repetition gets 404', async () => {
  const { client, server } = await api([cut, answer(404, { error: { code: 'NotFound' } })]);
  expect((await client.request('DELETE', 'films/1')).status).toBe(404);
  expect(server.received).toHaveLength(2);
  const first = await api(answer(404, { error: { code: 'NotFound' } }));
  expect(await rejection(first.client.request('DELETE', 'films/1'))).toMatchObject({ code: 'NotFound' });
});

test('progress of retries is reported', async () => {
  const seen: RetryEvent[] = [];
  const { client } = await api([answer(503), cut, answer(200, {})]);
  await client.request('GET', 'x', { retry: { onRetry: (retry) => seen.push(retry) } });
  expect(seen).toMatchObject([
    { attempt: 1, status: 503, error: undefined },
    { attempt: 2, status: undefined, error: { name: 'NetworkError' } },
  ]);
});

describe('a list', () => {
  test('follows next links', async () => {
    const { client } = await api([
      answer(200, { value: [1], '@odata.nextLink': '/v1.0/films?page=2' }),
      answer(200, { value: [2] }),
    ]);
    expect(await items(client.list('films'))).toEqual([1, 2]);
  });

  test('follows no link with a user name or password, and does not show them', async () => {
    const { client, server } = await api((_: unknown, index: number) =>
      answer(200, {
        value: [index],
        nextLink: `${server.origin.replace('//', '//eve:hunter22@')}/v1.0/films`,
      }),
    );
    const error = await rejection(items(client.list('films')));
    expect(error).toMatchObject({ name: 'ProtocolError' });
    expect(everyPrint(error)).not.toContain('hunter22');
    expect(server.received).toHaveLength(1);
  });

  test.each([1, 2, 7])('that goes round in a circle of %d pages ends', async (length) => {
    const { client, server } = await api((_: unknown, index: number) =>
      answer(200, { value: [], nextLink: `/v1.0/films?page=${index % length}` }),
    );
    expect((await rejection(items(client.list('films')))).message).toContain('leads back to an earlier page');
    expect(server.received.length).toBeLessThan(40);
  });

  test('of new pages without an item ends', async () => {
    const { client } = await api((_: unknown, index: number) =>
      answer(200, { value: [], nextLink: `/v1.0/films?page=${index}` }),
    );
    expect((await rejection(items(client.list('films')))).message).toContain('the list has no end');
  });
});

test('a parsed answer is limited to 8 MiB unless the client says otherwise', async () => {
  const large = `["${'x'.repeat(8 * 1024 * 1024)}"]`;
  const { client } = await api(answer(200, large));
  expect((await rejection(client.request('GET', 'x'))).message).toContain('larger than 8388608 bytes');
  const { status } = await client.request('GET', 'x', { maxResponseBytes: 9 * 1024 * 1024 });
  expect(status).toBe(200);
});

test('the budget of all tries grows with the limit of one', async () => {
  const limits: (number | undefined)[] = [];
  await sendWithRetry(
    ({ timeoutMs }) => {
      limits.push(timeoutMs);
      return Promise.resolve({ status: 200, headers: {}, body: new Uint8Array() });
    },
    request({ timeoutMs: 300_000 }),
  );
  expect(limits).toEqual([300_000]);
});

test('a Retry-After date is compared with the Date of the answer', () => {
  const now = Date.UTC(2026, 0, 1);
  const headers = {
    date: new Date(now - 7_200_000).toUTCString(),
    'retry-after': new Date(now - 7_198_000).toUTCString(),
  };
  expect(retryAfterMs(headers, now)).toBe(2000);
});

test('a header that undici cannot send is a TypeError, at the first try', async () => {
  const transport = closing(undiciTransport());
  const sent = transport(request({ url: 'http://127.0.0.1:9/', headers: { expect: '100-continue' } }));
  expect(await rejection(sent)).toBeInstanceOf(TypeError);
});

test('after an abort while connecting the next request is sent', async () => {
  const server = closing(await startServer(answer(200)));
  const transport = closing(undiciTransport({ connections: 1 }));
  const controller = new AbortController();
  const first = rejection(transport(request({ url: server.origin, signal: controller.signal })));
  controller.abort(new Error('enough'));
  const second = transport(request({ url: server.origin }));
  expect((await first).message).toBe('enough');
  expect((await second).status).toBe(200);
});

describe('the default transport', () => {
  const ids = { tenantId: 'contoso.example', clientId: 'c' };
  const makers: readonly [string, (origin: string) => TokenCredential][] = [
    [
      'a client secret',
      (authorityHost) => clientSecretCredential({ ...ids, authorityHost, clientSecret: 's' }),
    ],
    [
      'a refresh token',
      (authorityHost) => refreshTokenCredential({ ...ids, authorityHost, refreshToken: 'r' }),
    ],
    ['IMDS', (host) => imdsCredential({ host })],
    ['App Service', (endpoint) => appServiceCredential({ endpoint, header: 'h' })],
    [
      'Azure Arc',
      (origin) =>
        arcCredential({
          endpoint: `${origin}/token`,
          keyFolder: { path: join(tmpdir(), '/'), windows: false },
        }),
    ],
  ];
  const key = join(tmpdir(), `${randomUUID()}.key`);
  beforeAll(() => writeFile(key, 'basic-key'));
  afterAll(() => rm(key));

  test.each(makers)('of %s is shared with the client, which closes it', async (_, make) => {
    // Otherwise undici closes idle connections by itself.
    const kept = { 'keep-alive': 'timeout=600' };
    const token = { token_type: 'Bearer', access_token: 'from-there', expires_in: 3600 };
    const { client, server } = await api(({ path, headers }: ReceivedRequest) => {
      if (path === '/v1.0/films') return answer(200, {}, kept);
      const isArc = path.startsWith('/token?') && !headers['authorization'];
      return isArc ? answer(401, '', { 'www-authenticate': `Basic realm=${key}` }) : answer(200, token, kept);
    });
    const credential = make(server.origin);
    const sharing = new RestClient({ endpoint: client.endpoint, credential, scope: 'api://films/.default' });
    expect((await sharing.request('GET', 'films')).status).toBe(200);
    expect(server.received.at(-1)?.headers['authorization']).toBe('Bearer from-there');
    await sharing.close();
    expect(await becomesZero(() => server.sockets.size)).toBe(0);
  });
});

test('an endpoint with a user name or password is refused', () => {
  for (const endpoint of ['https://eve:hunter22@h.example/', 'https://eve@h.example/'])
    expect(
      () => new RestClient({ endpoint, credential: listCredential('t'), scope: 'api://films/.default' }),
    ).toThrow('must not contain a user name, password');
});

test('many requests with one signal cause no warning', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const { client } = await api(answer(200, {}));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => client.request('GET', 'x', { signal })));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

describe('the token cache', () => {
  const HOUR = 3_600_000;

  test('replaces a replacement that was refused again only after a while', async () => {
    let fetched = 0;
    const clock = { now: 0 };
    const credential = cachedCredential(
      () => Promise.resolve({ token: `t${++fetched}`, expiresOnTimestamp: HOUR }),
      { now: () => clock.now },
    );
    const { client } = await api(answer(401), { credential });
    for (let call = 0; call < 20; call++) await rejection(client.request('GET', 'x'));
    expect(fetched).toBe(2);
    clock.now = 10_000;
    await rejection(client.request('GET', 'x'));
    expect(fetched).toBe(3);
  });

  test('refreshes a token with refresh_in 0 once per retry interval, and survives a fetch that throws', async () => {
    let fetched = 0;
    const clock = { now: 0 };
    const credential = cachedCredential(
      () => {
        if (++fetched > 2) throw new Error('synchronous');
        return Promise.resolve({ token: `t${fetched}`, expiresOnTimestamp: HOUR, refreshAfterTimestamp: 0 });
      },
      { now: () => clock.now },
    );
    for (let call = 0; call < 10; call++) {
      await credential.getToken('scope');
      // Until the refresh has ended.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(fetched).toBe(2);
    clock.now = 30_000;
    expect((await credential.getToken('scope')).token).toBe('t2');
    expect(fetched).toBe(3);
  });
});

describe('an answer that repeats the token', () => {
  const opaque = 'opaque-0123456789';
  const repeating = (status: number) =>
    answer(
      status,
      { error: { code: opaque, message: `not ${opaque}` } },
      { 'x-ms-request-id': `id-${opaque}` },
    );

  test.each([400, 403, 502])('with status %d does not show it', async (status) => {
    const { client } = await api(repeating(status), {
      credential: listCredential(opaque),
      retry: { maxRetries: 0 },
    });
    const error = await rejection(client.request('GET', 'films'));
    expect(error.message).toContain('not REDACTED');
    expect(everyPrint(error)).not.toContain(opaque);
  });

  test('with status 200 is the answer as it was', async () => {
    const { client } = await api(answer(200, { token: opaque }), { credential: listCredential(opaque) });
    expect(await client.json('GET', 'films')).toEqual({ token: opaque });
  });
});
