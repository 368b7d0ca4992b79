/** Where a port is judged: a local Azure and the wire before it. */
import { startEmulator, type Emulator } from 'ams-emulator';
import { openWire, type Wire } from './wire';

export interface Stand {
  readonly emulator: Emulator;
  readonly wire: Wire;
  /** The settings of a port, so that all it sends goes over the wire. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function openStand(): Promise<Stand> {
  const emulator = await startEmulator();
  const wire = await openWire({ azure: emulator.url, storage: new URL(emulator.blobEndpoint).origin });
  return {
    emulator,
    wire,
    env: { ...emulator.env, AZURE_AUTHORITY_HOST: wire.urls.azure, AMS_ENDPOINT: `${wire.urls.azure}/api/` },
    async close() {
      await wire.close();
      await emulator.close();
    },
  };
}
