#!/usr/bin/env node
/** The console client: reads the command line and `.env`, runs the demo, ends with a telling exit code. */
import { config } from 'dotenv';
import { redactText } from 'ams-rest';
import { runDemo } from './demo';
import { explain, Interrupted } from './explain';
import { HELP, readOptions } from './options';

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
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(`${HELP}\n`);
      return 0;
    }
    config({ quiet: true });
    await runDemo(options, process.env, process.stdout, interrupted.signal);
    return 0;
  } catch (error) {
    const { message, exitCode } = explain(interrupted.signal.aborted ? new Interrupted() : error);
    const secret = process.env['AZURE_CLIENT_SECRET']?.trim();
    process.stderr.write(`\n${redactText(message, secret ? [secret] : [])}\n`);
    return exitCode;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

void main().then((exitCode) => {
  process.exitCode = exitCode;
});
