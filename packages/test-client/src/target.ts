/** Decides where a command goes: to what the settings name, or to a local Azure that is started for it. */
import {
  clientSecretCredential,
  isLoopback,
  undiciTransport,
  type CachedCredential,
  type ClosableTransport,
  type Transport,
} from 'ams-rest';
import { explainRefusal } from 'ams-rest/credentials';
import type * as Undici from 'undici';
import { findDoubts } from './check-settings';
import { warn } from './output/print';
import type { GlobalOptions, World } from './context';
import { environmentCredential } from './environment-credential';
import { UsageError } from './errors';
import { startLocalAzure } from './local-azure';
import { collectSettings, settle, type Settings, type SourcedSettings, type Values } from './settings';
import { SETTINGS, type Need, type SettingName } from './settings-table';

export interface Target {
  readonly settings: Settings;
  /** On a local Azure that was started for this command. */
  readonly embedded: boolean;
  readonly pollIntervalMs: number;
  /** What encodes on the local Azure: an ffmpeg's version, or nothing. Undefined elsewhere, where it is not known. */
  readonly encoder?: { readonly ffmpeg: string | undefined };
  close(): Promise<void>;
}

export function sourcedSettings(options: GlobalOptions, world: World): SourcedSettings {
  return collectSettings([
    ['flag', options.flags],
    ['environment', world.env],
    ['.env', world.dotenv],
  ]);
}

/** Live when the settings that the command needs name a service; a token needs no Media Services endpoint. */
export function isLive(options: GlobalOptions, settings: SourcedSettings, need: Need): boolean {
  if (options.live && options.local) throw new UsageError('--live and --local exclude each other.');
  if (options.live || options.local) return options.live === true;
  return settings.AMS_ENDPOINT.value !== '' || (need !== 'Media Services' && hasIdentity(settings));
}

/** Somebody configured who the client is, completely or not. */
export function hasIdentity(settings: SourcedSettings): boolean {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AMS_CREDENTIAL } = settings;
  const isSet = [AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET].some(({ value }) => value !== '');
  return isSet || AMS_CREDENTIAL.value === 'environment';
}

/** What the local Azure decides for itself. */
const OF_THE_LOCAL_AZURE: readonly SettingName[] = [
  'AZURE_TENANT_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AMS_ENDPOINT',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_RESOURCE_GROUP',
  'AMS_CREDENTIAL',
];
/** Of the settings it takes over flags only: what is in the environment is meant for other services. */
const BY_FLAG: readonly SettingName[] = ['AMS_RESOURCE', 'AZURE_TOKEN_ENDPOINT_VERSION'];

/** @throws UsageError for settings that cannot work. */
export async function openTarget(options: GlobalOptions, world: World, need: Need): Promise<Target> {
  const sourced = sourcedSettings(options, world);
  if (isLive(options, sourced, need)) {
    const settings = settle(sourced, need, world.command);
    for (const doubt of findDoubts(sourced)) warn(world, `Note: ${doubt}.`);
    const pollIntervalMs = new URL(settings.authorityHost).protocol === 'http:' ? 250 : 10_000;
    return { settings, embedded: false, pollIntervalMs, close: () => Promise.resolve() };
  }
  for (const row of SETTINGS)
    if ('flag' in row && sourced[row.name].from === 'flag' && OF_THE_LOCAL_AZURE.includes(row.name))
      throw new UsageError(
        `${row.flag.split(' ')[0] ?? ''} is for a live run: add --live, or set AMS_ENDPOINT. The local Azure has its own.`,
      );
  warn(world, localNote(options, sourced, need));
  const emulator = await startLocalAzure({ ffmpeg: ffmpegOf(world) });
  try {
    const settings = settleLocally(sourced, emulator.env, world.command);
    const encoder = { ffmpeg: emulator.ffmpeg };
    return { settings, embedded: true, pollIntervalMs: 250, encoder, close: () => emulator.close() };
  } catch (error) {
    await emulator.close();
    throw error;
  }
}

