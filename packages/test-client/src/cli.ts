/** The command table: every command with its arguments, options and examples; help and completions come from it. */
import { Command, CommanderError } from 'commander';
import { accountCreate, accountDelete, accountList, type AccountOptions } from './commands/account';
import { call, type CallOptions } from './commands/call';
import { completion, SHELLS } from './commands/completion';
import { config } from './commands/config';
import { demo } from './commands/demo';
import { doctor } from './commands/doctor';
import { emulator } from './commands/emulator';
import { list, type ListOptions } from './commands/list';
import { encode, publish, watch, type EncodeOptions } from './commands/media';
import { token } from './commands/token';
import { download, upload, type UploadOptions } from './commands/transfer';
import type { GlobalOptions, World } from './context';
import { asUsage, SETTINGS, UsageError } from './settings';

const NAME = 'ams';

/** Runs the command line; returns the exit code of a command that has one of its own. */
export async function runCommandLine(args: readonly string[], world: World): Promise<number> {
  let exitCode = 0;
  const program = new Command(NAME)
    .description('Azure AD authentication and Media Services access, both by REST alone.')
    .option('--live', 'use the endpoint of the settings; without AMS_ENDPOINT a local Azure is started')
    .option('--json', 'one JSON document, or one JSON object a line for lists')
    .option('-q, --quiet', 'print the result alone')
    .option('-v, --verbose', 'print each request and answer with headers, secrets hidden')
    .option('--no-color', 'no colours; so does NO_COLOR in the environment')
    .option(
      '--trace <file>',
      'write what went over the wire, secrets hidden, to a .har or .html file',
      collect,
    )
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: () => undefined, // Its words come back as an error.
    })
    .addHelpText('after', EXIT_CODES);
  for (const row of SETTINGS) if ('flag' in row) program.option(row.flag, `${row.what} (${row.name})`);

  /** Adds one command; `run` gets its arguments, and all options, those of every command included. */
  const command = (
    usage: string,
    summary: string,
    examples: readonly string[],
    run: (args: readonly string[], options: never) => Promise<unknown> | undefined,
    shape: (command: Command) => Command = (one) => one,
  ) =>
    shape(program.command(usage).description(summary).copyInheritedSettings(program))
      .addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${NAME} ${example}`).join('\n')}`)
      .action(async (...given: unknown[]) => {
        const self = given.pop() as Command;
        const options = { ...self.optsWithGlobals(), flags: settingFlags(program.opts()) };
        await asUsage(Promise.resolve(run(self.args, options as never)));
      });

  command(
    'demo',
    'authenticate, then the whole story: list, live channel, upload, encode, publish, read back',
    ['demo', 'demo --file holiday.mp4 --trace demo.html', 'demo --live --keep'],
    (_, options) => demo(options, world),
    (one) =>
      one
        .option('--file <path>', 'the file to upload (default: a small video that comes along)')
        .option('--keep', 'leave what the run created (only of use with --live)')
        .option('--new-account', 'create a Media Services account for the run, and delete it afterwards'),
  );
  command(
    'token',
    'get an access token and show what is in it',
    ['token', 'token --resource https://management.azure.com/', 'token --raw | pbcopy'],
    (_, options: GlobalOptions) => token(options, world),
    (one) => one.option('--raw', 'print the token alone, for piping'),
  );
  command(
    'call <verb> <path>',
    'the generic authorized request; the answer is JSON on stdout',
    [
      "call GET Assets --query '$top=1'",
      `call POST Assets --body '{"Name":"holiday"}'`,
      'call GET Jobs --all | jq -r .Name',
      'call POST Jobs --body @job.json',
    ],
    ([verb = '', path = ''], options: CallOptions) => call(verb, path, options, world),
    (one) =>
      one
        .option('--query <name=value>', 'a query option, not percent-encoded; as often as needed', collect)
        .option('--header <name: value>', 'a header to add or replace; as often as needed', collect)
        .option('--body <json>', 'the body: JSON, @file, or - for standard input')
        .option('--all', 'all pages, one entity a line'),
  );
  command(
    'list <set>',
    'list an entity set as a table',
    ['list MediaProcessors', `list Assets --filter "startswith(Name,'holi')" --top 10`, 'list Jobs --json'],
    ([set = ''], options: ListOptions) => list(set, options, world),
    (one) =>
      one
        .option('--filter <expression>', 'OData $filter')
        .option('--orderby <expression>', 'OData $orderby')
        .option('--top <number>', 'at most so many')
        .option('--columns <names>', 'properties to show, with commas between'),
  );
  command(
    'upload <file>',
    'upload a file into a new asset; goes on where it stopped with --asset',
    ['upload holiday.mp4', 'upload holiday.mp4 --asset nb:cid:UUID:…'],
    ([file = ''], options: UploadOptions) => upload(file, options, world),
    (one) =>
      one
        .option('--name <name>', 'name of the new asset (default: that of the file)')
        .option('--asset <id>', 'an asset that is there already'),
  );
  command(
    'download <asset> [file]',
    'download the files of an asset, or one of them',
    ['download nb:cid:UUID:… --to videos', 'download nb:cid:UUID:… holiday.mp4'],
    ([asset = '', file], options: GlobalOptions & { to: string }) => download(asset, file, options, world),
    (one) => one.option('--to <folder>', 'where to put them', '.'),
  );
  command(
    'encode <asset>',
    'encode an asset into a new one and follow the job',
    ['encode nb:cid:UUID:…', "encode nb:cid:UUID:… --preset 'Adaptive Streaming'"],
    ([asset = ''], options: EncodeOptions) => encode(asset, options, world),
    (one) =>
      one
        .option('--preset <name>', 'preset of the encoder (default: Content Adaptive Multiple Bitrate MP4)')
        .option('--processor <name>', 'media processor (default: Media Encoder Standard)')
        .option('--name <name>', 'name of the job'),
  );
  command(
    'watch <job>',
    'follow a job until it ends',
    ['watch nb:jid:UUID:…'],
    ([job = ''], options: GlobalOptions) => watch(job, options, world),
  );
  command(
    'publish <asset>',
    'publish an asset and print its streaming URLs',
    ['publish nb:cid:UUID:… --days 7'],
    ([asset = ''], options: GlobalOptions) => publish(asset, options, world),
    (one) => one.option('--days <number>', 'for how long (default: 30)'),
  );
  command(
    'account <action> [name]',
    'Media Services accounts by Resource Manager: create, list, delete',
    [
      'account create',
      'account create myaccount --location westeurope',
      'account list',
      'account delete myaccount',
    ],
    ([action, name], options: AccountOptions) => {
      if (action === 'create') return accountCreate(name, options, world);
      if (action === 'list') return accountList(options, world);
      if (action === 'delete' && name) return accountDelete(name, options, world);
      throw new UsageError(
        `account ${action ?? ''} does not say what to do: create [name], list, or delete <name>.`,
      );
    },
    (one) =>
      one
        .option('--location <region>', 'where to create it', 'westus')
        .option('--storage <name>', 'name of the new storage account (default: made of that of the account)')
        .option(
          '--principal <object id>',
          'who is to use it (default: the service principal that creates it)',
        ),
  );
  command(
    'emulator',
    'start the local Azure, print its settings for .env, and show what arrives',
    ['emulator > .env', 'emulator --port 0 --data azure'],
    (_, options: GlobalOptions & { port: string }) => emulator(options, world),
    (one) =>
      one
        .option('--port <number>', 'of the token endpoint and the REST API; 0 for any', '10800')
        .option('--data <folder>', 'keep everything there from one start to the next'),
  );
  command(
    'doctor',
    'look at everything that must be right, and say what to do',
    ['doctor', 'doctor --live'],
    async (_, options: GlobalOptions) => {
      exitCode = await doctor(options, world);
    },
  );
  command(
    'config',
    'show each setting and where it comes from',
    ['config', 'config --endpoint https://…'],
    (_, options: GlobalOptions) => {
      config(options, world);
      return undefined;
    },
  );
  command(
    `completion <shell>`,
    `print completions for ${SHELLS.join(', ')}`,
    ['completion bash'],
    ([shell = '']) => {
      world.stdout.write(completion(program, shell));
      return undefined;
    },
  );

  try {
    // pnpm hands `--` on to the script.
    const given = args.filter((arg) => arg !== '--');
    const words = [...program.commands.map((one) => one.name()), '-h', '--help'];
    const hasCommand = given.some((arg) => words.includes(arg)) || (given[0] && !given[0].startsWith('-'));
    await program.parseAsync(hasCommand ? given : ['demo', ...given], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw new UsageError(`${error.message.replace(/^error: /, '')}\nSee ${NAME} --help.`);
  }
}

const EXIT_CODES = `
Exit codes: 0 done, 1 a mistake of ours, 2 usage or settings, 3 authentication,
4 the service said no, 5 network, 130 interrupted.`;

/** An option that may be given several times. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The options that stand for settings, by the settings' names. */
function settingFlags(options: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  return Object.fromEntries(
    SETTINGS.flatMap((row) => {
      if (!('flag' in row)) return [];
      const key = row.flag
        .slice(2)
        .split(' ')[0]
        ?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      const value = key === undefined ? undefined : options[key];
      return typeof value === 'string' ? [[row.name, value]] : [];
    }),
  );
}
