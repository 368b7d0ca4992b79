import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account';
import { realClock, type Clock } from './clock';
import { createDirectory, mediaResource, type Directory } from './entra/directory';
import { generateSigningKey } from './entra/signing';
import { listen, type Handler, type HttpReply } from './http';
import { createStore } from './media/store';
import { router } from './router';
import { fillNewAccount } from './seed';
import { startAzurite, storageAccount } from './storage/azurite';
import { connectBlobStorage } from './storage/blob-storage';
import { storageGate } from './storage/gate';

export type { Clock };

/** All of it may be left out. */
export interface EmulatorOptions {
  /** Address to listen on; default `127.0.0.1`. The emulator gives its secrets to nobody but also guards nothing. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Default: real time plus what `advance()` added. */
  clock?: Clock;
  /** How long an encoding job takes by the clock, in milliseconds; default 3000. */
  jobDurationMs?: number;
  /** How long channels, programs and streaming endpoints take to change, in milliseconds; default 300. */
  operationDurationMs?: number;
  /** What `expires_in` says; default 3599. */
  tokenLifetimeSeconds?: number;
  /** Default: a random guid. */
  clientId?: string;
  /** Default: random. */
  clientSecret?: string;
  /** Default: a random guid. */
  tenantId?: string;
  /** Default: a random name under `onmicrosoft.com`. */
  tenantDomain?: string;
}

export interface Emulator {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  /** Where tokens are given: the same as `url`. */
  readonly authorityHost: string;
  /** Root of the Media Services REST API: `${url}/api/`. */
  readonly apiEndpoint: string;
  /** Azurite, with the account in the path. */
  readonly blobEndpoint: string;
  /** What a token must be asked for: `https://rest.media.azure.net`. */
  readonly resource: string;
  readonly tenantId: string;
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Name of the Media Services account. */
  readonly accountName: string;
  /** The settings of a client as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Stops the servers with all open connections, and removes the temporary folder. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts a local Azure for Media Services v2: token endpoint, REST API and streaming origin on one port, Blob Storage
 * (Azurite) on another. Rejects with Node's error when the port cannot be had.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = '127.0.0.1', port = 0, clock = realClock() } = options;
  const folder = await mkdtemp(join(tmpdir(), 'ams-emulator-'));
  const closers: (() => Promise<void> | void)[] = [() => rm(folder, { recursive: true, force: true })];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll(closers));
  let account: Account | undefined;
  let handler: Handler | undefined;
  try {
    const keyGeneration = generateSigningKey();
    const [server, azurite] = await allOrNone(closers, [
      // Nobody knows the ports before this function returns; a stray early request finds the door closed.
      listen((request) => handler?.(request) ?? Promise.resolve(notReady), host, port),
      startAzurite(folder, host, (request, response) => storageGate(account, request, response)),
    ]);
    const storage = connectBlobStorage(`${azurite.url}/${storageAccount.name}`);
    closers.push(() => storage.close());
    account = {
      name: 'localmedia',
      id: randomUUID(),
      url: server.url,
      store: createStore(),
      storage,
      clock,
      jobDurationMs: options.jobDurationMs ?? 3000,
      operationDurationMs: options.operationDurationMs ?? 300,
      openJobs: new Set(),
    };
    fillNewAccount(account);
    const directory = createDirectory({
      tenantId: options.tenantId ?? randomUUID(),
      tenantDomain: options.tenantDomain ?? `local${randomBytes(4).toString('hex')}.onmicrosoft.com`,
      clientId: options.clientId ?? randomUUID(),
      clientSecret: options.clientSecret ?? randomBytes(24).toString('base64url'),
      tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3599,
      signingKey: await keyGeneration,
      clock,
    });
    handler = router(directory, account);
    return describe(directory, account, close);
  } catch (error) {
    await close();
    throw error;
  }
}

const notReady: HttpReply = { status: 503, headers: {}, body: '' };

/** The servers in the same order once all run; when one cannot, the others are left to `closers`. */
async function allOrNone<A extends Closable, B extends Closable>(
  closers: (() => Promise<void> | void)[],
  starting: readonly [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const results = await Promise.allSettled(starting);
  for (const result of results) {
    if (result.status === 'fulfilled') closers.push(() => result.value.close());
  }
  return Promise.all(starting);
}

interface Closable {
  close(): Promise<void>;
}

async function closeAll(closers: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const closer of closers.toReversed()) await closer();
}

function describe(directory: Directory, account: Account, close: () => Promise<void>): Emulator {
  const { tenantId, tenantDomain, clientId, clientSecret } = directory;
  const { url } = account;
  const apiEndpoint = `${url}/api/`;
  return {
    url,
    authorityHost: url,
    apiEndpoint,
    blobEndpoint: account.storage.endpoint,
    resource: mediaResource,
    tenantId,
    tenantDomain,
    clientId,
    clientSecret,
    accountName: account.name,
    env: {
      AZURE_AUTHORITY_HOST: url,
      AZURE_TENANT_ID: tenantDomain,
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
      AMS_ENDPOINT: apiEndpoint,
    },
    clock: account.clock,
    close,
  };
}
