/** What a person sees when something is wrong: one clear message, an exit code by kind, nothing left behind. */
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from 'ams-emulator';
import { contents } from './account-contents';
import { forEach, runCli, type Ended, withSignals } from './run-cli';

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'failures-'));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

async function expectCleanFailure(run: Ended, exitCode: number, message: RegExp): Promise<void> {
  expect(run.stderr).toMatch(message);
  expect(run.exitCode).toBe(exitCode);
  expect(run.stderr).not.toMatch(/\n\s+at /);
  expect(run.leftInTemp).toEqual([]);
  expect(run.output).not.toContain(emulator.clientSecret);
  expect(run.output).not.toMatch(/eyJ[\w-]{10}|sig=(?!REDACTED)/);
  expect(await contents(emulator, emulator.apiEndpoint)).toEqual([]);
}

describe('wrong settings', () => {
  it('names all that is missing at once', async () => {
    const run = await runCli({ args: ['demo', '--live'] });
    expect(run.exitCode).toBe(2);
    for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AMS_ENDPOINT'])
      expect(run.stderr).toMatch(new RegExp(`${name} +is missing`));
    expect(run.stderr).toContain('.env.example');
    expect(run.stdout).toBe('');
  });

  it('a wrong secret', async () => {
    const wrong = 'not~the.secret+&%=';
    const run = await runCli({ args: ['demo'], env: { ...emulator.env, AZURE_CLIENT_SECRET: wrong } });
    await expectCleanFailure(run, 3, /client secret is wrong[\s\S]*AZURE_CLIENT_SECRET[\s\S]*AADSTS7000215/);
    expect(run.output).not.toContain(wrong);
    expect(run.output).not.toContain(encodeURIComponent(wrong));
  });

  it('an unknown tenant', async () => {
    const run = await runCli({
      args: ['demo'],
      env: { ...emulator.env, AZURE_TENANT_ID: 'nowhere.onmicrosoft.com' },
    });
    await expectCleanFailure(run, 3, /no such directory[\s\S]*AZURE_TENANT_ID[\s\S]*AADSTS90002/);
  });

  it('an unknown client', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const run = await runCli({ args: ['demo'], env: { ...emulator.env, AZURE_CLIENT_ID: id } });
    await expectCleanFailure(run, 3, /no such application[\s\S]*AZURE_CLIENT_ID[\s\S]*AADSTS700016/);
  });

  it('a resource that the directory does not know', async () => {
    const run = await runCli({
      args: ['demo'],
      env: { ...emulator.env, AMS_RESOURCE: 'https://rest.media.azure.net/' },
    });
    await expectCleanFailure(run, 3, /resource is unknown[\s\S]*AMS_RESOURCE[\s\S]*AADSTS500011/);
  });

  it('a token for another resource', async () => {
    const run = await runCli({
      args: ['demo'],
      env: { ...emulator.env, AMS_RESOURCE: 'https://management.azure.com/' },
    });
    await expectCleanFailure(run, 3, /The service refused the token[\s\S]*AMS_RESOURCE/);
  });

  it.each([
    [['demo', '--flie', 'x'], /Did you mean --file/],
    [['demo', '--file'], /argument missing/],
    [['demo', '--quiet', '--verbose'], /exclude each other/],
  ])('a wrong option: %j', async (args, message) => {
    await expectCleanFailure(await runCli({ args }), 2, message);
  });

  it('a file that is not there', async () => {
    const run = await runCli({ args: ['demo', '--file', join(folder, 'none.mp4')] });
    await expectCleanFailure(run, 2, /none\.mp4 cannot be read \(ENOENT\)/);
  });

  it('an empty file', async () => {
    const path = join(folder, 'empty.mp4');
    writeFileSync(path, '');
    await expectCleanFailure(await runCli({ args: ['demo', '--file', path] }), 2, /is empty/);
  });
});

