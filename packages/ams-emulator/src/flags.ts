import { existsSync } from 'node:fs';
import type { EmulatorOptions } from './options';

/** Values of the command's flags, as a command line parser returns them. */
export interface EmulatorFlags {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly hostName?: readonly string[] | undefined;
  readonly allowRemote?: boolean | undefined;
  readonly data?: string | undefined;
  readonly seed?: string | undefined;
  readonly account?: readonly string[] | undefined;
  readonly resource?: readonly string[] | undefined;
  readonly https?: boolean | undefined;
  readonly acs?: boolean | undefined;
  /** Path of an ffmpeg, or `none`. */
  readonly ffmpeg?: string | undefined;
}

const defaultPort = 10_800;

/**
 * The options for flags. The port defaults to 10800, or with an existing data folder to its last port. Throws TypeError
 * naming the wrong flag.
 */
export function optionsOf(flags: EmulatorFlags): EmulatorOptions {
  const { port, host, hostName, allowRemote, data, seed, account, resource, https, acs, ffmpeg } = flags;
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw new TypeError('--port must be a number from 0 to 65535');
  }
  const isLoopback = host === undefined || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  if (!isLoopback && allowRemote !== true) {
    throw new TypeError(
      `--host ${host} can be reached from other machines; add --allow-remote if you mean it`,
    );
  }
  if (data !== undefined && seed !== undefined) throw new TypeError('--data and --seed exclude each other');
  const wrongName = account?.find((name) => !/^[a-z\d]{3,24}$/.test(name));
  if (wrongName !== undefined) throw new TypeError('--account must be 3 to 24 lower-case letters and digits');
  const keepsPort = data !== undefined && existsSync(data);
  return {
    ffmpeg: ffmpeg === 'none' ? false : (ffmpeg ?? seed === undefined),
    ...(port === undefined ? (keepsPort ? {} : { port: defaultPort }) : { port: Number(port) }),
    ...(host === undefined ? {} : { host }),
    ...(hostName === undefined ? {} : { hostNames: hostName }),
    ...(data === undefined ? {} : { data }),
    ...(seed === undefined ? {} : { seed }),
    ...(account === undefined ? {} : { accounts: account }),
    ...(resource === undefined ? {} : { resources: resource }),
    ...(https === undefined ? {} : { https }),
    ...(acs === undefined ? {} : { accessControlService: acs }),
  };
}

interface AccountList {
  readonly accounts: readonly { readonly name: string; readonly apiEndpoint: string; readonly key: string }[];
  readonly accessControlEndpoint: string | undefined;
}

/** Comment lines for an `.env` file: the other accounts, and with the Access Control Service each account's key. */
export function accountComments({ accounts, accessControlEndpoint }: AccountList): string {
  const lines = accounts.map(({ name, apiEndpoint, key }, index) => {
    const secret = accessControlEndpoint === undefined ? '' : `, account key ${key}`;
    return index === 0 && secret === '' ? '' : `# Account ${name}: ${apiEndpoint}${secret}\n`;
  });
  const endpoint =
    accessControlEndpoint === undefined ? '' : `# Access Control Service: ${accessControlEndpoint}\n`;
  return endpoint + lines.join('');
}
