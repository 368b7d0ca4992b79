/** The console client as a process: signals, `.env`, the exit code. */
import { join, relative } from 'node:path';
import { runCommandLine } from './cli';
import type { World } from './context';
import { readDotenv } from './dotenv-file';
import { Interrupted, UsageError } from './errors';
import type * as Print from './output/print';
import type * as Explain from './explain';

/** Package managers forward Ctrl-C, which the terminal has already sent to this process. */
const SAME_KEY_PRESS_MS = 500;

async function main(): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Interrupted('Interrupted.'));
  let pressedAt = Infinity;
  process.on('SIGINT', () => {
    if (performance.now() - pressedAt > SAME_KEY_PRESS_MS) process.exit(130);
    pressedAt = Math.min(pressedAt, performance.now());
    interrupt();
  });
  // SIGHUP: the terminal was closed. SIGBREAK: Ctrl-Break on Windows.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGBREAK']) process.on(signal, interrupt);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader closed the pipe (for example `| head`), or the terminal is gone.
    if (error.code === 'EPIPE' || error.code === 'EIO') interrupted.abort(new Interrupted(''));
    else if (!interrupted.signal.aborted) {
      process.stderr.write(`\nThe output cannot be written (${error.code ?? error.message}).\n`);
      interrupted.abort(new UsageError('Stopped, because the output cannot be written.'));
    }
  });
  process.stderr.on('error', () => interrupted.abort(new Interrupted('')));

  const { env, stdin, stdout, stderr } = process;
  const command = commandFrom(process.cwd());
  let dotenv: Record<string, string> = {};
  try {
    dotenv = readDotenv('.env');
    const world: World = { command, env, dotenv, stdin, stdout, stderr, signal: interrupted.signal };
    return await runCommandLine(process.argv.slice(2), world);
  } catch (error) {
    // Loaded only now, with the library: help and usage errors start faster without.
    /* eslint-disable @typescript-eslint/no-require-imports */
    const { explain } = require('./explain') as typeof Explain;
    const { warn } = require('./output/print') as typeof Print;
    const secrets = [env['AZURE_CLIENT_SECRET'], dotenv['AZURE_CLIENT_SECRET']];
    const { message, exitCode } = explain(interrupted.signal.aborted ? interrupted.signal.reason : error, {
      command,
      secrets: secrets.flatMap((secret) => secret?.trim() ?? []),
    });
    if (message) warn({ stderr, command }, `\n${message}`);
    return exitCode;
  }
}

/** `node ams` in the root of the repository, and from other folders with the way there. */
function commandFrom(folder: string): string {
  const path = join(__dirname, '..', '..', '..', 'ams');
  const short = relative(folder, path);
  const shown = short.length < path.length ? short : path;
  return `node ${/[^\w./\\:-]/.test(shown) ? `"${shown}"` : shown}`;
}

void main().then((exitCode) => {
  process.exitCode = exitCode;
});
