/**
 * Remembers tokens, shares the exchange that fetches one (a flight), and refreshes ahead of time.
 *
 * - However many callers ask, one flight per scope is under way; a caller who aborts does not disturb the others.
 * - A token near its end is still handed out while the next one is fetched in the background.
 * - A refresh that fails is not an error while the old token lives; a failed flight is forgotten.
 * - A caller whose token was refused gets another one: neither the refused token nor a flight that began before. Unless
 *   that token is itself a replacement of a few seconds ago, for then it is not the token that the resource dislikes.
 * - When the token endpoint throttles, the time it asks for holds for all callers of the scope.
 */
import { orAborted } from '../http/abort';
import { ServiceError } from '../http/errors';
import type { Transport } from '../http/messages';
import type { AccessToken, GetTokenOptions, TokenCredential } from './access-token';

/** Why and how long a token is fetched. */
export interface FetchTokenOptions {
  /** Aborts when no caller waits any more. */
  readonly signal: AbortSignal;
  /** A claims challenge, as JSON text. */
  readonly claims?: string;
  /** The token that the resource answered 401 to: anything but this one. */
  readonly refusedToken?: string;
  /** In the background: the old token still lives and no caller waits, so no user should be asked to sign in. */
  readonly ahead?: boolean;
}

/** Fetches one token; what `cachedCredential` wraps. */
export type FetchToken<T extends AccessToken = AccessToken> = (
  scope: string,
  options: FetchTokenOptions,
) => Promise<T>;

/** A `TokenCredential` that never gives null, and gives exactly what was fetched. */
export interface CachedCredential<T extends AccessToken = AccessToken> extends TokenCredential {
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<T>;
}

/** When a remembered token is replaced. */
export interface TokenCacheOptions {
  /** How long before its end a token is replaced ahead of time, at most half its life; default 300 000. */
  readonly refreshAheadMs?: number;
  /** How long before its end a token is not handed out any more, at most a tenth of its life; default 30 000. */
  readonly expiryMarginMs?: number;
  /** After a failed refresh ahead, or a 429 that names no time, how long until the next; default 30 000. */
  readonly refreshRetryMs?: number;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
}

type Why = Omit<FetchTokenOptions, 'signal'>;

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
  /** A flight for a refused token has begun since; this one may bring the refused token. */
  outdated: boolean;
}

/** A `Retry-After` that asks for more is cut to this. */
export const MAX_PAUSE_MS = 3_600_000;

/** A replacement is not replaced again within this time. Entra ID answers such loops with AADSTS50196. */
export const MIN_REPLACE_MS = 10_000;

/**
 * Makes a credential that remembers what `fetchToken` brings, by scope. Only the credential has state.
 *
 * @param defaultTransport The one that `fetchToken` uses, where a client may share and close it.
 */
export function cachedCredential<T extends AccessToken>(
  fetchToken: FetchToken<T>,
  options: TokenCacheOptions = {},
  defaultTransport?: Transport,
): CachedCredential<T> {
  const byScope = new Map<string, ReturnType<typeof rememberToken<T>>>();

  async function getToken(scopes: string | string[], caller: GetTokenOptions = {}): Promise<T> {
    caller.abortSignal?.throwIfAborted();
    const scope = typeof scopes === 'string' ? scopes : scopes.join(' ');
    let remembered = byScope.get(scope);
    if (!remembered) {
      remembered = rememberToken((flight) => fetchToken(scope, flight), options);
      byScope.set(scope, remembered);
    }
    return remembered(caller);
  }

  return { getToken, defaultTransport };
}

