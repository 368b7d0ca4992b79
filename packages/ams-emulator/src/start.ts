import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account';
import { openArm } from './arm/open';
import { observable, realClock, stillClock, type Clock, type ObservableClock } from './clock';
import { createControls } from './control/controls';
import { generateCertificate, type Certificate } from './data/certificate';
import { guidSource } from './data/guids';
import { newSigningKey, readIdentity, signingKeyOf, writeIdentity, type Identity } from './data/identity';
import { openJournal } from './data/journal';
import { protectionKeySource } from './data/protection';
import { createRegistrations } from './entra/registrations';
import { signingKey } from './entra/signing';
import { listen, type Handler, type HttpReply, type HttpServer } from './http';
import { createStore } from './media/store';
import type { EmulatorOptions } from './options';
import { resetAccount } from './reset';
import { router, type Services } from './router';
import { text } from './rules/rules';
import { settleWatchedJobs } from './rules/settle-jobs';
import { fillAccount } from './seed';
import { startAzurite, type Azurite } from './storage/azurite';
import { connectBlobStorage } from './storage/blob-storage';
import { storageGate } from './storage/gate';

/** A running emulator from the inside. */
export interface Running {
  readonly services: Services;
  readonly identity: Identity;
  readonly certificate: Certificate | undefined;
  readonly close: () => Promise<void>;
}

type Closer = () => Promise<void> | void;

// With a seed the clock stands still but for this much at each request to the REST API.
const seededTickMs = 1000;

