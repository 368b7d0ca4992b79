/** What every command gets: the options that all commands have, and the world around the process. */
import type { Readable } from 'node:stream';
import type { Output } from './output/layout';

type Values = Readonly<Record<string, string | undefined>>;

/** As commander names them: `--no-color` is `color: false`. */
export interface GlobalOptions {
  readonly live?: boolean;
  readonly local?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
  readonly trace?: readonly string[];
  /** By the name of the environment variable. */
  readonly flags: Values;
}

export interface World {
  /** How the tool is run from the current folder, such as `node ams`. */
  readonly command: string;
  readonly env: Values;
  readonly dotenv: Values;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}