describe('the service is away', () => {
  it('a stopped emulator', async () => {
    const other = await startEmulator();
    await other.close();
    const run = await runCli({ args: ['demo'], env: other.env });
    await expectCleanFailure(
      run,
      5,
      /Nothing answers at http:\/\/127\.0\.0\.1:\d+[\s\S]*node \S+ams emulator/,
    );
  });

  it('the retired host: says so, what still works, and how to run locally', async () => {
    const AMS_ENDPOINT = 'https://nobody.restv2.nowhere.media.azure.net/api/';
    const run = await runCli({ args: ['demo'], env: { ...emulator.env, AMS_ENDPOINT } });
    await expectCleanFailure(
      run,
      5,
      /retired on 30 June 2024[\s\S]*still works[\s\S]*node \S+ams demo --local/,
    );
  });
});

describe('broken off half-way', () => {
  withSignals.each(['SIGINT', 'SIGTERM'] as const)(
    '%s in the middle of the upload',
    async (signal) => {
      const path = join(folder, `big-${signal}.mp4`);
      writeFileSync(path, '');
      truncateSync(path, 400 * 1024 * 1024);
      let sent = false;
      const run = await runCli({
        args: ['demo', '--file', path],
        env: emulator.env,
        onOutput: (stdout, child) => {
          if (sent || !/big-\w+\.mp4 \d+ %/.test(stdout)) return;
          sent = true;
          child.kill(signal);
        },
      });
      expect(run.stdout).not.toContain(' 100 %');
      await expectCleanFailure(run, 130, /Interrupted/);
    },
    120_000,
  );

  const onLinux = existsSync('/dev/full') ? it : it.skip;
  onLinux('a full disk below what is printed: says so once', async () => {
    const run = await runCli({ args: ['demo'], env: emulator.env, stdoutTo: '/dev/full' });
    await expectCleanFailure(run, 2, /The output cannot be written \(ENOSPC\)[\s\S]*Stopped/);
    expect(run.stderr.match(/ENOSPC/g)).toHaveLength(1);
  });

  withSignals('SIGINT on the embedded local Azure', async () => {
    let sent = false;
    const run = await runCli({
      args: ['demo'],
      onOutput: (stdout, child) => {
        if (sent || !stdout.includes('Follow the job')) return;
        sent = true;
        child.kill('SIGINT');
      },
    });
    await expectCleanFailure(run, 130, /Interrupted/);
    expect(run.stdout).toContain('all of it is gone');
  });
});

/** The first request to Media Services of each step, and how often the steps before sent one like it. */
function firstRequests(): { step: number; method: string; path: string; before: number }[] {
  const page = readFileSync(join(__dirname, '../../../docs/demo.md'), 'utf8');
  const seen: string[] = [];
  return page.split(/^ *(?=\d+\. )/m).flatMap((text) => {
    const step = Number(/^\d+/.exec(text)?.[0]);
    const requests = [...text.matchAll(/^ +(GET|POST|PATCH|DELETE) ([A-Z]\S*) .*→/gm)].map(
      ([, method = '', path = '']) => `${method} ${withoutIds(path)}`,
    );
    const [first] = requests;
    const before = seen.filter((each) => each === first).length;
    seen.push(...requests);
    const [method = '', path = ''] = first?.split(' ') ?? [];
    return first === undefined ? [] : [{ step, method, path, before }];
  });
}

/** `Jobs('…')/Tasks?$top=1000` becomes `Jobs()/Tasks`. */
const withoutIds = (path: string) =>
  decodeURIComponent(path)
    .replace(/\?.*/, '')
    .replace(/'[^']*'/g, '');

