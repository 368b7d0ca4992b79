import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';
import { AuthenticationError, clientSecretCredential, type ClientSecretOptions } from '../src';
import { sharedTokens, withCapabilities, type SharedTokenOptions, type TokenStore } from '../src/credentials';
import { closing } from './helpers/closing';
import { authorityOf, emulatorForFile, watchedTransport } from './helpers/emulator';
import { hasRedis, startRedis } from './helpers/redis';
import { rejection } from './helpers/values';

const emulator = emulatorForFile();
const SCOPE = 'https://rest.media.azure.net/.default';
const KEY = randomBytes(32);

/** One of several processes: its own credential, and how often it asked the token endpoint. */
function member(
  store: TokenStore,
  storeOptions: Partial<SharedTokenOptions> = {},
  options: Partial<ClientSecretOptions> = {},
) {
  const { transport, requests } = watchedTransport();
  const errors: unknown[] = [];
  const credential = clientSecretCredential({
    ...authorityOf(emulator()),
    clientSecret: emulator().clientSecret,
    transport,
    retry: { maxRetries: 0 },
    ...options,
    tokenStore: sharedTokens({ store, onStoreError: (error) => errors.push(error), ...storeOptions }),
  });
  return { credential, errors, requests, getToken: () => credential.getToken(SCOPE) };
}

/** A store whose entries a test can see. */
function mapStore() {
  const entries = new Map<string, unknown>();
  const ttls: number[] = [];
  const store: TokenStore = {
    get: (key) => entries.get(key),
    set: (key, value, ttlMs) => {
      ttls.push(ttlMs);
      return entries.set(key, value);
    },
  };
  return { entries, ttls, store };
}

describe('shared tokens', () => {
  test('the second process sends no request; the entry ends before the token does', async () => {
    const { store, ttls } = mapStore();
    const [first, second] = [member(store), member(store)];
    const token = await first.getToken();
    expect((await second.getToken()).token).toBe(token.token);
    expect((await second.getToken()).fields).toEqual(token.fields);
    expect(second.requests).toEqual([]);
    expect(ttls).toHaveLength(1);
    expect(ttls[0]).toBeLessThan(3_599_000 - 29_000);
  });

  test('a Map and a Keyv fit as they are', async () => {
    for (const store of [new Map<string, string>(), new Keyv()]) {
      await member(store).getToken();
      const second = member(store);
      await second.getToken();
      expect([second.requests, second.errors]).toEqual([[], []]);
    }
  });

  test('what differs in authority, client, scope, version or capabilities is not shared', async () => {
    const { store, entries } = mapStore();
    await member(store).getToken();
    await member(store).credential.getToken('https://storage.azure.com//.default');
    for (const options of [
      { endpointVersion: 'v1' as const },
      { requestClaims: withCapabilities(['cp1']) },
      { tenantId: emulator().tenantDomain },
    ]) {
      const other = member(store, {}, options);
      await other.getToken();
      expect(other.requests).toHaveLength(1);
    }
    expect(entries.size).toBe(5);
  });

  test('the store’s keys do not reveal the client', async () => {
    const { store, entries } = mapStore();
    await member(store).getToken();
    const { tenantId, clientId } = emulator();
    for (const name of entries.keys()) {
      expect(name).toMatch(/^ams-rest:token:[\w-]{43}$/);
      expect(name).not.toMatch(new RegExp(`${tenantId}|${clientId}`));
    }
  });

  test('a refused token is not taken from the store, its successor is', async () => {
    const { store } = mapStore();
    const [first, second] = [member(store), member(store)];
    const { token } = await first.getToken();
    await second.getToken();
    const fresh = await first.credential.getToken(SCOPE, { refusedToken: token });
    expect(fresh.token).not.toBe(token);
    expect((await second.credential.getToken(SCOPE, { refusedToken: token })).token).toBe(fresh.token);
    expect(second.requests).toEqual([]);
  });

  test('a claims challenge goes past the store', async () => {
    const { store } = mapStore();
    await member(store).getToken();
    const second = member(store);
    await second.credential.getToken(SCOPE, { claims: '{"access_token":{"nbf":{"value":"1"}}}' });
    expect(second.requests).toHaveLength(1);
  });

  test('a token that is due is fetched anew; the old one serves while none can be had', async () => {
    const { store } = mapStore();
    const old = await member(store).getToken();
    const now = () => Date.now() + 3_400_000;
    const transport = () => Promise.resolve({ status: 500, headers: {}, body: Buffer.alloc(0) });
    const unlucky = member(store, {}, { now, transport });
    expect((await unlucky.getToken()).token).toBe(old.token);
    const lucky = member(store, {}, { now });
    expect((await lucky.getToken()).token).not.toBe(old.token);
    const late = () => Date.now() + 7_200_000;
    expect(await rejection(member(store, {}, { now: late, transport }).getToken())).toBeInstanceOf(
      AuthenticationError,
    );
  });
});

