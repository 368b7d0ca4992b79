/** What a run leaves behind when it is stopped, at each of its steps in turn and in each way a process is stopped. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from 'ams-emulator';
import { contents } from './account-contents';
import { forEach, runCli } from './run-cli';

/** Long enough that what a step began is still going on when the process is told to stop. */
const OPERATION_MS = 2000;
/** The page is what the demo prints, as demo.test.ts checks. */
const DEMO_STEPS =
  readFileSync(join(__dirname, '../../../docs/demo.md'), 'utf8').match(/^ *\d+\. /gm)?.length ?? 0;
const UPLOAD_STEPS = 4;
const ACCOUNT_STEPS = 8;

const WAYS: Readonly<Record<string, (child: ChildProcess) => void>> = {
  SIGINT: (child) => child.kill('SIGINT'),
  SIGTERM: (child) => child.kill('SIGTERM'),
  SIGHUP: (child) => child.kill('SIGHUP'),
  'a closed pipe': (child) => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  },
};

/** Stops the process in one of the ways as soon as it prints the title of a step. */
function stopAt(step: number, way: string) {
  let stopped = false;
  return (stdout: string, child: ChildProcess) => {
    if (stopped || !new RegExp(`^ *${step}\\. `, 'm').test(stdout)) return;
    stopped = true;
    WAYS[way]?.(child);
  };
}

const cases = (steps: number) =>
  Array.from({ length: steps }, (_, index) => {
    const ways = Object.keys(WAYS);
    return { step: index + 1, way: ways[index % ways.length] ?? '' };
  });

/** A process on Windows cannot be sent a signal: `kill` ends it without warning. */
const withSignals = process.platform === 'win32' ? describe.skip : describe;

withSignals('the demo, stopped at each of its steps', () => {
  const all = cases(DEMO_STEPS);
  let emulator: Emulator;
  const outcomes = new Map<number, { exitCode: number | null; left: readonly string[] }>();
  beforeAll(async () => {
    emulator = await startEmulator({
      operationDurationMs: OPERATION_MS,
      jobDurationMs: OPERATION_MS,
      accounts: all.map(({ step }) => `step${step}`),
    });
    await forEach(all, 4, async ({ step, way }) => {
      const AMS_ENDPOINT = emulator.accounts[step - 1]?.apiEndpoint ?? '';
      const env = { ...emulator.env, AMS_ENDPOINT };
      const { exitCode } = await runCli({ args: ['demo'], env, onOutput: stopAt(step, way) });
      outcomes.set(step, { exitCode, left: await contents(emulator, AMS_ENDPOINT) });
    });
  }, 900_000);
  afterAll(() => emulator.close());

  it.each(all)('step $step by $way: nothing is left', ({ step }) => {
    const { exitCode, left } = outcomes.get(step) ?? {};
    expect(left).toEqual([]);
    // The work may have ended before the process is told to stop.
    expect(step >= DEMO_STEPS - 1 ? [0, 130] : [130]).toContain(exitCode);
  });
});

withSignals('upload, stopped at each of its steps', () => {
  const all = Array.from({ length: UPLOAD_STEPS }, (_, index) => index + 1).flatMap((step) =>
    Object.keys(WAYS).map((way) => ({
      step,
      way,
      account: `step${step}${way.replace(/\W/g, '').toLowerCase()}`,
    })),
  );
  let emulator: Emulator;
  let folder: string;
  const outcomes = new Map<string, { exitCode: number | null; stderr: string; left: readonly string[] }>();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interruptions-'));
    const path = join(folder, 'film.mp4');
    writeFileSync(path, Buffer.alloc(20_000_000));
    emulator = await startEmulator({ accounts: all.map(({ account }) => account) });
    await forEach(all, 4, async ({ step, way, account }) => {
      const AMS_ENDPOINT = emulator.accounts.find(({ name }) => name === account)?.apiEndpoint ?? '';
      const env = { ...emulator.env, AMS_ENDPOINT };
      const run = await runCli({ args: ['upload', path], env, onOutput: stopAt(step, way) });
      outcomes.set(account, { ...run, left: await contents(emulator, AMS_ENDPOINT) });
    });
  }, 900_000);
  afterAll(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  it.each(all)('step $step by $way: nothing is left but an asset to go on with', ({ step, way, account }) => {
    const { exitCode, stderr = '', left = [] } = outcomes.get(account) ?? {};
    // What is sent at the last steps may be complete before the process is told to stop.
    expect(step > 2 ? [0, 130] : [130]).toContain(exitCode);
    expect(left.filter((one) => !/^(Assets|Files) /.test(one))).toEqual([]);
    const toGoOn = /upload \S+ --asset (\S+)/.exec(stderr)?.[1];
    if (exitCode === 130 && way !== 'a closed pipe')
      expect(left.filter((one) => one.startsWith('Assets '))).toEqual(toGoOn ? [`Assets ${toGoOn}`] : []);
  });
});

withSignals('account create, stopped at each of its steps', () => {
  const all = cases(ACCOUNT_STEPS);
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ operationDurationMs: OPERATION_MS });
  });
  afterAll(() => emulator.close());

  it.each(all)(
    'step $step by $way: nothing is left',
    async ({ step, way }) => {
      const before = await accounts(emulator);
      const name = `stopped${step}`;
      const run = await runCli({
        args: ['account', 'create', name],
        env: emulator.env,
        onOutput: stopAt(step, way),
      });
      const isDone = step === ACCOUNT_STEPS && run.exitCode === 0;
      expect(run.exitCode).toBe(isDone ? 0 : 130);
      expect(await accounts(emulator)).toHaveLength(before.length + (isDone ? 2 : 0));
    },
    180_000,
  );
});

/** Media Services and storage accounts of the subscription. */
async function accounts({ managementEndpoint, subscriptionId, ...emulator }: Emulator): Promise<string[]> {
  const token = await fetch(`${emulator.authorityHost}/${emulator.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
      scope: 'https://management.azure.com/.default',
    }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const found: string[] = [];
  for (const [provider, version] of [
    ['Microsoft.Media/mediaservices', '2018-07-01'],
    ['Microsoft.Storage/storageAccounts', '2019-06-01'],
  ]) {
    const url = `${managementEndpoint}/subscriptions/${subscriptionId}/providers/${provider ?? ''}?api-version=${version ?? ''}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
    expect(answer.status).toBe(200);
    const { value } = (await answer.json()) as { value: { name: string }[] };
    found.push(...value.map(({ name }) => name));
  }
  return found;
}
