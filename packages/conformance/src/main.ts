/** The command `ams-conformance`. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { judge } from './judge';
import { conforms, jsonReport, junitReport, progressLine, textReport } from './report';
import { LEVELS, type Level } from './vectors';

interface Flags {
  readonly level: Level;
  readonly only?: readonly string[];
  readonly vectors?: boolean;
  readonly jobs: number;
  readonly timeout: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly junit?: string;
}

const above0 = (flag: string) => (text: string) => {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`${flag} must be a number above 0`);
  return value;
};

/** Where the command was typed; package managers run scripts in the folder of the package. */
const folder = process.env['INIT_CWD'] ?? process.cwd();

const program = new Command('ams-conformance')
  .description('Judges a port of ams-rest: starts a local Azure, runs the port, watches the wire.')
  .usage('[options] -- COMMAND [ARGUMENTS…]')
  .argument('<command...>', 'starts the port, for example python3 my_port.py')
  .addOption(
    new Option('--level <level>', 'this level and those before it').choices(LEVELS).default('complete'),
  )
  .option('--only <ids...>', 'only these requirements, for example TOK-03 RET-04')
  .option('--vectors', 'only the pure functions, without starting a local Azure')
  .option('--jobs <number>', 'processes of the port at the same time', above0('--jobs'), 4)
  .option('--timeout <seconds>', 'for one answer of the port', above0('--timeout'), 60)
  .option('--quiet', 'no line for each requirement on standard error as it is decided')
  .option('--json', 'write the report as JSON')
  .option('--junit <file>', 'write a JUnit report into this file too')
  .addHelpText('after', '\nExit codes: 0 the port conforms, 1 it does not, 2 it could not be judged.');

program
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (command: readonly string[], flags: Flags) => {
    const { level, only, vectors = false, jobs, timeout, quiet = false, json, junit } = flags;
    if (command[0]?.startsWith('-'))
      throw new TypeError(`${command[0]} is not a command. Write flags of the judge before --.`);
    const verdicts = await judge(command, {
      level,
      ...(only && { only }),
      vectorsOnly: vectors,
      jobs,
      timeoutMs: timeout * 1000,
      cwd: folder,
      onStderr: (text) => process.stderr.write(text),
      ...(!quiet && { onVerdict: (verdict) => process.stderr.write(progressLine(verdict)) }),
    });
    if (junit !== undefined) writeFileSync(resolve(folder, junit), junitReport(verdicts));
    process.stdout.write(json ? jsonReport(verdicts) : textReport(verdicts));
    process.exitCode = conforms(verdicts) ? 0 : 1;
  })
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });
