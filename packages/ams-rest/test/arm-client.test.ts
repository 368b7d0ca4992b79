/** Resource Manager over real sockets: what is sent, what is followed, what each kind of answer means. */
import {
  ArmClient,
  ArmError,
  armPath,
  remainingRequests,
  type ArmRequestOptions,
} from '../src/resource-manager';
import { armOn } from './helpers/arm';
import { answer } from './helpers/scripted-server';
import { everyPrint, listCredential, rejection } from './helpers/values';

const apiVersion = '2021-04-01';
const path = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Media/mediaservices/m';
const options: ArmRequestOptions = { apiVersion };

describe('a request', () => {
  test('has the api-version, the token, a request id, and JSON', async () => {
    const { arm, server } = await armOn(answer(201, { name: 'm' }, { 'x-ms-request-id': '1' }));
    const result = await arm.request('PUT', path, {
      apiVersion,
      query: { $filter: "a eq 'b'" },
      body: { é: 1 },
    });
    expect(result).toMatchObject({ status: 201, body: { name: 'm' } });
    const [sent] = server.received;
    expect(sent).toMatchObject({ method: 'PUT', body: '{"é":1}' });
    expect(sent?.path).toBe(`${path}?api-version=2021-04-01&$filter=a%20eq%20%27b%27`);
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      'content-type': 'application/json',
      accept: 'application/json',
    });
    expect(sent?.headers['x-ms-client-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  test('refused with 401 is sent once more with another token', async () => {
    const { arm, server } = await armOn([answer(401, {}), answer(200, { value: 1 })]);
    expect((await arm.request('GET', path, options)).body).toEqual({ value: 1 });
    expect(server.received.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test('that is throttled waits as long as is asked for, and the counters can be read', async () => {
    const throttled = answer(
      429,
      { error: { code: 'TooManyRequests', message: 'Slow down.' } },
      { 'retry-after': '0' },
    );
    const headers = {
      'x-ms-ratelimit-remaining-subscription-writes': '1199',
      'x-ms-ratelimit-remaining-subscription-resource-requests': 'Microsoft.Compute/x;1',
    };
    const { arm, server } = await armOn([throttled, throttled, answer(200, {}, headers)]);
    const result = await arm.request('POST', `${path}/listKeys`, options);
    expect(server.received).toHaveLength(3);
    expect(remainingRequests(result.headers)).toEqual({ 'subscription-writes': 1199 });
  });

  test('that creates is not repeated when it may have been carried out', async () => {
    const { arm, server } = await armOn(answer(500, { error: { code: 'InternalServerError', message: '' } }));
    const error = await rejection(arm.request('POST', `${path}/regenerateKey`, options));
    expect(error).toMatchObject({ name: 'ArmError', status: 500, attempts: 1 });
    expect(server.received).toHaveLength(1);
  });

  test.each(['subscriptions/s', '/a?b', '/a#b', '/a b', '/a/../b', '/a\\b', '//other.example/x'])(
    'for %j is refused before it is sent',
    async (wrong) => {
      const { arm, server } = await armOn(answer(200, {}));
      const sent = arm.request('GET', wrong, options);
      if (wrong.startsWith('//')) await sent;
      else expect(await rejection(sent)).toBeInstanceOf(TypeError);
      // What looks like another host stays a path.
      expect(server.received.map((request) => request.path)).toEqual(
        wrong.startsWith('//') ? [`${wrong.slice(1)}?api-version=2021-04-01`] : [],
      );
    },
  );

  test('without a date for its api-version is refused', async () => {
    const { arm } = await armOn(answer(200, {}));
    expect(await rejection(arm.request('GET', path, { apiVersion: 'latest' }))).toBeInstanceOf(TypeError);
    expect(() => new ArmClient({ endpoint: 'http://arm.example', credential: listCredential('t') })).toThrow(
      TypeError,
    );
  });

  test('a path of names takes any name but those that lead away', () => {
    expect(armPath('resourceGroups', 'a b/é', 'x')).toBe('/resourceGroups/a%20b%2F%C3%A9/x');
    for (const name of ['', '.', '..']) expect(() => armPath('subscriptions', name)).toThrow(TypeError);
  });

  test('with an answer that is not JSON is an error, with an empty one it is not', async () => {
    const { arm } = await armOn([answer(200, '<html>'), answer(200, '')]);
    expect(await rejection(arm.request('GET', path, options))).toMatchObject({ name: 'ProtocolError' });
    expect((await arm.request('DELETE', path, options)).body).toBeUndefined();
  });
});

describe('an error', () => {
  const details = [
    {
      code: 'MissingRegistration',
      message: 'Register Microsoft.Media.',
      target: 'Microsoft.Media',
      details: [{ code: 'Inner' }],
    },
    'not an object',
  ];
  const said = { code: 'MissingSubscriptionRegistration', message: 'Not registered.', target: 'm', details };

  test.each([
    ['wrapped', { error: said }],
    ['bare', said],
  ])('%s tells its code, message, target and details', async (_, body) => {
    const { arm } = await armOn(answer(409, body, { 'x-ms-request-id': 'id-1' }));
    const error = await rejection(arm.request('PUT', path, options));
    expect(error).toBeInstanceOf(ArmError);
    expect(error).toMatchObject({
      status: 409,
      code: 'MissingSubscriptionRegistration',
      target: 'm',
      requestId: 'id-1',
      details: [{ code: 'MissingRegistration', target: 'Microsoft.Media', details: [{ code: 'Inner' }] }],
    });
    expect(error.message).toContain(
      'Not registered. (MissingRegistration: Register Microsoft.Media. (Inner))',
    );
  });

  test.each(['', 'no JSON', '<html>', '[]', '{"error":"text"}'])('of %j has its status', async (body) => {
    const { arm } = await armOn(answer(404, body));
    expect(await rejection(arm.request('GET', path, options))).toMatchObject({ status: 404, code: '' });
  });

  test('has no secret in it', async () => {
    const { arm } = await armOn(
      answer(403, { error: { code: 'X', message: 'Bearer token-12345 sig=c2lnbmF0dXJl' } }),
    );
    const print = everyPrint(await rejection(arm.request('GET', path, options)));
    expect(print).not.toMatch(/token-1|c2lnbmF0/);
  });
});

describe('a list', () => {
  test('goes on where its answers point', async () => {
    const { arm, server } = await armOn((origin) => [
      answer(200, { value: [1, 2], nextLink: `${origin}/next?page=2&api-version=x` }),
      answer(200, { value: [], '@odata.nextLink': `${origin}/next?page=3` }),
      answer(200, { value: [3] }),
    ]);
    const items: unknown[] = [];
    for await (const item of arm.list(path, options)) items.push(item);
    expect(items).toEqual([1, 2, 3]);
    expect(server.received.map((request) => request.path)).toEqual([
      `${path}?api-version=2021-04-01`,
      '/next?page=2&api-version=x',
      '/next?page=3',
    ]);
  });

  test('goes on at a relative link', async () => {
    const { arm, server } = await armOn([
      answer(200, { value: [1], nextLink: '/next?page=2' }),
      answer(200, { value: [2] }),
    ]);
    const items: unknown[] = [];
    for await (const item of arm.list(path, options)) items.push(item);
    expect(items).toEqual([1, 2]);
    expect(server.received[1]?.path).toBe('/next?page=2');
  });

  test.each(['https://thief.example/next', 'http://127.0.0.1:9/next', '//thief.example/next', 'http://['])(
    'that points to %s is not followed, and the token stays here',
    async (nextLink) => {
      const { arm, server } = await armOn(answer(200, { value: [1], nextLink }));
      const list = arm.list(path, options);
      expect((await list.next()).value).toBe(1);
      expect(await rejection(list.next())).toMatchObject({ name: 'ProtocolError' });
      expect(server.received).toHaveLength(1);
    },
  );

  test('that is none is an error', async () => {
    const { arm } = await armOn(answer(200, { value: {} }));
    expect(await rejection(arm.list(path, options).next())).toMatchObject({ name: 'ProtocolError' });
  });
});
