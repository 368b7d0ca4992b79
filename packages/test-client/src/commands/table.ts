/* eslint-disable @typescript-eslint/no-require-imports -- a command is loaded when it is run, which halves the start */
/** The command table: every command with its arguments, options and examples; help and completions come from it. */
import type { Command } from 'commander';
import type { World } from '../context';
import { UsageError } from '../errors';
import type * as Account from './account';
import type * as Assets from './assets';
import type * as Call from './call';
import type * as Completion from './completion';
import type * as Config from './config';
import type * as Demo from './demo';
import type * as Doctor from './doctor';
import type * as Emulator from './emulator';
import type * as List from './list';
import type * as Media from './media';
import type * as Package from './package';
import type * as Token from './token';
import type * as Transfer from './transfer';

export interface CommandRow {
  readonly usage: string;
  readonly summary: string;
  /** Each as it is typed after the name of the tool. */
  readonly examples: readonly string[];
  readonly options?: readonly (readonly [flags: string, description: string, fallback?: string])[];
  /** Gets the arguments and all options, those of every command included; returns an exit code if it is not 0. */
  readonly run: (
    args: readonly string[],
    options: never,
    world: World,
    program: Command,
  ) => Promise<number | undefined>;
}

const STORAGE = [
  '--storage <account>',
  'the storage account (default: AZURE_STORAGE_ACCOUNT): its name, its blob endpoint, or - for a URL with a SAS on ' +
    'standard input. Permission comes from that SAS, AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, or else the ' +
    'credential that the variables of Azure tools describe; none of them belongs on the command line',
] as const;

