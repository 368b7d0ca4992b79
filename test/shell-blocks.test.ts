/**
 * Every command in a shell block of a document is run here, run by another test, or marked as not run with the reason.
 *
 * What is run here runs in a folder that looks like a clone, with only Node and npm on the PATH.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { markdownFiles, readText, ROOT } from './markdown';

interface Command {
  readonly page: string;
  readonly text: string;
  /** The reason in `<!-- not run: … -->` before the block. */
  readonly notRun: string | undefined;
}

const BLOCK = /(?:<!-- not run: (.+?) -->\n\n)?^ *```(?:sh|bash|console|powershell)\n([^]*?)^ *```$/gm;

/** The commands of a block: continued lines joined, comments and indentation left out. */
function commandsOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter(Boolean);
}

const commands: Command[] = markdownFiles().flatMap((path) =>
  [...readText(path).matchAll(BLOCK)].flatMap(([, notRun, block = '']) =>
    commandsOf(block).map((text) => ({ page: relative(ROOT, path), text, notRun })),
  ),
);

/** What is run below, and a line that it prints. */
const RUN_HERE: ReadonlyMap<string, RegExp> = new Map([
  ['node ams --help', /^Usage: node .*ams /m],
  ['node ams demo --file holiday.mp4', /holiday\.mp4/],
  ['node ams demo --keep', /^Done/m],
  ['node ams token --trace out.html', /^A bearer token for /m],
]);

/** Pages and commands that other tests run, and the name of the test or the line that does it. */
const RUN_ELSEWHERE: Readonly<Record<string, readonly [file: string, line: string]>> = {
  'docs/recipes/curl.md': ['packages/conformance/test/bridge.test.ts', 'runs as it is written'],
  'docs/translating/smallest.md': ['packages/conformance/test/bridge.test.ts', 'runs as it is written'],
  'npx -y pnpm@10 demo': ['packages/test-client/test/demo.test.ts', 'fromSource: true'],
  'npx -y pnpm@10 install': ['.github/workflows/ci.yml', 'npx -y pnpm@10 install'],
  'npx -y pnpm@10 test': ['.ci/run', 'pnpm test'],
  '.ci/run': ['.github/workflows/ci.yml', 'run: .ci/run'],
  'npx -y pnpm@10 emulator': ['packages/test-client/test/commands.test.ts', "describe('emulator'"],
  'node ams emulator > .env': ['packages/test-client/test/commands.test.ts', "describe('emulator'"],
  'node ams list Assets': ['packages/test-client/test/commands.test.ts', "ams('list'"],
  'node ams call GET Jobs --all | jq -r .Name': [
    'packages/test-client/test/commands.test.ts',
    '--all prints one',
  ],
  'NO_PROXY=localhost,127.0.0.1,169.254.169.254': [
    'packages/ams-rest/test/networking.test.ts',
    'NO_PROXY goes straight to the service',
  ],
};

const runHere = ({ text, notRun }: Command) => notRun === undefined && RUN_HERE.has(text);
const runElsewhere = ({ page, text }: Command) => page in RUN_ELSEWHERE || text in RUN_ELSEWHERE;

it('every command is run or marked', () => {
  const neither = commands.filter(
    (command) => command.notRun === undefined && !runHere(command) && !runElsewhere(command),
  );
  expect(neither.map(({ page, text }) => `${page}: ${text}`)).toEqual([]);
});

it('no entry of the tables is left over', () => {
  const texts = new Set(commands.flatMap(({ page, text }) => [page, text]));
  expect([...RUN_HERE.keys(), ...Object.keys(RUN_ELSEWHERE)].filter((entry) => !texts.has(entry))).toEqual(
    [],
  );
});

it.each(Object.entries(RUN_ELSEWHERE))('%s is run where the table says', (_, [file, line]) => {
  expect(readText(join(ROOT, file))).toContain(line);
});

it('every script that a document names is in package.json', () => {
  const { scripts } = JSON.parse(readText(join(ROOT, 'package.json'))) as { scripts: Record<string, string> };
  const named = markdownFiles().flatMap((path) =>
    [...readText(path).matchAll(/npx -y pnpm@10 (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(20);
  const own = ['install', 'publish'];
  expect([...new Set(named)].filter((name) => !(name in scripts) && !own.includes(name))).toEqual([]);
});

describe('with only Node and npm on the PATH', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ams-commands-'));
    path = join(folder, 'bin');
    mkdirSync(path);
    symlinkSync(process.execPath, join(path, 'node'));
    for (const name of ['npm', 'npx']) symlinkSync(join(dirname(process.execPath), name), join(path, name));
    const clone = join(folder, 'clone');
    mkdirSync(clone);
    for (const name of readdirSync(ROOT))
      if (!name.startsWith('.')) symlinkSync(join(ROOT, name), join(clone, name));
    copyFileSync(join(ROOT, 'packages/test-client/media/sample.mp4'), join(clone, 'holiday.mp4'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  (process.platform === 'win32' ? it.skip.each : it.each)([...RUN_HERE])(
    '%s',
    async (text, shown) => {
      const child = spawn('/bin/sh', ['-c', text], {
        cwd: join(folder, 'clone'),
        env: { PATH: path, HOME: folder, TMPDIR: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (data: string) => (output += data));
      child.stderr.setEncoding('utf8').on('data', (data: string) => (output += data));
      const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
      expect(output).toMatch(shown);
      expect(code).toBe(0);
      for (const page of text.match(/\S+\.html/) ?? [])
        expect(readText(join(folder, 'clone', page))).toContain('<html');
    },
    120_000,
  );
});
