import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
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
import { lockFolder } from './data/lock';
import { protectionKeySource } from './data/protection';
import { azureResources } from './entra/directory';
import { createRegistrations } from './entra/registrations';
import { signingKey } from './entra/signing';
import { listen, type Handler, type HttpReply, type HttpServer } from './http';
import { createStore } from './media/store';
import type { EmulatorOptions } from './options';
import { resetAccount } from './reset';
import { router, type Services } from './router';
import { text } from './media/rows';
import { findFfmpeg, type Ffmpeg } from './rules/ffmpeg';
import { abortJobs } from './rules/running-jobs';
import { settleWatchedJobs } from './rules/settle-jobs';
import { fillAccount } from './seed';
import { startAzurite, type Azurite } from './storage/azurite';
import { connectBlobStorage } from './storage/blob-storage';
import { storageGate } from './storage/gate';

/** The internals of a running emulator. */
export interface Running {
  readonly services: Services;
  readonly identity: Identity;
  readonly certificate: Certificate | undefined;
  readonly close: () => Promise<void>;
}

type Closer = () => Promise<void> | void;

// With a seed, each request to the REST API advances the clock by this many milliseconds.
const seededTickMs = 1000;

/** Starts all parts in the order of their dependencies. If one fails, closes those already started. */
export async function start(options: EmulatorOptions): Promise<Running> {
  const closers: Closer[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll(closers));
  try {
    return { ...(await startParts(options, closers)), close };
  } catch (error) {
    // The reason for the failure matters, not what else went wrong while closing.
    await close().catch(() => undefined);
    throw error;
  }
}

async function closeAll(closers: readonly Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers.toReversed()) {
    try {
      await closer();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function startParts(options: EmulatorOptions, closers: Closer[]): Promise<Omit<Running, 'close'>> {
  const { host = '127.0.0.1', data, seed, accounts: names = ['localmedia'] } = options;
  if (data !== undefined && seed !== undefined) throw new TypeError('data and seed exclude each other');
  const newGuid = guidSource(seed);
  const folder = data ?? (await temporaryFolder(closers));
  mkdirSync(folder, { recursive: true });
  if (data !== undefined) closers.push(lockFolder(data));
  const identity = readIdentity(data, givenIdentity(options), names, newGuid);
  // Created in other threads while this one loads Azurite.
  const tokenKey = identity.signingKey === '' ? newSigningKey() : Promise.resolve(identity.signingKey);
  const certificate = options.https === true ? await generateCertificate('localhost') : undefined;
  const entrance: { handler?: Handler } = {};
  const [server, azurite] = await startBoth(closers, [
    // The ports are unknown until this function returns; a stray request before that is refused.
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
      certificate,
    ),
  ]);
  const running = { ...identity, signingKey: await tokenKey, port: server.port, storagePort: azurite.port };
  const clock = observable(clockOf(options, running));
  const internal = randomBytes(16).toString('base64url');
  const protectionKey = protectionKeySource(data);
  const abort = new AbortController();
  closers.push(() => abort.abort());
  const { signal: closing } = abort;
  const ffmpeg = await findFfmpeg(options.ffmpeg ?? false);
  const shared = {
    ffmpeg,
    server,
    azurite,
    certificate,
    internal,
    protectionKey,
    closing,
    clock,
    newGuid,
    folder,
    options,
  };
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
    data,
    open: (account) => openAccount({ ...shared, account, index: 1 }, closers),
  });
  azurite.guard(
    storageGate(accounts, services.controls, internal, data === undefined ? undefined : azurite.save),
  );
  if (data !== undefined) writeIdentity(data, running);
  entrance.handler = router({ ...services, arm });
  closers.push(watch(clock, accounts));
  return { services: { ...services, arm }, identity: running, certificate };
}

// Interval of job notifications while no request arrives.
const watchEveryMs = 200;

/** Advances the jobs with webhooks, regularly and when the clock is moved. Returns the function that stops it. */
function watch(clock: ObservableClock, accounts: readonly Account[]): Closer {
  const look = (): void => {
    // No request caused this failure; the next request meets it again and answers 500.
    for (const account of accounts) settleWatchedJobs(account).catch(() => undefined);
  };
  clock.onAdvance(look);
  const timer = setInterval(look, watchEveryMs).unref();
  return () => clearInterval(timer);
}

const notReady: HttpReply = { status: 503, headers: {}, body: '' };

async function temporaryFolder(closers: Closer[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ams-emulator-'));
  // Azurite may still be writing into it.
  closers.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

function givenIdentity({
  tenantId,
  tenantDomain,
  clientId,
  clientSecret,
}: EmulatorOptions): Partial<Identity> {
  const given = { tenantId, tenantDomain, clientId, clientSecret };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

interface Closable {
  close(): Promise<void>;
}

/** Resolves when both run. If one fails, `closers` closes the other. */
async function startBoth<A extends Closable, B extends Closable>(
  closers: Closer[],
  starting: readonly [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const results = await Promise.allSettled(starting);
  for (const result of results) {
    if (result.status === 'fulfilled') closers.push(() => result.value.close());
  }
  return Promise.all(starting);
}

/** The clock. With a data folder, its offset is kept. */
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
  readonly ffmpeg: Ffmpeg | undefined;
  readonly server: HttpServer;
  readonly azurite: Azurite;
  readonly certificate: Certificate | undefined;
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
  const file = join(parts.folder, `${name}.jsonl`);
  const journal = options.data === undefined ? undefined : openJournal(file);
  const storage = connectBlobStorage(azurite.url, storageKey, parts.internal, parts.certificate?.certificate);
  const close = (): void => {
    storage.close();
    journal?.close();
  };
  closers.push(close);
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
    ffmpeg: parts.ffmpeg,
    jobDurationMs: options.jobDurationMs ?? 3000,
    operationDurationMs: options.operationDurationMs ?? 300,
    openJobs: new Set(openJobs),
    discard() {
      close();
      rmSync(file, { force: true });
    },
  };
  fillAccount(account);
  closers.push(() => abortJobs(account));
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
      resources: [...azureResources, ...(options.resources ?? [])],
      signingKey: signingKey(signingKeyOf(identity)),
      policy: tokenPolicy,
      registrations: createRegistrations(identity.clientId, identity.tenantDomain),
      clock,
    },
    hasAccessControl: options.accessControlService === true,
    hostNames: [options.host ?? '', ...(options.hostNames ?? [])].map((name) => name.toLowerCase()),
    tickMs: options.seed === undefined ? 0 : seededTickMs,
    async reset() {
      for (const account of accounts) await resetAccount(account);
    },
  };
}
