/**
 * Shares tokens between processes, so that not every cold start requests one.
 *
 * The store is only a cache: when it is slow, down, full or corrupt, tokens come from the token endpoint. There is no
 * lock: processes that start at the same time may each request a token.
 */
import { onAbort, orAborted } from '../http/abort';
import { hideTokens } from '../token/access-token';
import type { TokenSharing } from '../token/client-credentials';
import type { FetchToken, FetchTokenOptions, TokenCacheOptions } from '../token/token-cache';
import type { TokenResponse } from '../token/token-endpoint';
import { decryptEntry, encryptEntry, storeKey } from './token-store-entry';

/** A key-value store, such as a `Keyv` over Redis, Valkey or PostgreSQL, or a `Map`. */
export interface TokenStore {
  get(key: string): unknown;
  set(key: string, value: string, ttlMs: number): unknown;
}

/** Where and how tokens are shared with other processes. */
export interface SharedTokenOptions {
  readonly store: TokenStore;
  /** 32 random bytes, the same in all processes, to encrypt entries with AES-256-GCM. Default: not encrypted. */
  readonly encryptionKey?: Uint8Array;
  /** Time limit for one read or write; default 500. */
  readonly storeTimeoutMs?: number;
  /** Called for every failure of the store, which is not reported otherwise. */
  readonly onStoreError?: (error: unknown) => void;
}

/**
 * For the option `tokenStore` of a credential: looks into the store before a token is fetched, and stores new tokens.
 *
 * To replace a refused token, answer a claims challenge or refresh, a new token is fetched. If a refresh fails, the stored
 * token is used.
 *
 * @throws TypeError when the key does not have 32 bytes.
 */
export function sharedTokens(options: SharedTokenOptions): TokenSharing {
  const { encryptionKey } = options;
  if (encryptionKey && encryptionKey.length !== 32) throw new TypeError('encryptionKey must have 32 bytes');
  return (fetchToken, owner, times) => storedFirst(fetchToken, owner, { ...times, ...options });
}

function storedFirst(
  fetchToken: FetchToken<TokenResponse>,
  owner: readonly string[],
  options: SharedTokenOptions & TokenCacheOptions,
): FetchToken<TokenResponse> {
  const { store, encryptionKey, storeTimeoutMs = 500, refreshAheadMs = 300_000 } = options;
  const { expiryMarginMs = 30_000, now = Date.now, onStoreError } = options;

  /** Reports a failure of the store, and treats it as nothing found. */
  async function orNothing<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error('the token store took too long')), storeTimeoutMs);
    const forget = onAbort(signal, () => limit.abort(signal.reason));
    try {
      return await orAborted(work(), limit.signal);
    } catch (error) {
      signal.throwIfAborted();
      await Promise.resolve(error)
        .then(onStoreError)
        .catch(() => undefined); // A listener that throws must not prevent a token.
      return undefined;
    } finally {
      clearTimeout(timer);
      forget();
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
  if (typeof expiresOnTimestamp !== 'number') throw new Error('no expiry in the entry');
  return hideTokens({
    token,
    expiresOnTimestamp,
    ...(typeof refreshAfterTimestamp === 'number' && { refreshAfterTimestamp }),
    fields: Array.isArray(fields) ? fields.map(String) : [],
  });
}
