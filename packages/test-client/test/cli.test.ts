/** The command line itself: help that fits, suggestions that can be typed, exit codes, and what a shell makes of it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { startEmulator, type Emulator } from 'ams-emulator';
import { runCommandLine } from '../src/cli';
import { tellLine } from '../src/output/print';
import { COMMANDS } from '../src/commands/table';
import type { World } from '../src/context';
import { showValue } from '../src/output/columns';
import { runCli, withSignals } from './run-cli';

const ROOT = join(__dirname, '..', '..', '..');

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

function terminal(columns: number): { world: World; text: () => string } {
  let text = '';
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
  stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const { signal } = new AbortController();
  const world = {
    command: 'node ams',
    env: {},
    dotenv: {},
    stdin: process.stdin,
    stdout,
    stderr: stdout,
    signal,
  };
  return { world, text: () => text };
}

const NAMES = COMMANDS.map(({ usage }) => usage.split(' ')[0] ?? '');

describe.each([120, 80, 60])('help in %d columns', (columns) => {
  it.each(['', ...NAMES])('%s: fits, breaks between words, examples before options', async (name) => {
    const { world, text } = terminal(columns);
    expect(await runCommandLine([...(name ? [name] : []), '--help'], world)).toBe(0);
    const lines = text().split('\n');
    const words = (shown: string) => shown.replace(/\s+/g, ' ');
    for (const line of lines.filter((one) => !one.includes('node ams')))
      expect(line.length).toBeLessThanOrEqual(columns);
    const row = COMMANDS.find(({ usage }) => usage.split(' ')[0] === name);
    for (const [, description] of row?.options ?? []) expect(words(text())).toContain(description);
    const examples = lines.findIndex((line) => line === 'Examples:');
    const options = lines.findIndex((line) => /^Options|^\s+-/.test(line));
    expect(examples).toBeGreaterThan(0);
    expect(examples).toBeLessThan(options);
    expect(options).toBeLessThanOrEqual(name !== '' ? 25 : columns < 80 ? 42 : 27);
  });
});

it('without a command it prints help and runs nothing', async () => {
  const run = await runCli();
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toMatch(/^Usage: /);
  expect(run.stdout).toBe((await runCli({ args: ['--help'] })).stdout);
});

describe('what is suggested can be typed', () => {
  /** Runs a line as a shell in `cwd` does. */
  const type = (line: string, cwd: string) => execFileSync('sh', ['-c', line], { cwd }).toString();

  it.each([ROOT, join(ROOT, 'packages', 'test-client'), tmpdir()])('in %s', (cwd) => {
    const wrong = execFileSync('sh', ['-c', `node "${join(ROOT, 'ams.js')}" lits 2>&1 || true`], {
      cwd,
    }).toString();
    const suggested = /^For help: (.*)$/m.exec(wrong)?.[1] ?? '';
    expect(type(suggested, cwd)).toMatch(/^Usage: node /);
    const settings = execFileSync('sh', ['-c', `${suggested.replace('--help', 'config')} --live --json`], {
      cwd,
    });
    expect(JSON.parse(settings.toString())).toHaveProperty('settings');
  });

  it('in the root it is `node ams`', () => {
    expect(type('node ams --help', ROOT)).toMatch(/^Usage: node ams \[options\]/);
  });

  it('neither the tool nor a document sends anybody to the package of that name', () => {
    const sources = readdirSync(join(ROOT, 'packages/test-client/src'), {
      recursive: true,
      withFileTypes: true,
    })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
    const pages = execFileSync('git', ['ls-files', '*.md', '.env.example'], { cwd: ROOT })
      .toString()
      .trim()
      .split('\n')
      .map((one) => join(ROOT, one));
    for (const path of [...sources, ...pages])
      expect(readFileSync(path, 'utf8')).not.toMatch(/\b(npx|pnpm dlx|npm exec)( -\S+)* ams(?![\w-])/);
  });
});

describe('exit codes', () => {
  it('the retired host: the same for list and doctor', async () => {
    const AMS_ENDPOINT = 'https://nobody.restv2.nowhere.media.azure.net/api/';
    for (const args of [['list', 'Assets'], ['doctor']]) {
      const run = await runCli({ args, env: { ...emulator.env, AMS_ENDPOINT } });
      expect(run.output).toContain('retired on 30 June 2024');
      expect(run.exitCode).toBe(5);
    }
  });

  it('an unknown tenant: the same for token and doctor', async () => {
    for (const args of [['token'], ['doctor']]) {
      const run = await runCli({ args, env: { ...emulator.env, AZURE_TENANT_ID: 'nowhere.example' } });
      expect(run.exitCode).toBe(args[0] === 'token' ? 3 : 2);
    }
  });

  it('a trace that cannot be written at the end: does not hide the result of the command', async () => {
    const path = join(folder, 'taken.har');
    mkdirSync(`${path}.partial`);
    const failed = await runCli({
      args: ['token', '--trace', path],
      env: { ...emulator.env, AZURE_CLIENT_SECRET: 'not-the-secret' },
    });
    expect(failed.exitCode).toBe(3);
    expect(failed.stderr).toMatch(
      /taken\.har\.partial cannot be [a-z]+: it is a folder[\s\S]*client secret is wrong/,
    );
    const done = await runCli({ args: ['token', '--raw', '--trace', path], env: emulator.env });
    expect(done.stdout).toMatch(/^eyJ/);
    expect(done.stderr).toMatch(/taken\.har\.partial cannot be/);
    expect(done.exitCode).toBe(2);
  });
});

describe('answers of any size and shape', () => {
  it('JSON that is nested 100 000 deep: a clear error', async () => {
    const server = createServer((_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(`{"d":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const AMS_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
      const run = await runCli({ args: ['call', 'GET', 'Assets'], env: { ...emulator.env, AMS_ENDPOINT } });
      expect(run.stderr).toMatch(/nested too deeply/);
      expect(run.exitCode).toBe(4);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('a list as JSON waits for its reader', async () => {
    const { world } = terminal(80);
    const stdout = new PassThrough({ highWaterMark: 1 });
    let told = false;
    const telling = tellLine({ ...world, stdout }, { Id: '1' }).then(() => (told = true));
    await new Promise(setImmediate);
    expect(told).toBe(false);
    stdout.resume();
    await telling;
    expect(told).toBe(true);
    stdout.end();
    await once(stdout, 'end');
  });

  it.each([
    ['Assets', 'Created', '/Date(1795415570123)/', '2026-11-23T06:32:50.123Z'],
    ['Assets', 'Created', '/Date(1795415570000+0000)/', '2026-11-23T06:32:50Z'],
    ['Assets', 'Name', '/Date(x)/', '/Date(x)/'],
    ['Assets', 'Name', '/Date(99999999999999999)/', '/Date(99999999999999999)/'],
    ['Jobs', 'State', 3, 'Finished'],
    ['Jobs', 'State', 99, '99'],
    ['Locators', 'Path', 'https://x.example/c?sig=abc', 'https://x.example/c?sig=REDACTED'],
  ])('%s.%s %j is shown as %s', (entitySet, column, value, shown) => {
    expect(showValue(entitySet, column, value)).toBe(shown);
  });
});

withSignals('Ctrl-C on the emulator ends it without a word', async () => {
  const run = await runCli({
    args: ['emulator', '--port', '0', '--quiet'],
    onOutput: (stdout, child) => {
      if (stdout.includes('AMS_ENDPOINT=')) child.kill('SIGINT');
    },
  });
  expect(run.exitCode).toBe(0);
  expect(run.stderr).toBe('');
});
