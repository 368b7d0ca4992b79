#!/usr/bin/env node
/** The console client as a process: signals, `.env`, a telling exit code. */
import { config } from 'dotenv';
import { redactText } from 'ams-rest';
import { runCommandLine } from './cli';
import type { World } from './context';
import { explain, Interrupted } from './explain';
import { UsageError } from './settings';

async function main(): Promise<number> {
  const interrupted = new AbortController();
  const onSignal = () => {
    // The second Ctrl-C does not wait for the clean-up.
    if (interrupted.signal.aborted) process.exit(130);
    process.stderr.write('\nInterrupted: cleaning up. Press Ctrl-C again to leave at once.\n');
    interrupted.abort(new Interrupted());
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Whoever reads has gone away, as `head` does, or the disk is full: nobody to tell, but things to take away.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') interrupted.abort(new Interrupted());
    else if (!interrupted.signal.aborted) {
      process.exitCode = 2;
      process.stderr.write(`\nWhat is printed cannot be written (${codeOf(error)}).\n`);
      interrupted.abort(new UsageError('Stopped, as nothing can be printed.'));
    }
  });
  process.stderr.on('error', () => interrupted.abort(new Interrupted()));

  const dotenv: Record<string, string> = {};
  try {
    const { error: unread } = config({ quiet: true, processEnv: dotenv });
    if (unread && codeOf(unread) !== 'ENOENT')
      process.stderr.write(`Note: .env cannot be read (${codeOf(unread)}).\n`);
    const { env, stdin, stdout, stderr } = process;
    const world: World = { env, dotenv, stdin, stdout, stderr, signal: interrupted.signal };
    return await runCommandLine(process.argv.slice(2), world);
  } catch (error) {
    const { message, exitCode } = explain(interrupted.signal.aborted ? interrupted.signal.reason : error);
    const secrets = [process.env['AZURE_CLIENT_SECRET'], dotenv['AZURE_CLIENT_SECRET']];
    process.stderr.write(
      `\n${redactText(
        message,
        secrets.flatMap((secret) => secret?.trim() ?? []),
      )}\n`,
    );
    return exitCode;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

void main().then((exitCode) => {
  process.exitCode ||= exitCode;
});
