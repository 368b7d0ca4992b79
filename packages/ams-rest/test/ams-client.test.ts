import { AmsClient, type AmsClientOptions } from '../src';
import { closing } from './helpers/closing';
import { answer, startServer, type ReceivedRequest, type Script } from './helpers/scripted-server';
import { listCredential, rejection } from './helpers/values';

const VERBOSE = 'application/json;odata=verbose';
const quick = { baseDelayMs: 1, random: () => 0 };

async function serve(script: Script) {
  return closing(await startServer(script));
}

function clientOf(origin: string, options: Partial<AmsClientOptions> = {}): AmsClient {
  return new AmsClient({
    endpoint: `${origin}/api/`,
    credential: listCredential('token-1', 'token-2'),
    retry: quick,
    ...options,
  });
}

const authorization = (server: { received: readonly { headers: Readonly<Record<string, string>> }[] }) =>
  server.received.map(({ headers }) => headers['authorization']);

describe('one request', () => {
  test('has the OData headers, a token and its own id', async () => {
    const server = await serve(answer(201, { d: { Id: 'nb:cid:1' } }));
    const client = clientOf(server.origin);
    const { status, body } = await client.request('POST', 'Assets', { body: { Name: 'ä' } });
    expect([status, body]).toEqual([201, { Id: 'nb:cid:1' }]);
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/api/Assets',
      body: '{"Name":"ä"}',
      headers: {
        accept: VERBOSE,
        'content-type': VERBOSE,
        'content-length': '13',
        'x-ms-version': '2.19',
        dataserviceversion: '3.0',
        maxdataserviceversion: '3.0',
        authorization: 'Bearer token-1',
        'x-ms-client-request-id': expect.stringMatching(/^[\da-f-]{36}$/) as string,
      },
    });
  });

  test('takes a query, other headers, another format and version; undefined means no body', async () => {
    const server = await serve(answer(204));
    const client = clientOf(server.origin, { format: 'light', apiVersion: '2.15' });
    const { status, body } = await client.request('GET', '/Assets', {
      query: { $filter: "Name eq 'a b'" },
      headers: { 'X-MS-Client-Request-Id': 'mine' },
    });
    expect([status, body]).toEqual([204, undefined]);
    expect(server.received[0]).toMatchObject({ path: '/api/Assets?$filter=Name%20eq%20%27a%20b%27' });
    expect(server.received[0]?.headers).toMatchObject({
      accept: 'application/json',
      'x-ms-version': '2.15',
      'x-ms-client-request-id': 'mine',
    });
    expect(server.received[0]?.headers['content-type']).toBeUndefined();
  });

  test.each([
    [{ authorization: 'Bearer x' }],
    [{ Authorization: 'Bearer x' }],
    [{ 'x-a': 'a\r\nx-evil: 1' }],
    [{ 'x-a': 'a\0' }],
    [{ 'x-a': 'é' }],
    [{ 'x a': '1' }],
    [{ '': '1' }],
    [{ Host: 'evil.example' }],
    [{ 'Content-Length': '1' }],
    [{ 'transfer-encoding': 'chunked' }],
  ])('the headers %j are refused', async (headers) => {
    const server = await serve(answer(204));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets', { headers }));
    expect(error).toBeInstanceOf(TypeError);
    expect(server.received).toHaveLength(0);
  });

  test.each([
    '../x',
    'a/../../x',
    'a?b',
    'a#b',
    'a\\b',
    '\\\\evil',
    'a b',
    'a\n',
    '%2e%2e/x',
    '..',
    '\ud800',
  ])('the path %j is refused', async (path) => {
    const server = await serve(answer(204));
    expect(await rejection(clientOf(server.origin).request('GET', path))).toBeInstanceOf(TypeError);
    expect(server.received).toHaveLength(0);
  });

  test('a verb that is none is refused', async () => {
    const server = await serve(answer(204));
    const verb = 'GET / HTTP/1.1\r\nx: y' as 'GET';
    expect(await rejection(clientOf(server.origin).request(verb, 'Assets'))).toBeInstanceOf(TypeError);
    expect(server.received).toHaveLength(0);
  });

  test('an API version that would begin another header is refused', () => {
    expect(() => clientOf('https://h.example', { apiVersion: '2.19\r\nx: y' })).toThrow(TypeError);
  });

  test.each([
    'https://h.example/api?x',
    'http://h.example/',
    'ftp://localhost/',
    'h.example',
    'https://u@h.example',
  ])('the endpoint %s is refused', (endpoint) => {
    expect(() => new AmsClient({ endpoint, credential: listCredential('t') })).toThrow(TypeError);
  });
});

