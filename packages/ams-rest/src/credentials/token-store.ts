/**
 * Shares tokens between processes, for fleets whose cold starts would otherwise each ask the token endpoint.
 *
 * The store is a cache and no more: when it is slow, down, full, or holds nonsense, tokens come from the token
 * endpoint as if there were none. There is no lock: processes that start in the same instant may each ask once.
 */
import { orAborted } from '../abort';
import { hideToken } from './access-token';
import type { FetchToken, FetchTokenOptions } from './token-cache';
import type { TokenResponse } from './token-endpoint';
import { decryptEntry, encryptEntry, storeKey } from './token-store-entry';

/** A key-value store; a `Keyv` over Redis, Valkey or PostgreSQL fits as it is, and so does a `Map`. */
export interface TokenStore {
  get(key: string): unknown;
  set(key: string, value: string, ttlMs: number): unknown;
}

/** Where tokens are shared with other processes, and how they are kept there. */
export interface SharedTokenStoreOptions {
  readonly store: TokenStore;
  /** 32 random bytes, the same in all processes: entries are sealed with AES-256-GCM. Default: kept in the clear. */
  readonly encryptionKey?: Uint8Array;
  /** How long the store may take to read or write; default 500. */
  readonly storeTimeoutMs?: number;
  /** Told of every failure of the store, as nothing else will show it. */
  readonly onStoreError?: (error: unknown) => void;
  /** As for `cachedCredential`. */
  readonly refreshAheadMs?: number;
  readonly expiryMarginMs?: number;
  readonly now?: () => number;
}

/**
 * Looks into the store before it fetches, and puts there what it fetched.
 *
 * A refused token, one that a claims challenge asks to be replaced, and one that is due for refresh are not taken
 * from the store; the last is, when no new one can be had.
 *
 * @param owner What the tokens are for and whose: authority, tenant, client; the same in all processes.
 * @throws TypeError when the key does not have 32 bytes.
 */
export function sharedTokens(
  fetchToken: FetchToken<TokenResponse>,
  owner: readonly string[],
  options: SharedTokenStoreOptions,
): FetchToken<TokenResponse> {
  const { store, encryptionKey, storeTimeoutMs = 500, refreshAheadMs = 300_000 } = options;
  const { expiryMarginMs = 30_000, now = Date.now, onStoreError } = options;
  if (encryptionKey && encryptionKey.length !== 32) throw new TypeError('encryptionKey must have 32 bytes');

  /** Whatever goes wrong with the store is told, and counts as nothing found. */
  async function orNothing<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error('the token store took too long')), storeTimeoutMs);
    try {
      return await orAborted(work(), AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      signal.throwIfAborted();
      await Promise.resolve(error)
        .then(onStoreError)
        .catch(() => undefined); // Even a listener that throws is no reason to go without a token.
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  async function read(key: string): Promise<TokenResponse | undefined> {
    const value = await store.get(key);
    if (value === undefined || value === null) return undefined;
    return parseEntry(await decryptEntry(value, key, encryptionKey));
  }

  async function write(key: string, token: TokenResponse): Promise<void> {
    const ttlMs = Math.floor(token.expiresOnTimestamp - expiryMarginMs - now());
    if (ttlMs > 0) await store.set(key, await encryptEntry(formatEntry(token), key, encryptionKey), ttlMs);
  }

  function usable(token: TokenResponse | undefined, { claims, refusedToken }: FetchTokenOptions): boolean {
    if (token === undefined || claims !== undefined || token.token === refusedToken) return false;
    return now() < token.expiresOnTimestamp - expiryMarginMs;
  }

  function fresh({ expiresOnTimestamp, refreshAfterTimestamp = Infinity }: TokenResponse): boolean {
    return now() < Math.min(refreshAfterTimestamp, expiresOnTimestamp - refreshAheadMs);
  }

  return async (scope, flight) => {
    const key = await storeKey([...owner, scope]);
    const stored = flight.claims === undefined ? await orNothing(() => read(key), flight.signal) : undefined;
    const kept = usable(stored, flight) ? stored : undefined;
    if (kept && fresh(kept)) return kept;
    let token: TokenResponse;
    try {
      token = await fetchToken(scope, flight);
    } catch (error) {
      if (kept && !flight.signal.aborted) return kept;
      throw error;
    }
    await orNothing(() => write(key, token), flight.signal);
    return token;
  };
}

function formatEntry({ token, expiresOnTimestamp, refreshAfterTimestamp, fields }: TokenResponse): string {
  return JSON.stringify({ token, expiresOnTimestamp, refreshAfterTimestamp, fields });
}

/** @throws Error when it is not what `formatEntry` writes. */
function parseEntry(text: string): TokenResponse {
  const entry = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
  const { token, expiresOnTimestamp, refreshAfterTimestamp, fields } = entry ?? {};
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw new Error('no token in the entry');
  if (typeof expiresOnTimestamp !== 'number') throw new Error('no end of life in the entry');
  return hideToken({
    token,
    expiresOnTimestamp,
    ...(typeof refreshAfterTimestamp === 'number' && { refreshAfterTimestamp }),
    fields: Array.isArray(fields) ? fields.map(String) : [],
  });
}
