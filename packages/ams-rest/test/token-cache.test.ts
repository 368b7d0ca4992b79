import { AuthenticationError, cachedCredential, type AccessToken, type TokenCacheOptions } from '../src';
import { everyPrint, rejection } from './helpers/values';

const SCOPE = 'https://rest.media.azure.net/.default';
const HOUR = 3_600_000;

interface Flight {
  readonly scope: string;
  readonly claims: string | undefined;
  readonly signal: AbortSignal;
  land(token: string, lifeMs?: number): void;
  crash(error: Error): void;
}

/** A cache over a token endpoint that the test plays itself, with a clock that the test moves. */
function cacheUnderTest(options: TokenCacheOptions = {}) {
  const flights: Flight[] = [];
  const clock = { now: 1_700_000_000_000 };
  const credential = cachedCredential(
    (scope, { signal, claims }) =>
      new Promise<AccessToken>((resolve, reject) => {
        const land = (token: string, lifeMs = HOUR) =>
          resolve({ token, expiresOnTimestamp: clock.now + lifeMs });
        flights.push({ scope, claims, signal, land, crash: reject });
      }),
    { now: () => clock.now, ...options },
  );
  const flight = (index: number): Flight => {
    const found = flights[index];
    if (!found) throw new Error(`there was no flight ${index}`);
    return found;
  };
  const get = async (tokenOptions = {}) => (await credential.getToken(SCOPE, tokenOptions)).token;
  /** A cache that holds a token already. */
  const warm = async (token = 'first', lifeMs = HOUR) => {
    const waiting = get();
    flight(flights.length - 1).land(token, lifeMs);
    await waiting;
  };
  return { credential, flights, flight, clock, get, warm };
}

/** Lets everything that is already decided happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

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
  test('gets the own reason and leaves the others alone', async () => {
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

  test('a caller’s abort does not end a refresh behind the scenes', async () => {
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

test('the credential shows no token', async () => {
  const { credential, warm } = cacheUnderTest();
  await warm('planted-secret');
  expect(everyPrint(credential)).not.toContain('planted-secret');
});
