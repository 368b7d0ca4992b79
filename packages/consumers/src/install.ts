/** One consumer from an empty folder to its last command. */
import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Consumer } from './consumers';

const run = promisify(execFile);
export const PROGRAMS = join(__dirname, '../programs');

/** The programs and the settings of a consumer, in a fresh folder. */
export async function layOut(consumer: Consumer, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await cp(PROGRAMS, folder, { recursive: true });
  for (const [name, text] of Object.entries(consumer.files ?? {})) await writeFile(join(folder, name), text);
}

/** Installs from the registry and runs; gives back what went wrong, or undefined. */
export async function installAndRun(
  consumer: Consumer,
  folder: string,
  tarballs: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  await layOut(consumer, folder);
  const quiet = '--no-audit --no-fund --no-package-lock --loglevel=error --prefer-offline';
  const install = `npm install ${quiet} ${[...tarballs, ...consumer.install].join(' ')}`;
  for (const command of [install, ...consumer.commands]) {
    const outcome = await runCommand(command, folder, { ...env, ...consumer.env });
    if (!outcome.done) return `\n  ${command}\n${outcome.output.replace(/^/gm, '    ')}`;
    const last = command === consumer.commands.at(-1);
    if (last && !(consumer.expected ?? /^ok$/m).test(outcome.output))
      return `\n  ${command} printed:\n${outcome.output.replace(/^/gm, '    ')}`;
  }
  return undefined;
}

/** Runs a command whose words have no spaces, in the folder, with the programs of its own node_modules first. */
export async function runCommand(
  command: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly done: boolean; readonly output: string }> {
  const [program = '', ...words] = command.split(' ');
  const path = [join(folder, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
  // The environment of this process must not reach the consumer.
  const clean = { ...process.env, ...env, PATH: path, NODE_OPTIONS: '', NO_COLOR: '1' };
  try {
    const { stdout, stderr } = await run(program, words, {
      cwd: folder,
      env: clean,
      timeout: 300_000,
      maxBuffer: 16 * 1024 * 1024,
      shell: process.platform === 'win32',
    });
    return { done: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    return { done: false, output: `${message}\n${stdout}${stderr}` };
  }
}
