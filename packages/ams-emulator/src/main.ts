import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startEmulator, type Emulator, type EmulatorOptions } from './index';

const usage = `Usage: ams-emulator [options]

Starts a local Azure for Media Services v2 and prints the settings of a client.

  --port <number>    port of the token endpoint and the REST API; default 10800, or with
                     --data the one of the last time; 0 for any
  --host <address>   address to listen on; default 127.0.0.1
  --allow-remote     needed with a --host that others can reach; nothing here is made for that
  --data <folder>    keep everything in that folder from one start to the next
  --seed <text>      the same ids and times at each start
  --account <name>   name of a Media Services account; may be given more than once
  --https            serve by https; the certificate to trust is printed
  --acs              also serve the token endpoint that came before Azure AD, /v2/OAuth2-13
  --help             this text
`;

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  'allow-remote': { type: 'boolean' },
  data: { type: 'string' },
  seed: { type: 'string' },
  account: { type: 'string', multiple: true },
  https: { type: 'boolean' },
  acs: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const defaultPort = 10_800;

/** Reads the command line; a text is what is wrong with it. */
function readFlags(): EmulatorOptions | 'help' | { readonly problem: string } {
  let values: ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'];
  try {
    ({ values } = parseArgs({ options: flags }));
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const { port, host, data, seed, account, https, acs } = values;
  if (values.help === true) return 'help';
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    return { problem: '--port must be a number from 0 to 65535' };
  }
  const isLoopback = host === undefined || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  if (!isLoopback && values['allow-remote'] !== true) {
    return {
      problem: `--host ${host} can be reached from other machines; add --allow-remote if you mean it`,
    };
  }
  if (data !== undefined && seed !== undefined) return { problem: '--data and --seed exclude each other' };
  const wrongName = account?.find((name) => !/^[a-z\d]{3,24}$/.test(name));
  if (wrongName !== undefined) return { problem: '--account must be 3 to 24 lower-case letters and digits' };
  const keepsPort = data !== undefined && existsSync(data);
  return {
    ...(port === undefined ? (keepsPort ? {} : { port: defaultPort }) : { port: Number(port) }),
    ...(host === undefined ? {} : { host }),
    ...(data === undefined ? {} : { data }),
    ...(seed === undefined ? {} : { seed }),
    ...(account === undefined ? {} : { accounts: account }),
    ...(https === undefined ? {} : { https }),
    ...(acs === undefined ? {} : { accessControlService: acs }),
  };
}

function describe(emulator: Emulator): string {
  const settings = Object.entries(emulator.env).map(([name, value]) => `${name}=${value}\n`);
  const others = emulator.accounts.slice(1).map(({ apiEndpoint }) => `# Another account: ${apiEndpoint}\n`);
  const { certificate } = emulator;
  return (
    `${settings.join('')}\n# Blob Storage: ${emulator.blobEndpoint}\n${others.join('')}` +
    `# Faults and counters: ${emulator.controlEndpoint}\n${certificate ?? ''}# Stop with Ctrl-C\n`
  );
}

async function main(): Promise<void> {
  const options = readFlags();
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  if ('problem' in options) {
    process.stderr.write(`ams-emulator: ${options.problem}\n`);
    process.exitCode = 2;
    return;
  }
  const starting = startEmulator(options);
  // From the first moment on, so that no signal leaves a temporary folder behind.
  const stop = (): void => {
    starting.then(
      (emulator) => emulator.close(),
      () => undefined, // reported below
    );
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.write(describe(await starting));
}

main().catch((error: unknown) => {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  const words =
    code === 'EADDRINUSE'
      ? `port ${String(port)} is in use; choose another with --port, or stop what uses it`
      : `cannot start: ${message}`;
  process.stderr.write(`ams-emulator: ${words}\n`);
  process.exitCode = 1;
});