export const COMMANDS: readonly CommandRow[] = [
  {
    usage: 'demo',
    summary: 'run the whole story, from the token to a published video',
    examples: ['demo', 'demo --file holiday.mp4 --trace demo.html', 'demo --live --keep'],
    options: [
      ['--file <path>', 'the file to upload (default: a small video that comes with the project)'],
      ['--keep', 'keep what the run creates; a local Azure that was started for the run ends all the same'],
      ['--new-account', 'create a Media Services account for the run, and delete it afterwards'],
    ],
    run: (_, options, world) => (require('./demo') as typeof Demo).demo(options, world),
  },
  {
    usage: 'token',
    summary: 'get an access token and show its claims',
    examples: ['token', 'token --resource https://graph.microsoft.com', 'token --raw | pbcopy'],
    options: [['--raw', 'print only the token, for piping']],
    run: (_, options, world) => (require('./token') as typeof Token).token(options, world),
  },
  {
    usage: 'call <verb> <path-or-url>',
    summary: 'send one authorized request; the answer is JSON on stdout',
    examples: [
      "call GET Assets --query '$top=1'",
      `call POST Assets --body '{"Name":"holiday"}'`,
      'call GET Jobs --all | jq -r .Name',
      'call GET https://graph.microsoft.com/v1.0/organization',
    ],
    options: [
      ['--query <name=value>', 'a query option, not percent-encoded; can be repeated'],
      ['--header <name: value>', 'a header to add or replace; can be repeated'],
      ['--body <json>', 'the body: JSON, @file, or - for standard input'],
      ['--all', 'all pages, one entity a line'],
    ],
    run: ([verb = '', path = ''], options, world) =>
      (require('./call') as typeof Call).call(verb, path, options, world),
  },
  {
    usage: 'list <set>',
    summary: 'list an entity set as a table',
    examples: [
      'list MediaProcessors',
      `list Assets --filter "startswith(Name,'holi')" --top 10`,
      'list Jobs --json',
    ],
    options: [
      ['--filter <expression>', 'OData $filter'],
      ['--orderby <expression>', 'OData $orderby'],
      ['--top <number>', 'the largest number of entities'],
      ['--columns <names>', 'the properties to show, separated by commas'],
    ],
    run: ([set = ''], options, world) => (require('./list') as typeof List).list(set, options, world),
  },
  {
    usage: 'upload <file>',
    summary: 'upload a file into a new asset, or continue an upload',
    examples: ['upload holiday.mp4', 'upload holiday.mp4 --asset nb:cid:UUID:…'],
    options: [
      ['--name <name>', 'the name of the new asset (default: that of the file)'],
      ['--asset <id>', 'an existing asset, to continue an upload that stopped'],
    ],
    run: ([file = ''], options, world) =>
      (require('./transfer') as typeof Transfer).upload(file, options, world),
  },
  {
    usage: 'download <asset> [file]',
    summary: 'download the files of an asset, or continue a download',
    examples: ['download nb:cid:UUID:… --to videos', 'download nb:cid:UUID:… holiday.mp4'],
    options: [['--to <folder>', 'the folder for the files', '.']],
    run: ([asset = '', file], options, world) =>
      (require('./transfer') as typeof Transfer).download(asset, file, options, world),
  },
  {
    usage: 'encode <asset>',
    summary: 'encode an asset into a new one and follow the job',
    examples: ['encode nb:cid:UUID:…', "encode nb:cid:UUID:… --preset 'Adaptive Streaming'"],
    options: [
      ['--preset <name>', 'the encoder’s preset (default: Content Adaptive Multiple Bitrate MP4)'],
      ['--processor <name>', 'the media processor (default: Media Encoder Standard)'],
      ['--name <name>', 'the name of the job'],
    ],
    run: ([asset = ''], options, world) => (require('./media') as typeof Media).encode(asset, options, world),
  },
  {
    usage: 'watch <job>',
    summary: 'follow a job until it ends',
    examples: ['watch nb:jid:UUID:…'],
    run: ([job = ''], options, world) => (require('./media') as typeof Media).watch(job, options, world),
  },
  {
    usage: 'publish <asset>',
    summary: 'publish an asset and print its streaming URLs',
    examples: ['publish nb:cid:UUID:… --days 7'],
    options: [['--days <number>', 'for how many days (default: 30)']],
    run: ([asset = ''], options, world) =>
      (require('./media') as typeof Media).publish(asset, options, world),
  },
  {
    usage: 'assets',
    summary: 'list old assets in Storage and what each holds',
    examples: [
      'assets --storage mystorage',
      'assets --storage https://mystorage.blob.core.windows.net --json',
      'assets --storage - < sas-url.txt',
    ],
    options: [STORAGE],
    run: (_, options, world) => (require('./assets') as typeof Assets).assets(options, world),
  },
  {
    usage: 'package <container>',
    summary: 'package an old asset as HLS and DASH files, straight from Storage',
    examples: [
      'package asset-GUID --storage mystorage --to film',
      'package asset-GUID --storage mystorage --to film --file "film 720p.mp4"',
      'package asset-GUID --storage mystorage --to-container film',
    ],
    options: [
      STORAGE,
      ['--to <folder>', 'the folder for the result; the same command continues an interrupted one'],
      ['--to-container <name>', 'a container of the storage account for the result, instead of a folder'],
      ['--file <name>', 'the .ism or MP4 file to package, where the container has several'],
    ],
    run: ([container = ''], options, world) =>
      (require('./package') as typeof Package).packageAsset(container, options, world),
  },
  {
    usage: 'account <action> [name]',
    summary: 'create, list or delete Media Services accounts',
    examples: [
      'account create',
      'account create myaccount --location westeurope',
      'account list',
      'account delete myaccount',
    ],
    options: [
      ['--location <region>', 'where to create it', 'westus'],
      ['--storage <name>', 'the name of the new storage account (default: made from the account’s name)'],
      ['--principal <object id>', 'who is to use it (default: the service principal that creates it)'],
    ],
    run: ([action, name], options, world) => {
      const account = require('./account') as typeof Account;
      if (action === 'create') return account.accountCreate(name, options, world);
      if (action === 'list') return account.accountList(options, world);
      if (action === 'delete' && name) return account.accountDelete(name, options, world);
      throw new UsageError(`account ${action ?? ''} needs an action: create [name], list, or delete <name>.`);
    },
  },
  {
    usage: 'emulator',
    summary: 'start the local Azure and print its settings for .env',
    examples: ['emulator > .env', 'emulator --port 0 --data azure', 'emulator --https --acs'],
    options: [
      [
        '--port <number>',
        'port of the token endpoint and the REST API; default 10800, or with --data the port of the last start; 0 for any free port',
      ],
      ['--host <address>', 'address to listen on (default: 127.0.0.1)'],
      [
        '--host-name <name>',
        'a further host name that clients use, for example a container’s; can be repeated',
      ],
      [
        '--allow-remote',
        'required with a --host that other machines can reach; the emulator is not secured for that',
      ],
      ['--data <folder>', 'keep all data in that folder across restarts'],
      ['--seed <text>', 'the same ids and times at each start'],
      ['--account <name>', 'name of a Media Services account; can be repeated'],
      ['--https', 'serve by https; prints the certificate to trust'],
      ['--acs', 'also serve the token endpoint that preceded Azure AD; prints the account keys'],
    ],
    run: (_, options, world) => (require('./emulator') as typeof Emulator).emulator(options, world),
  },
  {
    usage: 'doctor',
    summary: 'check what is configured, and say what to change',
    examples: ['doctor', 'doctor --live'],
    run: (_, options, world) => (require('./doctor') as typeof Doctor).doctor(options, world),
  },
  {
    usage: 'config',
    summary: 'show each setting and where it comes from',
    examples: ['config', 'config --endpoint https://…'],
    run: (_, options, world) => (require('./config') as typeof Config).config(options, world),
  },
  {
    usage: 'completion <shell>',
    summary: 'print the command ams and completions for bash, zsh, fish',
    examples: ['completion bash'],
    run: ([shell = ''], _, world, program) =>
      (require('./completion') as typeof Completion).completion(shell, world, program),
  },
];
