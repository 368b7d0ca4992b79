/** A real Redis on a free port, keeping nothing; undefined where `redis-server` is not installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export interface Redis {
  readonly url: string;
  close(): Promise<void>;
}

export async function startRedis(flags: readonly string[] = []): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'ams-rest-redis-'));
  const port = await freePort();
  const always = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const child = spawn('redis-server', [...always, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let ready = false;
  for await (const line of createInterface(child.stdout)) {
    ready = line.includes('Ready to accept connections');
    if (ready) break;
  }
  if (!ready) throw new Error('Redis did not start');
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Redis cannot be told to take any. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
