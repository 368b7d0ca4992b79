/** Where a port is judged: a local Azure, and for each lane a wire in front of it. */
import { createRequire } from 'node:module';
import type * as AmsEmulator from 'ams-emulator';
import type { Emulator } from 'ams-emulator';
import { openWire, type Wire } from './wire';

/** What one port process talks to; scenarios in different lanes do not see one another's requests. */
export interface Lane {
  readonly emulator: Emulator;
  readonly wire: Wire;
  /** The settings of a port, so that all it sends goes over the wire. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface Stand {
  readonly emulator: Emulator;
  openLane(): Promise<Lane>;
  close(): Promise<void>;
}

export async function openStand(): Promise<Stand> {
  // Loaded here because loading it takes longer than running all vectors.
  const { startEmulator } = createRequire(__filename)('ams-emulator') as typeof AmsEmulator;
  const emulator = await startEmulator();
  return {
    emulator,
    async openLane() {
      const wire = await openWire({ azure: emulator.url, storage: new URL(emulator.blobEndpoint).origin });
      const env = {
        ...emulator.env,
        AZURE_AUTHORITY_HOST: wire.urls.azure,
        AMS_ENDPOINT: `${wire.urls.azure}/api/`,
      };
      return { emulator, wire, env, close: () => wire.close() };
    },
    close: () => emulator.close(),
  };
}
