/** Reads the command line: the global options, help, and the command to run from the command table. */
import { Command, CommanderError, type Help } from 'commander';
import { COMMANDS } from './commands/table';
import type { World } from './context';
import { asUsage, UsageError } from './errors';
import { SETTINGS } from './settings-table';

/** The name in usage lines and completions; `world.command` is what can be typed. */
const NAME = 'ams';

/** Runs the command line; returns the exit code of a command that sets one. */
export async function runCommandLine(args: readonly string[], world: World): Promise<number> {
  const program = createProgram(world);
  let exitCode = 0;
  for (const row of COMMANDS) {
    const command = program
      .command(row.usage)
      .description(row.summary)
      .copyInheritedSettings(program)
      .configureHelp({
        minWidthToWrap: MIN_WRAP,
        formatHelp: formatHelp(row.examples, `Options of all commands: ${world.command} --help`, world),
      });
    for (const [flags, description, fallback] of row.options ?? [])
      if (description.includes('can be repeated')) command.option(flags, description, collect);
      else command.option(flags, description, fallback);
    command.action(async () => {
      const options = { ...command.optsWithGlobals(), flags: settingFlags(program.opts()) };
      exitCode = (await asUsage(row.run(command.args, options as never, world, program))) ?? 0;
    });
  }
  try {
    // pnpm hands `--` on to the script.
    const words = args.filter((arg) => arg !== '--');
    await program.parseAsync(words.length > 0 ? words : ['--help'], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const name = program.commands.map((one) => one.name()).find((one) => args.includes(one));
    const help = `${world.command} ${name ? `${name} ` : ''}--help`;
    throw new UsageError(`${error.message.replace(/^error: /, '')}\nFor help: ${help}`);
  }
}

function createProgram(world: World): Command {
  const examples = ['demo', 'token --resource https://graph.microsoft.com', 'list MediaProcessors'];
  const program = new Command(NAME)
    .description('Azure AD authentication and Media Services access with REST calls only.')
    .optionsGroup('Options of all commands:')
    .option('--live', 'use the settings, also when they are not complete')
    .option('--local', 'use a local Azure that is started for the command')
    .option('--json', 'print JSON: one document, or for lists one object a line')
    .option('-q, --quiet', 'print only the result')
    .option('-v, --verbose', 'print each request and answer with headers, secrets hidden')
    .option('--no-color', 'no colours; so does NO_COLOR in the environment')
    .option('--trace <file>', 'write all exchanges, secrets hidden, to a .har or .html file', collect)
    .version('0.1.0', '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ minWidthToWrap: MIN_WRAP, formatHelp: formatHelp(examples, EXIT_CODES, world) })
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: () => undefined, // The text is also the error's message.
      getOutHelpWidth: () => world.stdout.columns ?? 80,
    });
  program.optionsGroup('Settings, instead of the environment or .env:');
  for (const row of SETTINGS) if ('flag' in row) program.option(row.flag, `${row.what} (${row.name})`);
  return program;
}

/** Columns for a description; where there are fewer beside the term, it goes below. */
const MIN_WRAP = 24;

const EXIT_CODES =
  'Exit codes: 0 done, 1 internal error, 2 usage, settings or files, 3 authentication, 4 the service refused, ' +
  '5 network, 130 interrupted.';

/** Usage, summary and examples, then the commands, then the options: what most people look for comes first. */
function formatHelp(examples: readonly string[], ending: string, { command }: World) {
  return (self: Command, helper: Help): string => {
    const width = helper.helpWidth ?? 80;
    const item = (term: string, text: string, termWidth: number): string => {
      const room = width - termWidth - 4;
      if (room >= MIN_WRAP)
        return `  ${term.padEnd(termWidth + 2)}${indent(helper.boxWrap(text, room), termWidth + 4)}`;
      return `  ${term}\n      ${indent(helper.boxWrap(text, width - 6), 6)}`;
    };
    const section = (heading: string, items: readonly (readonly [string, string])[]): string[] => {
      if (items.length === 0) return [];
      const termWidth = Math.max(...items.map(([term]) => term.length));
      return ['', heading, ...items.map(([term, text]) => item(term, text, termWidth))];
    };
    const options = helper.visibleOptions(self).filter((one) => !self.parent || one.long !== '--help');
    const commands = helper.visibleCommands(self).map((one) => [one.name(), one.description()] as const);
    const groups = helper.groupItems([...self.options], options, (one) => one.helpGroupHeading ?? 'Options:');
    return [
      `Usage: ${command} ${[...(self.parent ? [self.name()] : []), self.usage()].join(' ')}`,
      '',
      helper.boxWrap(
        self.description().replace(/^./, (first) => first.toUpperCase()),
        width,
      ),
      '',
      'Examples:',
      ...examples.map((example) => `  ${command} ${example}`),
      ...section('Commands:', commands),
      ...[...groups].flatMap(([heading, group]) =>
        section(
          heading,
          group.map((one) => [helper.optionTerm(one), helper.optionDescription(one)]),
        ),
      ),
      '',
      ending.includes(command) ? ending : helper.boxWrap(ending, width),
      '',
    ].join('\n');
  };
}

const indent = (text: string, by: number) => text.replaceAll('\n', `\n${' '.repeat(by)}`);

/** An option that may be given several times. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The options that stand for settings, by the settings' names. */
function settingFlags(options: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  return Object.fromEntries(
    SETTINGS.flatMap((row) => {
      if (!('flag' in row)) return [];
      const key = /\w[\w-]*/
        .exec(row.flag)?.[0]
        .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      const value = key === undefined ? undefined : options[key];
      return typeof value === 'string' ? [[row.name, value]] : [];
    }),
  );
}
