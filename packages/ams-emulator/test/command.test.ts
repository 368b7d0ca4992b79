import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFailure } from '../src/start-failure';

// Runs what was built before all tests, which starts faster than the sources.
const command = join(__dirname, '../bin/ams-emulator.js');

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. `onOutput` gets all output so far and may send a signal. */
function run(
  flags: readonly string[],
  onOutput?: (text: string, stop: (signal: NodeJS.Signals) => void) => void,
): Promise<Run> {
  const child = spawn(process.execPath, [command, ...flags]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    onOutput?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A process on Windows cannot be sent a signal: `kill` ends it without warning. */
const withSignals = process.platform === 'win32' ? test.skip : test;

withSignals.each(['SIGINT', 'SIGTERM'] as const)(
  'prints settings that work, and stops on %s',
  async (signal) => {
    let token: Promise<Response> | undefined;
    const { code, stdout, stderr } = await run(['--port', '0'], (text, stop) => {
      if (token !== undefined || !text.includes('# Stop')) return;
      const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
      token = fetch(`${setting('AZURE_AUTHORITY_HOST')}/${setting('AZURE_TENANT_ID')}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: setting('AZURE_CLIENT_ID'),
          client_secret: setting('AZURE_CLIENT_SECRET'),
          resource: 'https://rest.media.azure.net',
        }),
      });
      void token.then(() => stop(signal));
    });
    expect((await token)?.status).toBe(200);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^AMS_ENDPOINT=http:\/\/127\.0\.0\.1:\d+\/api\/$/m);
  },
);

test.each([
  ['an unknown flag', ['--nonsense'], '--nonsense'],
  ['an impossible port', ['--port', '99999'], '--port'],
  ['a seed with data', ['--seed', 'x', '--data', 'y'], '--seed'],
  ['an invalid account name', ['--account', 'My Account'], '--account'],
  ['a host that others can reach', ['--host', '0.0.0.0'], '--allow-remote'],
])('%s is one message and exit code 2', async (_name, flags, named) => {
  const { code, stdout, stderr } = await run(flags);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^ams-emulator: [^\n]*\n$/);
  expect(stderr).toContain(named);
});

withSignals(
  '--acs prints the name and the key of each account, with which an old client signs in',
  async () => {
    let asked: Promise<number[]> | undefined;
    const flags = ['--port', '0', '--acs', '--account', 'films', '--account', 'archive'];
    const { code, stdout } = await run(flags, (text, stop) => {
      if (asked !== undefined || !text.includes('# Stop')) return;
      const endpoint = /^# Access Control Service: (\S+)$/m.exec(text)?.[1] ?? '';
      const accounts = [...text.matchAll(/^# Account (\w+): \S+, account key (\S+)$/gm)];
      const signIns = accounts.map(async ([, client_id = '', client_secret = '']) => {
        const scope = 'urn:WindowsAzureMediaServices';
        const form = { grant_type: 'client_credentials', client_id, client_secret, scope };
        return (await fetch(endpoint, { method: 'POST', body: new URLSearchParams(form) })).status;
      });
      asked = Promise.all(signIns).finally(() => stop('SIGTERM'));
    });
    expect(await asked).toEqual([200, 200]);
    expect([code, /account key/.test(stdout)]).toEqual([0, true]);
  },
);

test('a port in use is one message and exit code 1', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as AddressInfo;
  const { code, stderr } = await run(['--port', String(port)]);
  await new Promise((resolve) => blocker.close(resolve));
  expect(code).toBe(1);
  expect(stderr).toBe(
    `ams-emulator: port ${port} is in use; choose another with --port, or stop what uses it\n`,
  );
});

test('--help explains every flag', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  for (const flag of [
    'port',
    'host',
    'host-name',
    'allow-remote',
    'data',
    'seed',
    'account',
    'https',
    'acs',
    'help',
  ]) {
    expect(stdout).toContain(`--${flag} `);
  }
});

test('a port that the user may not open is explained', () => {
  const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES', port: 80 });
  expect(startFailure(error)).toBe('this user may not listen on port 80; choose one above 1023 with --port');
  expect(startFailure(new Error('disk full'))).toBe('cannot start: disk full');
});

withSignals('a second command on one data folder ends with the reason', async () => {
  const data = await mkdtemp(join(tmpdir(), 'command-'));
  let second: Promise<Run> | undefined;
  const first = await run(['--port', '0', '--data', data], (text, stop) => {
    if (second !== undefined || !text.includes('# Stop')) return;
    second = run(['--port', '0', '--data', data]);
    void second.then(() => stop('SIGTERM'));
  });
  await rm(data, { recursive: true });
  expect(first.code).toBe(0);
  expect((await second)?.code).toBe(1);
  expect((await second)?.stderr).toMatch(
    /^ams-emulator: cannot start: the data folder \S+ is in use by process \d+; .*\n$/,
  );
});