describe('at rest', () => {
  test('with a key, entries are sealed, each anew, and other processes open them', async () => {
    const { store, entries } = mapStore();
    const { token } = await member(store, { encryptionKey: KEY }).getToken();
    const sealed = String([...entries.values()][0]);
    expect(sealed).toMatch(/^A256GCM\.[\w-]+$/);
    expect(Buffer.from(sealed.slice(8), 'base64url').toString('latin1')).not.toContain(token.slice(0, 20));
    const second = member(store, { encryptionKey: KEY });
    expect((await second.getToken()).token).toBe(token);
    expect(second.requests).toEqual([]);
  });

  const disturbed: readonly [string, (value: string) => string][] = [
    ['changed', (value) => value.slice(0, -4) + (value.endsWith('AAAA') ? 'BBBB' : 'AAAA')],
    ['cut', (value) => value.slice(0, 12)],
    [
      'in the clear',
      () => JSON.stringify({ token: 'evil', expiresOnTimestamp: Date.now() + 3_600_000, fields: [] }),
    ],
  ];
  test.each(disturbed)('an entry that is %s is not believed', async (_, disturb) => {
    const { store, entries } = mapStore();
    const first = await member(store, { encryptionKey: KEY }).getToken();
    for (const [key, value] of entries) entries.set(key, disturb(String(value)));
    const second = member(store, { encryptionKey: KEY });
    expect((await second.getToken()).token).not.toBe('evil');
    expect([second.requests.length, second.errors.length]).toEqual([1, 1]);
    expect(first.token).not.toBe('');
  });

  test('another key, and an entry moved to another place, do not open', async () => {
    const { store, entries } = mapStore();
    await member(store, { encryptionKey: KEY }).getToken();
    const rotated = member(store, { encryptionKey: randomBytes(32) });
    await rotated.getToken();
    expect(rotated.errors).toHaveLength(1);
    const [moved] = entries.values();
    const other = member(store, { encryptionKey: KEY }, { endpointVersion: 'v1' });
    const read = { get: () => moved, set: () => undefined };
    const misled = member(read, { encryptionKey: KEY }, { endpointVersion: 'v1' });
    await Promise.all([other.getToken(), misled.getToken()]);
    expect([misled.requests.length, misled.errors.length]).toEqual([1, 1]);
  });

  test('a key of another length is a TypeError', () => {
    expect(() => member(new Map<string, string>(), { encryptionKey: KEY.subarray(1) })).toThrow(TypeError);
  });
});

