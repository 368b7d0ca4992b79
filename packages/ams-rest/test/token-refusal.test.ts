/** Tokens that were refused, are throttled, or are wanted with claims. */
import { AuthenticationError } from '../src';
import { cacheUnderTest, HOUR, settle } from './helpers/cache-under-test';
import { rejection } from './helpers/values';

describe('a refused token', () => {
  test('is replaced by one flight for all who were refused', async () => {
    const { flights, flight, get, warm } = cacheUnderTest();
    await warm();
    const refused = Array.from({ length: 1000 }, () => get({ refusedToken: 'first' }));
    flight(1).land('second');
    expect(new Set(await Promise.all(refused))).toEqual(new Set(['second']));
    // Those whose refusal arrives late find the new token there.
    expect(await get({ refusedToken: 'first' })).toBe('second');
    expect(await get()).toBe('second');
    expect(flights).toHaveLength(2);
  });

  test('is not handed out meanwhile, not even to ordinary callers', async () => {
    const { flights, flight, get, warm } = cacheUnderTest();
    await warm();
    const refused = get({ refusedToken: 'first' });
    const ordinary = get();
    flight(1).land('second');
    expect(await Promise.all([refused, ordinary])).toEqual(['second', 'second']);
    expect(flights).toHaveLength(2);
  });

  test('is not satisfied by an ordinary flight that began before, whichever lands last', async () => {
    const { flights, flight, clock, get, warm } = cacheUnderTest();
    await warm();
    clock.now += HOUR - 300_000;
    await get();
    const refused = get({ refusedToken: 'first' });
    expect(flights).toHaveLength(3);
    flight(2).land('second');
    expect(await refused).toBe('second');
    flight(1).land('first');
    await settle();
    expect(await get()).toBe('second');
  });

  test('stays refused when its replacement fails', async () => {
    const { flights, flight, get, warm } = cacheUnderTest();
    await warm();
    const failing = rejection(get({ refusedToken: 'first' }));
    flight(1).crash(new Error('down'));
    await failing;
    const next = get();
    expect(flights).toHaveLength(3);
    flight(2).land('second');
    expect(await next).toBe('second');
  });
});

describe('throttling', () => {
  const throttled = (status: number, retryAfterMs?: number) =>
    new AuthenticationError({ method: 'POST', url: 'https://login.example/', status, retryAfterMs });

  test.each([
    ['429 with a time', throttled(429, 60_000), 60_000],
    ['503 with a time', throttled(503, 2_000), 2_000],
    ['429 without one', throttled(429), 30_000],
    ['429 with an absurd one', throttled(429, 1e15), HOUR],
  ])('%s holds for all callers of the scope', async (_, error, pauseMs) => {
    const { credential, flights, flight, clock, get } = cacheUnderTest();
    const first = rejection(get());
    flight(0).crash(error);
    expect(await first).toBe(error);
    clock.now += pauseMs - 1;
    const refused = Array.from({ length: 1000 }, () => rejection(get()));
    expect(new Set(await Promise.all(refused))).toEqual(new Set([error]));
    expect(await rejection(get({ claims: '{}' }))).toBe(error);
    expect(await rejection(get({ refusedToken: 'x' }))).toBe(error);
    expect(flights).toHaveLength(1);
    void credential.getToken('other/.default');
    expect(flights).toHaveLength(2);
    clock.now += 1;
    const next = get();
    flight(2).land('late');
    expect(await next).toBe('late');
  });

  test('of a refresh ahead is calm, and lasts as long as asked for', async () => {
    const { flights, flight, clock, get, warm } = cacheUnderTest();
    await warm();
    clock.now += HOUR - 300_000;
    await get();
    flight(1).crash(throttled(429, 120_000));
    await settle();
    clock.now += 119_999;
    expect(await get()).toBe('first');
    expect(flights).toHaveLength(2);
    clock.now += 1;
    expect(await get()).toBe('first');
    expect(flights).toHaveLength(3);
  });

  test.each([
    ['503 without a time', throttled(503)],
    ['400', throttled(400)],
    ['429 that asks for none', throttled(429, 0)],
  ])('%s makes no pause', async (_, error) => {
    const { flights, flight, get } = cacheUnderTest();
    const first = rejection(get());
    flight(0).crash(error);
    await first;
    void get();
    expect(flights).toHaveLength(2);
  });
});

describe('claims', () => {
  const claims = '{"access_token":{"nbf":{"essential":true}}}';

  test('bypass the cache, share a flight among equals, and their token is remembered', async () => {
    const { flights, flight, get, warm } = cacheUnderTest();
    await warm();
    const both = [get({ claims }), get({ claims })];
    expect(flight(1).claims).toBe(claims);
    flight(1).land('with claims');
    expect(await Promise.all(both)).toEqual(['with claims', 'with claims']);
    expect(await get()).toBe('with claims');
    expect(flights).toHaveLength(2);
  });

  test('with the refused token, a late caller finds the new one there', async () => {
    const { flights, flight, get, warm } = cacheUnderTest();
    await warm();
    const first = get({ claims, refusedToken: 'first' });
    flight(1).land('with claims');
    await first;
    expect(await get({ claims, refusedToken: 'first' })).toBe('with claims');
    expect(flights).toHaveLength(2);
  });
});

test('a thousand failing refreshes and refusals in a row leave one flight at a time', async () => {
  const { flights, flight, get, warm } = cacheUnderTest();
  await warm();
  for (let round = 0; round < 1000; round++) {
    const before = flights.length;
    const refused = [0, 1, 2].map(() => rejection(get({ refusedToken: 'first' })));
    expect(flights).toHaveLength(before + 1);
    flight(before).crash(new Error('down'));
    await Promise.all(refused);
  }
});
