import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** A process. Its start time distinguishes it from a later one with the same id, such as process 1 of a container. */
interface Holder {
  readonly pid: number;
  readonly started: number;
}

const self: Holder = { pid: process.pid, started: Math.round(performance.timeOrigin) };

/**
 * Reserves a data folder for this process and returns the function that releases it. A folder whose holder has died is
 * taken over. Throws Error if a running emulator uses the folder.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock');
  const holder = readHolder(file);
  if (holder !== undefined && isRunning(holder)) throw inUse(folder, file, holder.pid);
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(self), { flag: 'wx' });
  return () => rmSync(file, { force: true });
}

const inUse = (folder: string, file: string, pid: number): Error =>
  new Error(
    `the data folder ${folder} is in use by process ${pid}; stop that emulator or choose another folder ` +
      `(if the process is not an emulator, delete ${file})`,
  );

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    // Absent, or cut off by a crash.
    return undefined;
  }
}

function isRunning({ pid, started }: Holder): boolean {
  if (pid === self.pid) return started === self.started;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
