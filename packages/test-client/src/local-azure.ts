/** The local Azure, loaded when it is first needed: a run against a live endpoint starts in half the time without. */
import { createRequire } from 'node:module';
import type * as AmsEmulator from 'ams-emulator';

export async function startLocalAzure(
  options: AmsEmulator.EmulatorOptions = {},
): Promise<AmsEmulator.Emulator> {
  const { startEmulator } = createRequire(__filename)('ams-emulator') as typeof AmsEmulator;
  return startEmulator(options);
}
