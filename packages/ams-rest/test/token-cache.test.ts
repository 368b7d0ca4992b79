import { cachedCredential } from '../src';
import { cacheUnderTest, HOUR, settle } from './helpers/cache-under-test';
import { everyPrint, rejection } from './helpers/values';

const SCOPE = 'https://rest.media.azure.net/.default';

test('a thousand callers share one flight, and the next ones its token', async () => {
  const { flights, flight, get } = cacheUnderTest();
  const callers = Array.from({ length: 1000 }, () => get());
  flight(0).land('one');
  expect(new Set(await Promise.all(callers))).toEqual(new Set(['one']));
  expect(await get()).toBe('one');
  expect(flights).toHaveLength(1);
});

test('a thousand callers of a failing flight each learn why, and the failure is forgotten', async () => {
  const { flights, flight, get } = cacheUnderTest();
  const callers = Array.from({ length: 1000 }, () => rejection(get()));
  const broken = new Error('down');
  flight(0).crash(broken);
  expect(new Set(await Promise.all(callers))).toEqual(new Set([broken]));
  const next = get();
  flight(1).land('two');
  expect(await next).toBe('two');
  expect(flights).toHaveLength(2);
});

test('scopes are kept apart', async () => {
  const { credential, flights, flight } = cacheUnderTest();
  const both = Promise.all([credential.getToken('a/.default'), credential.getToken(['b/.default'])]);
  flight(0).land('for a');
  flight(1).land('for b');
  expect((await both).map(({ token }) => token)).toEqual(['for a', 'for b']);
  expect(flights.map(({ scope }) => scope)).toEqual(['a/.default', 'b/.default']);
});

describe('a caller who aborts', () => {
  test('gets its own reason and does not disturb the others', async () => {
    const { flights, flight, get } = cacheUnderTest();
    const controller = new AbortController();
    const leaving = rejection(get({ abortSignal: controller.signal }));
    const staying = get();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await leaving).toBe(reason);
    expect(flight(0).signal.aborted).toBe(false);
    flight(0).land('one');
    expect(await staying).toBe('one');
    expect(flights).toHaveLength(1);
  });

  test('as the last one ends the flight, and the next caller starts a new one', async () => {
    const { flights, flight, get } = cacheUnderTest();
    const controllers = [new AbortController(), new AbortController()];
    const leaving = controllers.map(({ signal }) => rejection(get({ abortSignal: signal })));
    controllers.forEach((controller) => controller.abort(new Error('enough')));
    await Promise.all(leaving);
    expect(flight(0).signal.aborted).toBe(true);
    const next = [get(), get()];
    // The aborted one lands late, and takes neither the place of its successor nor the callers.
    flight(0).crash(new Error('aborted'));
    await settle();
    next.push(get());
    flight(1).land('two');
    expect(await Promise.all(next)).toEqual(['two', 'two', 'two']);
    expect(flights).toHaveLength(2);
  });

  test('as the last one: a token that arrives all the same does not replace that of its successor', async () => {
    const { flight, get } = cacheUnderTest();
    const controller = new AbortController();
    const leaving = rejection(get({ abortSignal: controller.signal }));
    controller.abort(new Error('enough'));
    await leaving;
    const next = get();
    flight(1).land('two');
    await next;
    flight(0).land('one');
    await settle();
    expect(await get()).toBe('two');
  });

  test('beforehand asks for nothing', async () => {
    const { flights, get } = cacheUnderTest();
    await rejection(get({ abortSignal: AbortSignal.abort() }));
    expect(flights).toHaveLength(0);
  });

  test('leaves no listener on the signal, however the wait ended', async () => {
    const { flight, get } = cacheUnderTest();
    const { signal } = new AbortController();
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    const waiting = get({ abortSignal: signal });
    flight(0).land('one');
    await waiting;
    const failing = rejection(get({ abortSignal: signal, refusedToken: 'one' }));
    flight(1).crash(new Error('down'));
    await failing;
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed).toHaveBeenCalledTimes(2);
  });
});

