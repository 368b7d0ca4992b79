/** The smallest program and the pages for the shell run as they are written, and keep secrets off the command line. */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator, type Emulator } from 'ams-emulator';
import { loadRequirements } from '../src/vectors';

const ROOT = join(__dirname, '../../..');
const DOCS = join(ROOT, 'docs');
const page = (name: string) => readFileSync(join(DOCS, name), 'utf8');
const blocks = (name: string) =>
  [...page(name).matchAll(/^```bash\n([^]*?)^```$/gm)].map(([, code = '']) => code);

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'ams-bridge-'));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

const run = (cwd: string, file: string, parameters: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(file, parameters, {
    cwd,
    env: { ...process.env, ...emulator.env, ...env },
  });

test('smallest.ts gets a token, counts entities, creates one and deletes it', async () => {
  const program = join(DOCS, 'translating/smallest.ts');
  const { stdout } = await run(ROOT, process.execPath, [
    '--require',
    require.resolve('ts-node/register/transpile-only'),
    program,
  ]);
  const shown = page('translating/smallest.md').split('```text\n')[1]?.split('```')[0] ?? '';
  const shape = (text: string) => text.replace(/of \d+ characters|[\da-f]{8}-[-\da-f]{27}/g, '…');
  expect(shape(stdout)).toBe(shape(shown));
  const missing = await run(
    ROOT,
    process.execPath,
    ['--require', require.resolve('ts-node/register/transpile-only'), program],
    {
      AMS_ENDPOINT: '',
    },
  ).catch((error: unknown) => error);
  expect(missing).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('AMS_ENDPOINT is not set.') as string,
  });
});

test('what the smallest program lacks names requirements in the order in which a port grows', () => {
  const lacks = page('translating/smallest.md').split('## What it lacks')[1] ?? '';
  const named = [...lacks.matchAll(/\[([A-Z]{3}-\d\d)\]/g)].map(([, id = '']) => id);
  const ids = loadRequirements().map(({ id }) => id);
  for (const id of named) expect(ids).toContain(id);
  expect(named.length).toBeGreaterThan(25);
});

// Git's bash on Windows has other paths than Node.
const hasShell =
  process.platform !== 'win32' &&
  ['bash', 'curl', 'jq'].every((name) => spawnSync(name, ['--version']).status === 0);
if (!hasShell) process.stderr.write('bash, curl or jq is missing: the pages for the shell are not run.\n');

/** Runs the blocks with a curl that notes its arguments, each on a line. */
async function inShell(code: string): Promise<{ lines: string[]; noted: string }> {
  const notes = join(folder, 'arguments');
  const curl = spawnSync('bash', ['-c', 'command -v curl'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(join(folder, 'curl'), `#!/bin/bash\nprintf '%s\\n' "$@" >> ${notes}\nexec ${curl} "$@"\n`);
  chmodSync(join(folder, 'curl'), 0o755);
  const path = `${folder}:${process.env['PATH'] ?? ''}`;
  const end = '\necho "token:$token" "sas:${sas:-}"\n';
  const { stdout } = await run(folder, 'bash', ['-euo', 'pipefail', '-c', code + end], { PATH: path });
  return { lines: stdout.trimEnd().split('\n'), noted: readFileSync(notes, 'utf8') };
}

(hasShell ? describe : describe.skip)('in bash, with curl and jq', () => {
  test.each<[page: string, lines: readonly unknown[]]>([
    ['translating/smallest.md', Array<unknown>(19).fill(expect.stringMatching(/^\w/))],
    [
      'recipes/curl.md',
      [
        expect.stringMatching(/^nb:mpid:UUID:/),
        expect.stringMatching(/^nb:cid:UUID:/),
        '202',
        '201',
        'clip.mp4 18',
      ],
    ],
  ])(
    '%s runs as it is written, with secrets off the command line',
    async (name, expected) => {
      const { lines, noted } = await inShell(blocks(name).join('\n'));
      expect(lines.slice(0, -1)).toEqual(expected);
      const [, token = '', sas = ''] = /^token:(\S+) sas:(.*)$/.exec(lines.at(-1) ?? '') ?? [];
      expect(token).toMatch(/^eyJ/);
      const signature = new URL(sas || 'http://x').searchParams.get('sig') ?? token;
      for (const secret of [emulator.clientSecret, token, signature, encodeURIComponent(signature)])
        expect(noted.includes(secret)).toBe(false);
      expect(noted).toContain('x-ms-version: 2.19');
    },
    120_000,
  );
});