describe('401', () => {
  test('gets one new token and one more try, for a POST too', async () => {
    const server = await serve([answer(401), answer(201, { d: { Id: 'x' } })]);
    const { body } = await clientOf(server.origin).request('POST', 'Assets', { body: { Name: 'a' } });
    expect(body).toEqual({ Id: 'x' });
    expect(authorization(server)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(server.received.map(({ body }) => body)).toEqual(['{"Name":"a"}', '{"Name":"a"}']);
  });

  test('for ever is the answer, after two tries', async () => {
    const server = await serve(answer(401, { error: { code: '', message: { value: 'no' } } }));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({ name: 'ServiceError', status: 401, serviceMessage: 'no', attempts: 2 });
    expect(server.received).toHaveLength(2);
  });

  test('is returned immediately when the credential has no other token', async () => {
    const server = await serve(answer(401));
    const credential = { getToken: () => Promise.resolve({ token: 'only', expiresOnTimestamp: 0 }) };
    const error = await rejection(clientOf(server.origin, { credential }).request('GET', 'Assets'));
    expect(error).toMatchObject({ status: 401, attempts: 1 });
    expect(server.received).toHaveLength(1);
  });

  test.each([null, { token: '', expiresOnTimestamp: 0 }, { token: 'a\r\nb: c', expiresOnTimestamp: 0 }])(
    'a credential that gives %j is at fault',
    async (token) => {
      const server = await serve(answer(204));
      const credential = { getToken: () => Promise.resolve(token) };
      const error = await rejection(clientOf(server.origin, { credential }).request('GET', 'Assets'));
      expect(error.name).toBe('ProtocolError');
      expect(server.received).toHaveLength(0);
    },
  );
});

describe('a 301', () => {
  const moved = (location: string) => answer(301, '<h2>Object moved</h2>', { location });

  test('moves the API root for good: same verb, body and token to the new place', async () => {
    const server = await serve(({ path }: ReceivedRequest) =>
      path.startsWith('/api/') ? moved('/cluster/api') : answer(201, { d: { Id: 'x' } }),
    );
    const client = clientOf(server.origin);
    await client.request('POST', 'Assets', { body: { Name: 'a' }, query: { $top: 1 } });
    await client.request('GET', 'Jobs');
    expect(client.root).toBe(`${server.origin}/cluster/api/`);
    expect(server.received.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/api/Assets?$top=1', '{"Name":"a"}'],
      ['POST', '/cluster/api/Assets?$top=1', '{"Name":"a"}'],
      ['GET', '/cluster/api/Jobs', ''],
    ]);
    expect(new Set(authorization(server))).toEqual(new Set(['Bearer token-1']));
  });

  test('to a named origin is followed', async () => {
    const cluster = await serve(answer(200, { d: { results: [] } }));
    const server = await serve(moved(`${cluster.origin}/api/`));
    const client = clientOf(server.origin, { allowedOrigins: [cluster.origin] });
    expect((await client.request('GET', 'Assets')).body).toEqual([]);
    expect(authorization(cluster)).toEqual(['Bearer token-1']);
  });

  test('to any other host is not followed', async () => {
    const evil = await serve(answer(200));
    const server = await serve(moved(`${evil.origin}/api/`));
    const client = clientOf(server.origin);
    await rejection(client.request('GET', 'Assets'));
    expect(client.root).toBe(`${server.origin}/api/`);
    expect([server.received.length, evil.received.length]).toEqual([1, 0]);
  });

  test.each(['https:cluster/api/', 'http:/api/', 'http://'])('to %j is not followed', async (location) => {
    const server = await serve(moved(location));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({ status: 301, stopped: 'it has no usable Location' });
    expect(server.received).toHaveLength(1);
  });

  test('counts the tries at both places', async () => {
    const server = await serve(({ path }: ReceivedRequest) =>
      path.startsWith('/api/') ? moved('/cluster/api') : answer(404),
    );
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({ status: 404, attempts: 2 });
  });

  test('to itself ends after one more try', async () => {
    const server = await serve(moved('/api/'));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({ name: 'ServiceError', status: 301 });
    expect(server.received).toHaveLength(2);
  });

  test.each([302, 303, 307, 308])('%d is not followed', async (status) => {
    const server = await serve(answer(status, '', { location: '/elsewhere/' }));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({ status, serviceMessage: 'redirects are not followed' });
    expect(server.received).toHaveLength(1);
  });
});

describe('answers', () => {
  test('a refusal becomes a ServiceError with what the service said', async () => {
    const body = { error: { code: '', message: { lang: 'en-US', value: 'Resource Asset not found' } } };
    const server = await serve(answer(404, body, { 'x-ms-request-id': 'r-1' }));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({
      name: 'ServiceError',
      method: 'GET',
      url: `${server.origin}/api/Assets`,
      status: 404,
      code: '',
      serviceMessage: 'Resource Asset not found',
      requestId: 'r-1',
      clientRequestId: server.received[0]?.headers['x-ms-client-request-id'],
      retryable: false,
      attempts: 1,
    });
    expect(error.message).toContain('404 Resource Asset not found');
  });

  test('503 is retried and then told with the number of tries', async () => {
    const server = await serve(answer(503, '<html>'));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({ status: 503, attempts: 4, retryable: true });
    expect(error.message).toContain('gave up after 3 retries');
    const ids = server.received.map(({ headers }) => headers['x-ms-client-request-id']);
    expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
  });

  test('500 for a POST is not repeated', async () => {
    const server = await serve(answer(500));
    const error = await rejection(clientOf(server.origin).request('POST', 'Assets', { body: {} }));
    expect(error.message).toContain('may have been carried out');
    expect(server.received).toHaveLength(1);
  });

  test.each([
    ['HTML', '<html>'],
    ['half', '{"d":'],
  ])('a success that is %s is a ProtocolError', async (_, body) => {
    const server = await serve(answer(200, body, { 'content-type': 'text/html' }));
    const error = await rejection(clientOf(server.origin).request('GET', 'Assets'));
    expect(error).toMatchObject({ name: 'ProtocolError', status: 200 });
    expect(error.message).toContain('text/html');
  });
});
