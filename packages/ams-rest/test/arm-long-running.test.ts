/** What Resource Manager does in the background: where to look, when it has ended, how it ended. */
import { pollUntil } from '../src/resource-manager/long-running';
import { armOn } from './helpers/arm';
import { answer } from './helpers/scripted-server';
import { rejection } from './helpers/values';

const apiVersion = '2021-04-01';
const path = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Media/mediaservices/m';
const soon = { apiVersion, pollIntervalMs: 1 };

test('a Retry-After of 0 costs one request a second, unless the caller asks for more', async () => {
  jest.useFakeTimers();
  try {
    const answered = { status: 202, headers: { 'retry-after': '0' }, body: undefined };
    for (const [pollIntervalMs, most] of [
      [undefined, 10],
      [100, 100],
    ] as const) {
      const look = jest.fn(() => Promise.resolve(answered));
      const options = { maxWaitMs: 10_000, ...(pollIntervalMs !== undefined && { pollIntervalMs }) };
      const failed = rejection(pollUntil(() => false, answered, look, 'https://h.example/op', options));
      await jest.advanceTimersByTimeAsync(20_000);
      expect((await failed).message).toContain('the operation has not ended within 10000 ms');
      expect(look).toHaveBeenCalledTimes(most);
    }
  } finally {
    jest.useRealTimers();
  }
});

describe('what takes long', () => {
  const resource = (provisioningState: string) => ({ name: 'm', properties: { provisioningState } });

  test('Azure-AsyncOperation: until its status is terminal, then the resource', async () => {
    const { arm, server } = await armOn((origin) => [
      answer(201, resource('InProgress'), {
        'azure-asyncoperation': `${origin}/operations/1?api-version=x`,
        location: `${origin}/not-this`,
      }),
      answer(200, { status: 'InProgress' }, { 'retry-after': '0' }),
      answer(200, { status: 'Running' }, { 'retry-after': '0' }),
      answer(200, { status: 'Succeeded' }),
      answer(200, resource('Succeeded')),
    ]);
    expect((await arm.complete('PUT', path, soon)).body).toEqual(resource('Succeeded'));
    expect(server.received.map((request) => `${request.method} ${request.path}`)).toEqual([
      `PUT ${path}?api-version=2021-04-01`,
      ...Array<string>(3).fill('GET /operations/1?api-version=x'),
      `GET ${path}?api-version=2021-04-01`,
    ]);
  });

  test('Azure-AsyncOperation of a POST: the result is at the Location', async () => {
    const { arm } = await armOn((origin) => [
      answer(202, '', { 'azure-asyncoperation': `${origin}/op`, location: `${origin}/result` }),
      answer(200, { status: 'succeeded' }),
      answer(200, { result: 1 }),
    ]);
    expect((await arm.complete('POST', path, soon)).body).toEqual({ result: 1 });
  });

  test.each(['Failed', 'Canceled'])(
    'an operation that ended as %s is an error with its own code',
    async (status) => {
      const { arm } = await armOn((origin) => [
        answer(202, '', { 'azure-asyncoperation': `${origin}/op` }),
        answer(200, {
          status,
          error: { code: 'BadRequest', message: 'Storage account cannot be accessed.' },
        }),
      ]);
      const error = await rejection(arm.complete('PUT', path, soon));
      expect(error).toMatchObject({ name: 'ArmError', code: 'BadRequest' });
      expect(error.message).toContain('Storage account cannot be accessed.');
    },
  );

  test('Location: until it is not 202 any more', async () => {
    const { arm, server } = await armOn((origin) => [
      answer(202, '', { location: `${origin}/op/1`, 'retry-after': '0' }),
      answer(202, '', { location: `${origin}/op/2`, 'retry-after': '0' }),
      answer(202, '', { 'retry-after': '0' }),
      answer(200, { name: 'm' }),
    ]);
    expect((await arm.complete('PUT', path, soon)).body).toEqual({ name: 'm' });
    expect(server.received.map((request) => request.path).slice(1)).toEqual(['/op/1', '/op/2', '/op/2']);
  });

  test('Location of a deletion ends with 204; one that fails is an error', async () => {
    const gone = await armOn((origin) => [answer(202, '', { location: `${origin}/op` }), answer(204)]);
    expect((await gone.arm.complete('DELETE', path, soon)).status).toBe(204);
    const failed = await armOn((origin) => [
      answer(202, '', { location: `${origin}/op` }),
      answer(409, { error: { code: 'Conflict', message: 'in use' } }),
    ]);
    expect(await rejection(failed.arm.complete('DELETE', path, soon))).toMatchObject({ code: 'Conflict' });
  });

  test('provisioningState: until it is terminal', async () => {
    const { arm, server } = await armOn([
      answer(201, resource('Creating')),
      answer(200, resource('ResolvingDNS')),
      answer(200, resource('Succeeded')),
    ]);
    expect((await arm.complete('PUT', path, soon)).body).toEqual(resource('Succeeded'));
    expect(server.received).toHaveLength(3);
    const failed = await armOn([answer(201, resource('Creating')), answer(200, resource('Failed'))]);
    expect(await rejection(failed.arm.complete('PUT', path, soon))).toMatchObject({ code: 'Failed' });
  });

  test('nothing to wait for: no state, or the Location of a new resource', async () => {
    const { arm, server } = await armOn((origin) =>
      answer(201, { name: 'm' }, { location: `${origin}${path}` }),
    );
    expect((await arm.complete('PUT', path, soon)).body).toEqual({ name: 'm' });
    expect(server.received).toHaveLength(1);
  });

  test('the token does not follow an operation elsewhere', async () => {
    const { arm, server } = await armOn(
      answer(202, '', { 'azure-asyncoperation': 'https://thief.example/op' }),
    );
    expect(await rejection(arm.complete('PUT', path, soon))).toMatchObject({ name: 'ProtocolError' });
    expect(server.received).toHaveLength(1);
  });

  test('an abort ends the waiting', async () => {
    const controller = new AbortController();
    const { arm } = await armOn((origin) => [
      answer(202, '', { location: `${origin}/op`, 'retry-after': '3600' }),
    ]);
    const waiting = arm.complete('PUT', path, { apiVersion, signal: controller.signal });
    const reason = new Error('enough');
    setImmediate(() => controller.abort(reason));
    expect(await rejection(waiting)).toBe(reason);
  });
});