describe('a store in trouble never breaks authentication', () => {
  const refused = () => Promise.reject(new Error('connection refused'));
  const never = () => new Promise(() => undefined);
  const throwing = () => {
    throw new Error('not even a promise');
  };

  const troubles: readonly [string, TokenStore, number][] = [
    ['down', { get: refused, set: refused }, 2],
    ['full', { get: () => undefined, set: refused }, 1],
    ['throwing', { get: throwing, set: throwing }, 2],
    ['slow', { get: never, set: never }, 2],
    ['holding nonsense', { get: () => '{"token":', set: () => true }, 1],
    ['holding another type', { get: () => ({ token: 'x' }), set: () => true }, 1],
    [
      'holding a token that is none',
      { get: () => '{"token":"a\\r\\nb","expiresOnTimestamp":9e15}', set: () => true },
      1,
    ],
    ['holding no end', { get: () => '{"token":"abc"}', set: () => true }, 1],
    ['holding null', { get: () => 'null', set: () => true }, 1],
    ['holding what has ended', { get: () => '{"token":"abc","expiresOnTimestamp":1}', set: () => true }, 0],
  ];
  test.each(troubles)('%s', async (_, store, failures) => {
    const { getToken, requests, errors } = member(store, { storeTimeoutMs: 20 });
    expect((await getToken()).token).toMatch(/^eyJ/);
    expect(requests).toHaveLength(1);
    expect(errors).toHaveLength(failures);
  });

  test('even with a listener that throws, and with none', async () => {
    for (const onStoreError of [throwing, undefined]) {
      const { getToken } = member({ get: refused, set: refused }, onStoreError && { onStoreError });
      await expect(getToken()).resolves.toBeDefined();
    }
  });

  test('a caller who gives up while the store is slow gets their own reason', async () => {
    const controller = new AbortController();
    const { credential, requests } = member({ get: never, set: never }, { storeTimeoutMs: 60_000 });
    const waiting = credential.getToken(SCOPE, { abortSignal: controller.signal });
    controller.abort(new Error('enough'));
    expect((await rejection(waiting)).message).toBe('enough');
    expect(requests).toEqual([]);
  });
});

/** Where Redis is not installed, the word is in the test’s name. */
const withRedis = hasRedis ? describe : describe.skip;

withRedis(`a real Redis${hasRedis ? '' : ' (skipped: redis-server is not installed)'}`, () => {
  const secrets = () => ({
    PLANTED_SECRET: emulator().clientSecret,
    PLANTED_KEY: KEY.toString('base64'),
  });

  async function run(redisUrl: string): Promise<string> {
    const { authorityHost, tenantId, clientId } = emulator();
    const program = join(__dirname, 'programs/get-token.ts');
    const flags = ['--conditions=@ams-rest/source', '--require', 'ts-node/register/transpile-only', program];
    const child = spawn(process.execPath, [...flags, redisUrl, authorityHost, tenantId, clientId], {
      env: { ...process.env, ...secrets() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return printed.trim();
  }

  test('processes that start together all get a token; those that come later share it', async () => {
    const redis = closing(await startRedis());
    const first = await Promise.all([1, 2].map(() => run(redis.url)));
    expect(first).toEqual(Array(2).fill(expect.stringMatching(/^[\da-f]{64}$/)));
    const before = await tokenRequests();
    expect(before).toBeLessThanOrEqual(2);
    const later = await run(redis.url);
    expect(first).toContain(later);
    expect(await tokenRequests()).toBe(before);
  });

  test('one that is killed, and one that is full, are done without', async () => {
    const redis = await startRedis(['--maxmemory', '1', '--maxmemory-policy', 'noeviction']);
    const store = new Keyv({
      store: new KeyvRedis({ url: redis.url, socket: { reconnectStrategy: false } }),
    });
    store.on('error', () => undefined);
    const full = member(store);
    await expect(full.getToken()).resolves.toBeDefined();
    const next = member(store);
    await next.getToken();
    expect(next.requests).toHaveLength(1); // Nothing was kept.
    await redis.close();
    await expect(member(store, { storeTimeoutMs: 50 }).getToken()).resolves.toBeDefined();
  });

  async function tokenRequests(): Promise<number> {
    const response = await fetch(`${emulator().controlEndpoint}requests`);
    const { requests } = (await response.json()) as { requests: { path: string; service: string }[] };
    return requests.filter(({ service }) => service === 'token').length - requestsBefore;
  }

  let requestsBefore = 0;
  beforeEach(async () => {
    requestsBefore = 0;
    requestsBefore = await tokenRequests();
  });
});
