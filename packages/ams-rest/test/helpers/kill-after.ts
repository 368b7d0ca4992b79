/** Runs one of `test/programs` in a separate process and kills it without warning. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(__dirname, '../../../..');

/** Starts the program, waits until it has told so many lines, and kills it. Returns the last line. */
export async function killAfter(lines: number, program: string, args: readonly string[]): Promise<string> {
  const node = ['--conditions=@ams-rest/source', '--require', 'ts-node/register/transpile-only'];
  const child = spawn(process.execPath, [...node, join(__dirname, '../programs', program), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last = '';
  let told = 0;
  for await (const line of createInterface(child.stdout)) {
    last = line;
    if (++told >= lines) break;
  }
  child.kill('SIGKILL');
  await exited;
  return last;
}
