/** Runs the console client as a person would: as a process, in an empty folder, without a `.env`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');

/** ts-node keeps compiled code here, for every program that uses it. */
const NOT_OURS = /^v8-compile-cache|^\.env$/;

const FROM_SOURCE = [
  '--conditions=@ams-rest/source',
  '--require',
  require.resolve('ts-node/register/transpile-only'),
  join(ROOT, 'packages/test-client/src/main.ts'),
];

/** A process on Windows cannot be sent a signal: `kill` ends it without warning. */
export const withSignals = process.platform === 'win32' ? it.skip : it;

/** The line by which a command says that it runs on a local Azure. */
const LOCAL_NOTE = /^Note: this runs on a local Azure.*\n/;

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Without `localNote`. */
  readonly stderr: string;
  /** The line that says that the command runs on a local Azure; empty when it does not. */
  readonly localNote: string;
  /** Both, in no particular order. */
  readonly output: string;
  /** What the run left in its temporary folder. */
  readonly leftInTemp: readonly string[];
}

export interface RunOptions {
  /** As `pnpm demo` does, by ts-node; else as `node ams` does, which starts in a thirtieth of the time. */
  readonly fromSource?: boolean;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The text of a `.env` file in the folder it runs in. */
  readonly dotenv?: string | Uint8Array;
  /** A file that takes what is printed; `stdout` is empty then. */
  readonly stdoutTo?: string;
  /** Called with all that was printed so far, each time something is. */
  readonly onOutput?: (stdout: string, child: ChildProcess) => void;
}

export async function runCli({
  args = [],
  env = {},
  fromSource = false,
  stdin,
  dotenv,
  stdoutTo,
  onOutput,
}: RunOptions = {}): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'test-client-'));
  if (dotenv !== undefined) writeFileSync(join(folder, '.env'), dotenv);
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(AZURE|AMS)_|^NODE_OPTIONS$|COLOR/.test(name),
  );
  const output = stdoutTo === undefined ? 'pipe' : openSync(stdoutTo, 'w');
  const child = spawn(process.execPath, [...(fromSource ? FROM_SOURCE : [join(ROOT, 'ams.js')]), ...args], {
    cwd: folder,
    env: {
      ...Object.fromEntries(clean),
      TS_NODE_PROJECT: join(ROOT, 'tsconfig.json'),
      TMPDIR: folder,
      // What is printed must not depend on what is installed.
      FFMPEG: 'none',
      ...env,
    },
    stdio: ['pipe', output, 'pipe'],
  });
  if (output !== 'pipe') closeSync(output);
  child.stdin?.on('error', () => undefined).end(stdin ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput?.(stdout, child);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    return {
      exitCode,
      stdout,
      stderr: stderr.replace(LOCAL_NOTE, ''),
      localNote: LOCAL_NOTE.exec(stderr)?.[0] ?? '',
      output: stdout + stderr,
      leftInTemp: readdirSync(folder).filter((name) => !NOT_OURS.test(name)),
    };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Does a few at a time, as processes mostly wait. */
export async function forEach<T>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
