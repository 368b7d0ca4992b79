/** A token cache over a token endpoint that the test plays itself, with a clock that the test moves. */
import { cachedCredential, type AccessToken, type TokenCacheOptions } from '../../src';

const SCOPE = 'https://rest.media.azure.net/.default';
export const HOUR = 3_600_000;

interface Flight {
  readonly scope: string;
  readonly claims: string | undefined;
  readonly signal: AbortSignal;
  land(token: string, lifeMs?: number): void;
  crash(error: Error): void;
}

export function cacheUnderTest(options: TokenCacheOptions = {}) {
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
export const settle = () => new Promise((resolve) => setImmediate(resolve));
