import { parseArgs } from 'node:util';
import { startEmulator, type Emulator } from './index';

const usage = `Usage: ams-emulator [options]

Starts a local Azure for Media Services v2 and prints the settings of a client.

  --port <number>         port of the token endpoint and the REST API (default 10800, 0 for any)
  --host <address>        address to listen on (default 127.0.0.1)
  --allow-remote          needed with a --host that others can reach; nothing here is made for that
  --help                  this text
`;

interface Settings {
  readonly host: string;
  readonly port: number;
}

/** Reads the command line; a text is what is wrong with it. */
function readFlags(): Settings | 'help' | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '10800' },
        host: { type: 'string', default: '127.0.0.1' },
        'allow-remote': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN;
    if (!(port <= 65_535)) return { problem: `--port must be a number from 0 to 65535` };
    const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(values.host);
    if (!isLoopback && !values['allow-remote']) {
      return {
        problem: `--host ${values.host} can be reached from other machines; add --allow-remote if you mean it`,
      };
    }
    return { host: values.host, port };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function describe(emulator: Emulator): string {
  const settings = Object.entries(emulator.env).map(([name, value]) => `${name}=${value}\n`);
  return `${settings.join('')}\n# Blob Storage: ${emulator.blobEndpoint}\n# Stop with Ctrl-C\n`;
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags === 'help') {
    process.stdout.write(usage);
    return;
  }
  if ('problem' in flags) {
    process.stderr.write(`ams-emulator: ${flags.problem}\n`);
    process.exitCode = 2;
    return;
  }
  const emulator = await startEmulator(flags);
  process.stdout.write(describe(emulator));
  const stop = (): void => void emulator.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message =
    code === 'EADDRINUSE'
      ? 'the port is in use; choose another with --port'
      : `cannot start: ${String(error)}`;
  process.stderr.write(`ams-emulator: ${message}\n`);
  process.exitCode = 1;
});
