import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
const command = [
  '--conditions=@ams-rest/source',
  '--require',
  'ts-node/register/transpile-only',
  join(__dirname, '../src/main.ts'),
];

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end; `onOutput` sees all that was printed so far and may send a signal. */
function run(
  flags: readonly string[],
  onOutput?: (text: string, stop: (signal: NodeJS.Signals) => void) => void,
): Promise<Run> {
  const child = spawn(process.execPath, [...command, ...flags], { cwd: root });
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

test.each(['SIGINT', 'SIGTERM'] as const)('prints settings that work, and stops on %s', async (signal) => {
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
});

test.each([
  ['an unknown flag', ['--nonsense'], '--nonsense'],
  ['a port that is none', ['--port', '99999'], '--port'],
  ['a seed with data', ['--seed', 'x', '--data', 'y'], '--seed'],
  ['a name that is none', ['--account', 'My Account'], '--account'],
  ['a host that others can reach', ['--host', '0.0.0.0'], '--allow-remote'],
])('%s is one message and exit code 2', async (_name, flags, named) => {
  const { code, stdout, stderr } = await run(flags);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^ams-emulator: [^\n]*\n$/);
  expect(stderr).toContain(named);
});

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
  for (const flag of ['port', 'host', 'allow-remote', 'data', 'seed', 'account', 'https', 'acs', 'help']) {
    expect(stdout).toContain(`--${flag} `);
  }
});