/** The cache of one scope. */
function rememberToken<T extends AccessToken>(
  fetchToken: (options: FetchTokenOptions) => Promise<T>,
  {
    refreshAheadMs = 300_000,
    expiryMarginMs = 30_000,
    refreshRetryMs = 30_000,
    now = Date.now,
  }: TokenCacheOptions,
): (caller: GetTokenOptions) => T | Promise<T> {
  let token: T | undefined;
  let [staleAfter, unusableAfter] = [0, 0];
  /** Not refreshed ahead of time again before. */
  let nextRefreshFrom = 0;
  /** When the last token came that replaced a refused one. */
  let replacedAt = -Infinity;
  /** Nothing is requested until then, and all callers get the answer that said so. */
  let pause: { readonly until: number; readonly error: ServiceError } | undefined;
  /** By what they were started for: '' for an ordinary one, else the refused token or the claims. */
  const flights = new Map<string, Flight<T>>();

  function remember(fetched: T, fetchedAt: number): void {
    const life = fetched.expiresOnTimestamp - fetchedAt;
    const ahead = fetched.expiresOnTimestamp - Math.min(refreshAheadMs, life / 2);
    token = fetched;
    // A token endpoint that always says `refresh_in: 0` would otherwise cost an exchange for each call.
    const earliest = Math.min(nextRefreshFrom, ahead);
    staleAfter = Math.max(Math.min(fetched.refreshAfterTimestamp ?? Infinity, ahead), earliest);
    unusableAfter = fetched.expiresOnTimestamp - Math.min(expiryMarginMs, life / 10);
  }

  function startFlight(reason: string, why: Why): Flight<T> {
    const controller = new AbortController();
    const startedAt = now();
    if (reason !== '') for (const other of flights.values()) other.outdated = true;
    const landed = (fetched: T) => {
      pause = undefined;
      if (flight.outdated || controller.signal.aborted) return fetched;
      remember(fetched, startedAt);
      if (why.refusedToken !== undefined) replacedAt = now();
      return fetched;
    };
    const failed = (error: unknown) => {
      if (error instanceof ServiceError) {
        const { status, retryAfterMs = status === 429 ? refreshRetryMs : 0 } = error;
        pause = { until: now() + Math.min(retryAfterMs, MAX_PAUSE_MS), error };
        staleAfter = Math.max(staleAfter, pause.until);
      }
      throw error;
    };
    const promise = (async () => fetchToken({ ...why, signal: controller.signal }))()
      .then(landed, failed)
      .finally(() => {
        // An aborted flight may land after its successor has taken its place.
        if (flights.get(reason) === flight) flights.delete(reason);
      });
    const flight: Flight<T> = { promise, controller, waiting: 0, outdated: false };
    flights.set(reason, flight);
    return flight;
  }

  /** An ordinary caller may join whichever flight started last; one whose token was refused only one of that kind. */
  function flightFor(reason: string, why: Why): Flight<T> {
    const underway = reason === '' ? [...flights.values()].at(-1) : flights.get(reason);
    if (underway && !underway.controller.signal.aborted) return underway;
    if (pause && now() < pause.until) throw pause.error;
    return startFlight(reason, why);
  }

  function refreshAhead(): void {
    staleAfter = nextRefreshFrom = now() + refreshRetryMs;
    const flight = flightFor('', { ahead: true });
    flight.waiting++; // No caller's abort ends it.
    // While the old token lives its holder has no use for this error; later callers fetch, and get theirs.
    flight.promise.catch(() => undefined);
  }

  return ({ abortSignal, claims, refusedToken }) => {
    const time = now();
    const replaceable = claims !== undefined || time >= replacedAt + MIN_REPLACE_MS;
    const refused = token?.token === refusedToken && replaceable;
    const unwanted = refusedToken === undefined ? claims !== undefined : refused;
    if (token && !unwanted && time < unusableAfter) {
      if (time >= staleAfter) refreshAhead();
      return token;
    }
    if (refusedToken !== undefined && unwanted) token = undefined;
    const why = {
      ...(claims !== undefined && { claims }),
      ...(refusedToken !== undefined && { refusedToken }),
    };
    return join(flightFor(claims ?? refusedToken ?? '', why), abortSignal);
  };
}

/** Waits for a shared flight; when its last caller gives up, it is aborted and nothing stays open. */
async function join<T>(flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
  flight.waiting++;
  try {
    return await orAborted(flight.promise, signal);
  } catch (error) {
    if (signal?.aborted && --flight.waiting === 0) flight.controller.abort(signal.reason);
    throw error;
  }
}
