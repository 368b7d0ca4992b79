/** What every command gets: the options all commands have, and the world around the process. */
import type { Readable } from 'node:stream';
import type { Output } from './output/layout';
import type { Values } from './settings';

/** As commander names them: `--no-color` is `color: false`. */
export interface GlobalOptions {
  readonly live?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
  readonly trace?: readonly string[];
  /** By the environment variable that each stands for. */
  readonly flags: Values;
}

export interface World {
  readonly env: Values;
  readonly dotenv: Values;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
}