describe('a step that fails: what was made before is deleted', () => {
  const all = firstRequests();
  const cleanup = all.pop();
  let busy: Emulator;
  const runs = new Map<number, Ended & { left: readonly string[] }>();
  beforeAll(async () => {
    const accounts = all.map(({ step }) => `step${step}`);
    busy = await startEmulator({ jobDurationMs: 100, accounts: [...accounts, 'cleanup'] });
    await forEach(all, 4, async ({ step, method, path, before }) => {
      runs.set(step, await runRefusing(`step${step}`, method, path, before));
    });
  }, 900_000);
  afterAll(() => busy.close());

  /** Runs the demo in its own account, with one request refused. */
  async function runRefusing(account: string, method: string, path: string, before: number) {
    const endpoint = busy.accounts.find(({ name }) => name === account)?.apiEndpoint ?? '';
    const proxy = await refuse(endpoint, method, path, before);
    try {
      const env = { ...busy.env, AMS_ENDPOINT: proxy.url };
      const run = await runCli({ args: ['demo'], env });
      return { ...run, left: await contents(busy, endpoint) };
    } finally {
      proxy.server.closeAllConnections();
      proxy.server.close();
    }
  }

  it('all steps but those that ask Entra ID or Storage only are known', () => {
    expect(all.map(({ step }) => step)).toEqual([
      ...Array.from({ length: 17 }, (_, index) => index + 2),
      ...Array.from({ length: 9 }, (_, index) => index + 20),
    ]);
    expect(cleanup).toMatchObject({ method: 'DELETE' });
  });

  it.each(all)('step $step, at $method $path', ({ step }) => {
    const run = runs.get(step);
    expect(run?.stderr).toMatch(/403 .*none of that today/);
    expect(run?.exitCode).toBe(4);
    expect(run?.stdout).toMatch(new RegExp(`^ *${step}\\. `, 'm'));
    expect(run?.stdout).not.toMatch(new RegExp(`^ *${step + 1}\\. (?!Delete what)`, 'm'));
    expect(run?.left).toEqual([]);
  });

  it('the deletion itself: what is left is named', async () => {
    const run = await runRefusing('cleanup', cleanup?.method ?? '', cleanup?.path ?? '', 0);
    expect(run.stderr).toMatch(/^Could not delete Locators nb:lid:\S+ .*403 none of that today$/m);
    expect(run.stderr).toContain('The work is done, but one thing is left: delete what is named above.');
    expect(run.exitCode).toBe(4);
  });
});

it('a job that ends just before it is cancelled is deleted', async () => {
  const minutes = 60_000;
  const slow = await startEmulator({ jobDurationMs: 10 * minutes });
  let cancels = 0;
  const proxy = await refuse(slow.apiEndpoint, 'GET', 'Jobs()', 0, () => {
    cancels++;
    slow.clock.advance(11 * minutes);
  });
  try {
    const run = await runCli({ args: ['demo'], env: { ...slow.env, AMS_ENDPOINT: proxy.url } });
    expect(run.stderr).toMatch(/403 .*none of that today/);
    expect(run.stderr).not.toContain('Could not delete');
    expect(await contents(slow, slow.apiEndpoint)).toEqual([]);
    expect(cancels).toBe(1);
  } finally {
    proxy.server.closeAllConnections();
    proxy.server.close();
    await slow.close();
  }
}, 120_000);

/**
 * Stands in front of an account and refuses one request, after some like it.
 *
 * @param onCancel Called before a `CancelJob` is passed on.
 */
async function refuse(
  endpoint: string,
  refused: string,
  path: string,
  before: number,
  onCancel = () => {},
): Promise<{ server: Server; url: string }> {
  const target = new URL(endpoint);
  let seen = 0;
  const server = createServer((incoming, answer) => {
    const asked = withoutIds((incoming.url ?? '').slice(target.pathname.length));
    if (incoming.method === refused && asked === path && seen++ === before) {
      incoming.resume();
      answer.writeHead(403, { 'content-type': 'application/json;odata=verbose;charset=utf-8' });
      answer.end('{"error":{"code":"","message":{"lang":"en-US","value":"none of that today"}}}');
      return;
    }
    if (asked === 'CancelJob') onCancel();
    const { hostname, port } = target;
    const onward = forward({
      hostname,
      port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    });
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}${target.pathname}` };
}
