/** What the run talks to: the embedded local Azure, or the endpoint of the settings. */
import { startEmulator } from 'ams-emulator';
import type { Options } from './options';
import { readSettings, type Settings } from './settings';

export interface Target {
  readonly settings: Settings;
  readonly embedded: boolean;
  /** Between two looks at something that goes on in the background. */
  readonly pollIntervalMs: number;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Starts the embedded Azure, or takes the settings.
 *
 * @throws UsageError when the settings for a live run are not complete.
 */
export async function openTarget({ live }: Pick<Options, 'live'>, env: Environment): Promise<Target> {
  if (live || env['AMS_ENDPOINT']?.trim()) {
    const settings = readSettings(env);
    const local = settings.endpoint.startsWith('http:');
    return {
      settings,
      embedded: false,
      pollIntervalMs: local ? 250 : 10_000,
      close: () => Promise.resolve(),
    };
  }
  const emulator = await startEmulator();
  const version = env['AZURE_TOKEN_ENDPOINT_VERSION'];
  return {
    settings: readSettings({ ...emulator.env, AZURE_TOKEN_ENDPOINT_VERSION: version }),
    embedded: true,
    pollIntervalMs: 250,
    close: () => emulator.close(),
  };
}
