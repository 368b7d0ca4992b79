/** The command `ams-conformance`. */
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { judge } from './judge';
import { conforms, jsonReport, junitReport, textReport } from './report';
import { LEVELS, type Level } from './vectors';

interface Flags {
  readonly level: Level;
  readonly only?: readonly string[];
  readonly timeout: number;
  readonly json?: boolean;
  readonly junit?: string;
}

const seconds = (text: string) => {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError('--timeout must be a number of seconds above 0');
  return value;
};

const program = new Command('ams-conformance')
  .description('Judges a port of ams-rest: starts a local Azure, runs the port, watches the wire.')
  .usage('[options] -- COMMAND [ARGUMENTS…]')
  .argument('<command...>', 'starts the port, e.g. python3 my_port.py')
  .addOption(
    new Option('--level <level>', 'this level and those before it').choices(LEVELS).default('complete'),
  )
  .option('--only <ids...>', 'these requirements alone, e.g. TOK-03 RET-04')
  .option('--timeout <seconds>', 'for one answer of the port', seconds, 60)
  .option('--json', 'write the report as JSON')
  .option('--junit <file>', 'write a JUnit report into this file too')
  .addHelpText('after', '\nExit codes: 0 the port conforms, 1 it does not, 2 it could not be judged.');

program
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (command: readonly string[], { level, only, timeout, json, junit }: Flags) => {
    const verdicts = await judge(command, {
      level,
      ...(only && { only }),
      timeoutMs: timeout * 1000,
      onStderr: (text) => process.stderr.write(text),
    });
    if (junit !== undefined) writeFileSync(junit, junitReport(verdicts));
    process.stdout.write(json ? jsonReport(verdicts) : textReport(verdicts));
    process.exitCode = conforms(verdicts) ? 0 : 1;
  })
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });
