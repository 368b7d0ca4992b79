#!/usr/bin/env node
/** The console client as a process: signals, `.env`, a telling exit code. */
import { config } from 'dotenv';
import { redactText } from 'ams-rest';
import { runCommandLine } from './cli';
import type { World } from './context';
import { explain, Interrupted } from './explain';

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
  // Whoever reads has gone away, as `head` does: nobody to tell, but things to take away.
  process.stdout.on('error', () => interrupted.abort(new Interrupted()));
  process.stderr.on('error', () => interrupted.abort(new Interrupted()));

  const dotenv: Record<string, string> = {};
  try {
    config({ quiet: true, processEnv: dotenv });
    const { env, stdin, stdout, stderr } = process;
    const world: World = { env, dotenv, stdin, stdout, stderr, signal: interrupted.signal };
    return await runCommandLine(process.argv.slice(2), world);
  } catch (error) {
    const { message, exitCode } = explain(interrupted.signal.aborted ? new Interrupted() : error);
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

void main().then((exitCode) => {
  process.exitCode = exitCode;
});
