/** What the console tool takes to start: help, and a token from a local Azure that it starts or that runs already. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmulator } from 'ams-emulator';
import { median } from '../statistics.mjs';

const run = promisify(execFile);
const AMS = fileURLToPath(new URL('../../../ams.js', import.meta.url));

export async function measure({ count }) {
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'bench-console-'));
  // Without .env and the settings of the person who measures.
  const { PATH, HOME } = process.env;
  const local = { cwd: folder, env: { PATH, HOME, TIMEFORMAT: '%R %U %S' } };
  const live = { ...local, env: { ...local.env, ...emulator.env } };
  const commands = [
    ['node -e 0', 'node -e 0', local],
    ['ams --help', `node '${AMS}' --help`, local],
    ['ams token, live', `node '${AMS}' token`, live],
    ['ams token, on a local Azure of its own', `node '${AMS}' token`, local],
    ['gh --help (GitHub CLI, compiled Go)', 'gh --help', local],
    ['npm --version', 'npm --version', local],
  ];
  try {
    const rows = [];
    for (const [name, command, options] of commands) {
      const taken = [];
      for (let round = -1; round < count; round++) {
        const times = await timesOf(command, options);
        if (times && round >= 0) taken.push(times);
      }
      if (taken.length === 0) continue;
      const [real, cpu] = [0, 1].map((index) => median(taken.map((times) => times[index])));
      rows.push([name, real.toFixed(2), cpu.toFixed(2)]);
    }
    const help = rows.find(([name]) => name === 'ams --help');
    return {
      title: 'The console tool',
      text: 'From start to end of a process. “Live” asks a local Azure in another process. What is not installed is left out.',
      head: ['command', 'seconds', 'CPU seconds'],
      rows,
      targets: [{ what: 'seconds of ams --help', limit: 0.3, value: Number(help[1]) }],
    };
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true });
  }
}

/** Seconds, and seconds of processor time, by the shell's `time`; undefined if there is no such command. */
async function timesOf(command, options) {
  const { stderr } = await run('bash', ['-c', `time ${command} >/dev/null 2>&1`], options).catch((error) => {
    if (error.code === 127) return { stderr: '' };
    throw error;
  });
  const [real, user, system] = stderr.trim().split(' ').map(Number);
  return stderr === '' ? undefined : [real, user + system];
}
