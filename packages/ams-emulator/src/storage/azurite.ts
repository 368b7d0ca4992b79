import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The one account of every Azurite: public knowledge, documented by Microsoft, of no use anywhere else. */
export const storageAccount = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
} as const;

/** Looks at each storage request before Azurite does; true when it has answered it. */
export type StorageGate = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface Azurite {
  /** `http://127.0.0.1:PORT`, without the account. */
  readonly url: string;
  close(): Promise<void>;
}

// azurite 3.35.0 ships without type declarations; this is what is touched here.
interface BlobServer {
  readonly httpServer: Server;
  readonly accountDataStore: {
    accounts: Record<string, { name: string; key1: Buffer }>;
    refresh: () => void;
  };
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}
interface BlobConfigurationModule {
  readonly default: new (...settings: readonly unknown[]) => object;
}
interface BlobServerModule {
  readonly default: new (configuration: object) => BlobServer;
}

// Loaded late, because it takes four fifths of the time that the emulator needs to start.
const load = createRequire(__filename);

/** Starts Azurite's blob service in this process, on a free port, with its files in `folder`. */
export async function startAzurite(folder: string, host: string, gate: StorageGate): Promise<Azurite> {
  const { default: BlobConfiguration } = load(
    'azurite/dist/src/blob/BlobConfiguration',
  ) as BlobConfigurationModule;
  const { default: BlobServer } = load('azurite/dist/src/blob/BlobServer') as BlobServerModule;
  const configuration = new BlobConfiguration(
    host,
    0,
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
  );
  const server = new BlobServer(configuration);
  // Azurite reads its accounts from the process environment every minute; this one shall not depend on it.
  server.accountDataStore.refresh = () => undefined;
  server.accountDataStore.accounts = {
    [storageAccount.name]: { name: storageAccount.name, key1: Buffer.from(storageAccount.key, 'base64') },
  };
  putGateBefore(server.httpServer, gate);
  await server.start();
  return {
    url: server.getHttpServerAddress(),
    async close() {
      server.httpServer.closeAllConnections();
      await server.close();
    },
  };
}

function putGateBefore(server: Server, gate: StorageGate): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    gate(request, response)
      .then((answered) => {
        if (!answered) for (const listener of listeners) listener.call(server, request, response);
      })
      .catch(() => response.destroy());
  });
}
