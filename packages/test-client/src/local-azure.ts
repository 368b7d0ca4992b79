/** The local Azure, loaded when it is first needed: a run against a live endpoint starts in half the time. */
import type * as AmsEmulator from 'ams-emulator';

export function loadEmulator(): typeof AmsEmulator {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with the tool
  return require('ams-emulator') as typeof AmsEmulator;
}

export async function startLocalAzure(
  options: AmsEmulator.EmulatorOptions = {},
): Promise<AmsEmulator.Emulator> {
  return loadEmulator().startEmulator(options);
}
