import { parseArgs } from 'node:util';
import { accountComments, optionsOf } from './flags';
import { startEmulator, type Emulator, type EmulatorOptions } from './index';
import { startFailure } from './start-failure';

const usage = `Usage: ams-emulator [options]

Starts a local Azure for Media Services v2 and prints the settings of a client.

  --port <number>    port of the token endpoint and the REST API; default 10800, or with
                     --data the port of the last start; 0 for any free port
  --host <address>   address to listen on; default 127.0.0.1
  --host-name <name> a further host name that clients use, for example a container's;
                     can be repeated
  --allow-remote     required with a --host that other machines can reach; the emulator is
                     not secured for that
  --data <folder>    keep all data in that folder across restarts
  --seed <text>      the same ids and times at each start
  --account <name>   name of a Media Services account; can be repeated
  --resource <id>    also issue tokens for this API (api://orders); can be repeated
  --https            serve by https; prints the certificate to trust
  --acs              also serve the token endpoint that preceded Azure AD, /v2/OAuth2-13;
                     prints the account keys
  --ffmpeg <path>    encode with this ffmpeg; default: the one on the PATH if there is one, and
                     with --seed none; "none": encode nothing, the output of a job is its input
  --help             print this text
`;

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  'host-name': { type: 'string', multiple: true },
  'allow-remote': { type: 'boolean' },
  data: { type: 'string' },
  seed: { type: 'string' },
  account: { type: 'string', multiple: true },
  resource: { type: 'string', multiple: true },
  https: { type: 'boolean' },
  acs: { type: 'boolean' },
  ffmpeg: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Parses the command line. Throws TypeError describing what is wrong. */
function readFlags(): EmulatorOptions | 'help' {
  const { values } = parseArgs({ options: flags });
  const { 'allow-remote': allowRemote, 'host-name': hostName, help, ...others } = values;
  return help === true ? 'help' : optionsOf({ ...others, allowRemote, hostName });
}

function describe(emulator: Emulator): string {
  const settings = Object.entries(emulator.env).map(([name, value]) => `${name}=${value}\n`);
  const { certificate, ffmpeg } = emulator;
  const encoder = ffmpeg === undefined ? 'none, the output of a job is its input' : `by ffmpeg ${ffmpeg}`;
  return (
    `${settings.join('')}\n# Blob Storage: ${emulator.blobEndpoint}\n${accountComments(emulator)}` +
    `# Faults and counters: ${emulator.controlEndpoint}\n# Encoding: ${encoder}\n${certificate ?? ''}# Stop with Ctrl-C\n`
  );
}

const patienceMs = 5000;

/** Ends the process even if something stays open. */
function endSoon(): void {
  setTimeout(() => process.exit(), patienceMs).unref();
}

async function main(): Promise<void> {
  let options: ReturnType<typeof readFlags>;
  try {
    options = readFlags();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`ams-emulator: ${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  const starting = startEmulator(options);
  // Installed before the start completes, so that a signal does not leave a temporary folder.
  const stop = (): void => {
    endSoon();
    starting.then(
      (emulator) => emulator.close(),
      () => undefined, // reported below
    );
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.write(describe(await starting));
}

main().catch((error: unknown) => {
  process.stderr.write(`ams-emulator: ${startFailure(error)}\n`);
  process.exitCode = 1;
  endSoon();
});