describe('ahead of time', () => {
  test('the old token is handed out while one flight fetches the next', async () => {
    const { flights, flight, clock, get, warm } = cacheUnderTest();
    await warm();
    clock.now += HOUR - 300_001;
    expect(await get()).toBe('first');
    expect(flights).toHaveLength(1);
    clock.now += 1;
    expect(await Promise.all([get(), get(), get()])).toEqual(['first', 'first', 'first']);
    expect(flights).toHaveLength(2);
    flight(1).land('second');
    await settle();
    expect(await get()).toBe('second');
  });

  test('refresh_in of the answer comes first', async () => {
    const clock = { now: 0 };
    let count = 0;
    const credential = cachedCredential(
      () =>
        Promise.resolve({ token: `t${++count}`, expiresOnTimestamp: HOUR, refreshAfterTimestamp: HOUR / 4 }),
      { now: () => clock.now },
    );
    await credential.getToken(SCOPE);
    clock.now = HOUR / 4;
    expect((await credential.getToken(SCOPE)).token).toBe('t1');
    await settle();
    expect((await credential.getToken(SCOPE)).token).toBe('t2');
  });

  test('a token that lives shorter than the interval of retries is refreshed ahead all the same', async () => {
    const clock = { now: 0 };
    let count = 0;
    const credential = cachedCredential(
      () => Promise.resolve({ token: `t${++count}`, expiresOnTimestamp: clock.now + 40_000 }),
      { now: () => clock.now },
    );
    await credential.getToken(SCOPE);
    for (let refreshed = 1; refreshed <= 3; refreshed++) {
      clock.now += 20_000;
      expect((await credential.getToken(SCOPE)).token).toBe(`t${refreshed}`);
      await settle();
      expect(count).toBe(refreshed + 1);
    }
  });

  test('a refresh that fails is calm: no error, no storm, one more try each half minute', async () => {
    const { flights, flight, clock, get, warm } = cacheUnderTest();
    await warm();
    clock.now += HOUR - 300_000;
    await get();
    flight(1).crash(new Error('down'));
    await settle();
    for (let call = 0; call < 100; call++) expect(await get()).toBe('first');
    expect(flights).toHaveLength(2);
    clock.now += 30_000;
    expect(await get()).toBe('first');
    expect(flights).toHaveLength(3);
  });

  test('once the old token cannot be used any more, callers wait for the refresh under way and see how it ends', async () => {
    const { flights, flight, clock, get, warm } = cacheUnderTest();
    await warm();
    clock.now += HOUR - 300_000;
    await get();
    clock.now += 270_000;
    const failing = [rejection(get()), rejection(get())];
    flight(1).crash(new Error('down'));
    expect((await Promise.all(failing)).map(({ message }) => message)).toEqual(['down', 'down']);
    const next = get();
    flight(2).land('second');
    expect(await next).toBe('second');
    expect(flights).toHaveLength(3);
  });

  test('a caller’s abort does not end a background refresh', async () => {
    const { flight, clock, get, warm } = cacheUnderTest();
    await warm();
    clock.now += HOUR - 300_000;
    await get();
    clock.now += 270_000;
    const controller = new AbortController();
    const leaving = rejection(get({ abortSignal: controller.signal }));
    controller.abort();
    await leaving;
    expect(flight(1).signal.aborted).toBe(false);
  });

  test('a token with a short life is used for most of it', async () => {
    const { flights, clock, get, warm } = cacheUnderTest();
    await warm('short', 10_000);
    clock.now += 4_999;
    expect(await get()).toBe('short');
    expect(flights).toHaveLength(1);
    clock.now += 4_000;
    expect(await get()).toBe('short');
    expect(flights).toHaveLength(2);
  });
});

test('the credential shows no token', async () => {
  const { credential, warm } = cacheUnderTest();
  await warm('planted-secret');
  expect(everyPrint(credential)).not.toContain('planted-secret');
});