/** `FFMPEG` is the path of an ffmpeg, or `none`; by default it is looked for on the PATH. */
function ffmpegOf({ env }: World): string | boolean {
  const path = env['FFMPEG'] ?? '';
  return path === 'none' ? false : path || true;
}

function localNote(options: GlobalOptions, settings: SourcedSettings, need: Need): string {
  const unused = [...OF_THE_LOCAL_AZURE, ...BY_FLAG].filter((name) => /env/.test(settings[name].from));
  const places = [...new Set(unused.map((name) => settings[name].from))].join(', ');
  const note = 'Note: this runs on a local Azure that ends with the command.';
  if (unused.length === 0) return `${note} To go live, fill in .env (see .env.example).`;
  const missing =
    need === 'Media Services' ? 'AMS_ENDPOINT' : 'AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET';
  const change = options.local ? 'leave out --local' : `set ${missing}`;
  return `${note} It does not use ${unused.join(', ')} (${places}). To go live, ${change}.`;
}

/** The local Azure's own settings, except for what a flag says about the token. */
function settleLocally(settings: SourcedSettings, own: Values, command: string): Settings {
  const flags = BY_FLAG.filter((name) => settings[name].from === 'flag');
  const given = Object.fromEntries(flags.map((name) => [name, settings[name].value]));
  const sourced = collectSettings([
    ['local Azure', own],
    ['flag', given],
  ]);
  return settle(sourced, 'Media Services', command);
}

/** The client secret, or what the environment describes by the settings that Azure tools share. */
export function chooseCredential(
  options: GlobalOptions,
  world: World,
  settings: Settings,
  transport: Transport,
): { credential: CachedCredential; reason: string } {
  if (settings.credential === 'secret') {
    const credential = clientSecretCredential({ ...settings, transport, explain: explainRefusal });
    return { credential, reason: 'client secret' };
  }
  const picked = environmentCredential({ ...world.dotenv, ...world.env, ...options.flags }, transport);
  const credential: CachedCredential = {
    async getToken(scopes, request) {
      const token = await picked.credential.getToken(scopes, request);
      if (!token) throw new UsageError(`There is no token by ${picked.reason}.`);
      return token;
    },
  };
  return { credential, reason: picked.reason };
}

/** Never sent through a proxy: this machine, and the address of a virtual machine's managed identity. */
const DIRECT = 'localhost,127.0.0.1,[::1],169.254.169.254';

/** Connections through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, if they do. */
export function openTransport(world: World): ClosableTransport {
  const [httpProxy = '', httpsProxy = '', noProxy = ''] = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map(
    (name) => proxyVariable(name, world),
  );
  if (httpProxy === '' && httpsProxy === '') return undiciTransport();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only a proxy needs all of undici
  const { EnvHttpProxyAgent } = require('undici') as typeof Undici;
  try {
    const dispatcher = new EnvHttpProxyAgent({
      httpProxy,
      httpsProxy,
      noProxy: noProxy === '*' ? noProxy : `${noProxy},${DIRECT}`,
    });
    const transport = undiciTransport({ dispatcher });
    const send: Transport = (request) => transport(request);
    return Object.assign(send, {
      async close() {
        await transport.close();
        await dispatcher.close();
      },
    });
  } catch {
    // The error's own message quotes the value, which may hold a password.
    throw new UsageError('HTTPS_PROXY or HTTP_PROXY is not of the form http://user:password@host:port.');
  }
}

/** The lower-case name comes first, as with curl and undici. */
function proxyVariable(name: string, { env, dotenv }: World): string {
  const names = [name.toLowerCase(), name];
  return [env, dotenv].flatMap((values) => names.map((one) => values[one]?.trim())).find(Boolean) ?? '';
}

/** Whether some proxy is configured for the protocol of `url`; `NO_PROXY` is not considered. */
export function proxyFor({ protocol, hostname }: URL, world: World): boolean {
  const isDirect = isLoopback(hostname) || proxyVariable('NO_PROXY', world) === '*';
  return !isDirect && proxyVariable(`${protocol.slice(0, -1)}_proxy`.toUpperCase(), world) !== '';
}
