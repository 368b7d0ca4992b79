import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Certificate } from '../data/certificate';
import type { StorageKey } from './shared-key';

/** The default account of every Azurite, publicly documented by Microsoft and usable nowhere else. */
export const storageAccount: StorageKey = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

/** Sees each storage request before Azurite; true if it has answered the request. */
export type StorageGate = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<boolean>;

export interface Azurite {
  /** `http://127.0.0.1:PORT`, without the account. */
  readonly url: string;
  readonly port: number;
  /** Writes the lists of containers and blobs to disk, which Azurite otherwise does only every five seconds. */
  readonly save: () => Promise<void>;
  /** Sets the keys of an account (at most two); no keys remove the account. */
  setKeys(account: string, keys: readonly string[]): void;
  /** Installs the gate. */
  guard(gate: StorageGate): void;
  close(): Promise<void>;
}

// azurite 3.35.0 ships without type declarations; these are the parts used here.
interface LokiStore {
  readonly db: { saveDatabase(callback: (error?: unknown) => void): void };
}
interface BlobServer {
  readonly httpServer: Server;
  readonly accountDataStore: {
    accounts: Record<string, { name: string; key1: Buffer; key2?: Buffer }>;
    refresh: () => void;
  };
  readonly metadataStore: LokiStore;
  readonly extentMetadataStore: LokiStore;
  start(): Promise<void>;
  close(): Promise<void>;
  afterClose(): Promise<void>;
  getHttpServerAddress(): string;
}
interface BlobConfigurationModule {
  readonly default: new (...settings: readonly unknown[]) => object;
}
interface BlobServerModule {
  readonly default: new (configuration: object) => BlobServer;
}

// Loaded on demand, because it takes four fifths of the emulator's start time.
const load = createRequire(__filename);

/** Starts Azurite's blob service in this process, with its files in `folder`; by https with a certificate. */
export async function startAzurite(
  folder: string,
  host: string,
  port: number,
  accounts: readonly StorageKey[],
  certificate?: Certificate,
): Promise<Azurite> {
  const { default: BlobConfiguration } = load(
    'azurite/dist/src/blob/BlobConfiguration',
  ) as BlobConfigurationModule;
  const { default: BlobServer } = load('azurite/dist/src/blob/BlobServer') as BlobServerModule;
  const configuration = new BlobConfiguration(
    host,
    port,
    60, // seconds of keep-alive; the default of 5 makes clients with pooled connections meet closed ones
    join(folder, 'blobs.json'),
    join(folder, 'extents.json'),
    [{ locationId: 'Default', locationPath: join(folder, 'blobs'), maxConcurrency: 50 }],
    false, // no access log
    undefined,
    false, // no debug log
    undefined,
    false, // strict
    true, // any x-ms-version: newer SDKs send versions that 3.35.0 does not know
    ...(certificate === undefined ? [] : ['in memory', 'in memory']), // paths of certificate and key
  );
  // Azurite accepts file names only; this keeps the private key off the disk.
  if (certificate !== undefined) {
    const { certificate: cert, privateKey: key } = certificate;
    Object.assign(configuration, { getCert: () => ({ cert, key }) });
  }
  const server = new BlobServer(configuration);
  // Azurite reads its accounts from the process environment every minute; this instance must not depend on it.
  server.accountDataStore.refresh = () => undefined;
  server.accountDataStore.accounts = Object.fromEntries(
    accounts.map(({ name, key }) => [name, { name, key1: Buffer.from(key, 'base64') }]),
  );
  try {
    await server.start();
  } catch (error) {
    // Azurite leaves its stores open, whose timers would keep the process alive.
    await server.afterClose().catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    if (port === 0 || code === undefined) throw error;
    throw new Error(`Blob Storage cannot listen on port ${port}, which stored URLs name (${code})`, {
      cause: error,
    });
  }
  const url = server.getHttpServerAddress();
  return {
    url,
    port: Number(new URL(url).port),
    async save() {
      await Promise.all([server.metadataStore, server.extentMetadataStore].map(saveLoki));
    },
    setKeys(account, [first, second]) {
      const store = server.accountDataStore;
      const others = Object.entries(store.accounts).filter(([name]) => name !== account);
      const key1 = first === undefined ? undefined : Buffer.from(first, 'base64');
      const key2 = second === undefined ? {} : { key2: Buffer.from(second, 'base64') };
      store.accounts = {
        ...Object.fromEntries(others),
        ...(key1 === undefined ? {} : { [account]: { name: account, key1, ...key2 } }),
      };
    },
    guard: (gate) => putGateBefore(server.httpServer, gate),
    async close() {
      // Azurite does not wait until its port is free.
      const closed = new Promise((resolve) => server.httpServer.close(resolve));
      server.httpServer.closeAllConnections();
      await server.close();
      await closed;
    },
  };
}

function saveLoki({ db }: LokiStore): Promise<void> {
  return new Promise((resolve, reject) => {
    db.saveDatabase((error) => {
      if (error === undefined || error === null) resolve();
      else reject(new Error('Azurite could not save its data'));
    });
  });
}

function putGateBefore(server: Server, gate: StorageGate): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    gate(incoming, outgoing)
      .then((answered) => {
        if (!answered) for (const listener of listeners) listener.call(server, incoming, outgoing);
      })
      .catch(() => outgoing.destroy());
  });
}
