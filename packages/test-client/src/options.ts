/** What the command line may say. */
import { parseArgs } from 'node:util';
import { UsageError } from './settings';

export interface Options {
  readonly live: boolean;
  readonly keep: boolean;
  readonly file: string | undefined;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  readonly help: boolean;
}

export const HELP = `Usage: pnpm demo [options]

Authenticates with Azure AD by REST, then calls Media Services in sequence:
lists what there is, runs a channel and a program, uploads a file, encodes it,
publishes it and reads it back. Without settings it does so on a local Azure
that comes with this project; nothing leaves this machine.

Options:
  --file PATH   the file to upload (default: a small video that comes along)
  --live        against the endpoint named in .env or the environment; also the
                default as soon as AMS_ENDPOINT is set
  --keep        leave what the run created (only of use with --live)
  --quiet       print the result alone
  --verbose     print each request and answer with their headers, secrets hidden
  --help        print this

Exit codes: 0 done, 1 a mistake of ours, 2 usage or settings, 3 authentication,
4 the service said no, 5 network, 130 interrupted.`;

/** @throws UsageError for an unknown or misspelt option. */
export function readOptions(args: readonly string[]): Options {
  // pnpm hands `--` on to the script.
  const given = args.filter((arg) => arg !== '--');
  try {
    const { values } = parseArgs({
      args: given,
      strict: true,
      options: {
        file: { type: 'string' },
        live: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.quiet && values.verbose) throw new TypeError('--quiet and --verbose exclude each other');
    return {
      live: values.live,
      keep: values.keep,
      help: values.help,
      file: values.file,
      verbosity: values.quiet ? 'quiet' : values.verbose ? 'verbose' : 'normal',
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${reason}\nSee pnpm demo --help.`);
  }
}