/** Starts everything in the order in which one thing needs another; closes what was started when one fails. */
export async function start(options: EmulatorOptions): Promise<Running> {
  const closers: Closer[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll(closers));
  try {
    return { ...(await startParts(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeAll(closers: readonly Closer[]): Promise<void> {
  for (const closer of closers.toReversed()) await closer();
}

async function startParts(options: EmulatorOptions, closers: Closer[]): Promise<Omit<Running, 'close'>> {
  const { host = '127.0.0.1', data, seed, accounts: names = ['localmedia'] } = options;
  if (data !== undefined && seed !== undefined) throw new TypeError('data and seed exclude each other');
  const newGuid = guidSource(seed);
  const folder = data ?? (await temporaryFolder(closers));
  mkdirSync(folder, { recursive: true });
  const identity = readIdentity(data, wishesOf(options), names, newGuid);
  // Made by other threads while this one loads Azurite.
  const tokenKey = identity.signingKey === '' ? newSigningKey() : Promise.resolve(identity.signingKey);
  const certificate = options.https === true ? await generateCertificate('localhost') : undefined;
  const entrance: { handler?: Handler } = {};
  const [server, azurite] = await bothOrNone(closers, [
    // Nobody knows the ports before this function returns; a stray early request finds the door closed.
    listen(
      (request) => entrance.handler?.(request) ?? Promise.resolve(notReady),
      host,
      options.port ?? identity.port,
      certificate,
    ),
    startAzurite(
      folder,
      host,
      identity.storagePort,
      identity.accounts.map(({ storage }) => storage),
    ),
  ]);
  const running = { ...identity, signingKey: await tokenKey, port: server.port, storagePort: azurite.port };
  const clock = observable(clockOf(options, running));
  const internal = randomBytes(16).toString('base64url');
  const protectionKey = protectionKeySource(data);
  const abort = new AbortController();
  closers.push(() => abort.abort());
  const { signal: closing } = abort;
  const shared = { server, azurite, internal, protectionKey, closing, clock, newGuid, folder, options };
  const opened = running.accounts.map((account, index) =>
    openAccount({ ...shared, account, index }, closers),
  );
  const [first, ...others] = opened;
  if (first === undefined) throw new TypeError('accounts must not be empty');
  const accounts: [Account, ...Account[]] = [first, ...others];
  const services = servicesOf(running, options, server.url, clock, accounts);
  const arm = openArm({
    services,
    azurite,
    accounts,
    storage: running.accounts.map(({ storage }) => storage),
    newGuid,
    operationDurationMs: options.operationDurationMs ?? 300,
    // Resource Manager itself remembers nothing from one start to the next, so its accounts do not either.
    open: (account) => openAccount({ ...shared, account, index: 1, options: forgetful(options) }, closers),
  });
  azurite.guard(
    storageGate(accounts, services.controls, internal, data === undefined ? undefined : azurite.save),
  );
  if (data !== undefined) writeIdentity(data, running);
  entrance.handler = router({ ...services, arm });
  closers.push(watch(clock, accounts));
  return { services: { ...services, arm }, identity: running, certificate };
}

// How soon a webhook hears of a job when no request comes along.
const watchEveryMs = 200;

/** Lets the jobs go on that a webhook waits for, from time to time and when the clock is moved; gives what ends it. */
function watch(clock: ObservableClock, accounts: readonly Account[]): Closer {
  const look = (): void => {
    // A failure here belongs to nobody's request; the next request meets it again and answers 500.
    for (const account of accounts) settleWatchedJobs(account).catch(() => undefined);
  };
  clock.onAdvance(look);
  const timer = setInterval(look, watchEveryMs).unref();
  return () => clearInterval(timer);
}

function forgetful(options: EmulatorOptions): EmulatorOptions {
  const inMemory = { ...options };
  delete inMemory.data;
  return inMemory;
}

const notReady: HttpReply = { status: 503, headers: {}, body: '' };

async function temporaryFolder(closers: Closer[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ams-emulator-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function wishesOf({ tenantId, tenantDomain, clientId, clientSecret }: EmulatorOptions): Partial<Identity> {
  const wishes = { tenantId, tenantDomain, clientId, clientSecret };
  return Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined));
}

interface Closable {
  close(): Promise<void>;
}

/** The two once both run; when one cannot, the other is left to `closers`. */
async function bothOrNone<A extends Closable, B extends Closable>(
  closers: Closer[],
  starting: readonly [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const results = await Promise.allSettled(starting);
  for (const result of results) {
    if (result.status === 'fulfilled') closers.push(() => result.value.close());
  }
  return Promise.all(starting);
}

/** The clock, which with a data folder remembers how far it was moved. */
function clockOf({ clock, seed, data }: EmulatorOptions, identity: Identity): Clock {
  if (clock !== undefined) return clock;
  if (seed !== undefined) return stillClock();
  let ahead = identity.clockAheadMs;
  const real = realClock(ahead);
  return {
    now: () => real.now(),
    advance(ms) {
      real.advance(ms);
      ahead += ms;
      if (data !== undefined) writeIdentity(data, { ...identity, clockAheadMs: ahead });
    },
  };
}

interface AccountParts {
  readonly account: Identity['accounts'][number];
  readonly index: number;
  readonly server: HttpServer;
  readonly azurite: Azurite;
  readonly internal: string;
  readonly protectionKey: Account['protectionKey'];
  readonly closing: AbortSignal;
  readonly clock: Clock;
  readonly newGuid: () => string;
  readonly folder: string;
  readonly options: EmulatorOptions;
}

function openAccount(parts: AccountParts, closers: Closer[]): Account {
  const { server, azurite, options, clock, newGuid } = parts;
  const { name, id, key, storage: storageKey } = parts.account;
  const journal = options.data === undefined ? undefined : openJournal(join(parts.folder, `${name}.jsonl`));
  const storage = connectBlobStorage(azurite.url, storageKey, parts.internal);
  closers.push(() => {
    storage.close();
    journal?.close();
  });
  const store = journal?.store ?? createStore();
  const openJobs = store
    .rows('Jobs')
    .filter((job) => job['EndTime'] === null)
    .map((job) => text(job, 'Id'));
  const account: Account = {
    name,
    id,
    key,
    url: server.url,
    apiRoot: `${server.url}${parts.index === 0 ? '' : `/accounts/${name}`}/api/`,
    store,
    storage,
    clock,
    newGuid,
    protectionKey: parts.protectionKey,
    closing: parts.closing,
    jobDurationMs: options.jobDurationMs ?? 3000,
    operationDurationMs: options.operationDurationMs ?? 300,
    openJobs: new Set(openJobs),
  };
  fillAccount(account);
  return account;
}

function servicesOf(
  identity: Identity,
  options: EmulatorOptions,
  url: string,
  clock: Clock,
  accounts: Services['accounts'],
): Omit<Services, 'arm'> {
  const tokenPolicy = {
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 3599,
    revokedThrough: undefined,
    challenge: undefined,
  };
  return {
    url,
    accounts,
    clock,
    controls: createControls(),
    tokenPolicy,
    directory: {
      ...identity,
      signingKey: signingKey(signingKeyOf(identity)),
      policy: tokenPolicy,
      registrations: createRegistrations(identity.clientId, identity.tenantDomain),
      clock,
    },
    hasAccessControl: options.accessControlService === true,
    tickMs: options.seed === undefined ? 0 : seededTickMs,
    async reset() {
      for (const account of accounts) await resetAccount(account);
    },
  };
}
