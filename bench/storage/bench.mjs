/**
 * Compares ways to upload and to download a file, each run in a fresh process, in turns, against a server in another
 * process. Build the library first. Arguments, all optional: sizes in MiB (512,4096), schemes (http,https), rounds (5),
 * directions (upload,download).
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const WAYS = ['by-hand', 'ams-rest', 'azure-sdk'];
const MIB = 1024 * 1024;

async function startSink(scheme) {
  const child = spawn(process.execPath, [here('sink.mjs'), scheme], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(createInterface(child.stdout), 'line');
  return { url: `${scheme}://127.0.0.1:${port}/account/container/video`, stop: () => child.kill() };
}

/** A file of that length without the disk space; what is read are zeros, from memory. */
async function sparseFile(folder, mib) {
  const path = join(folder, `${mib}`);
  const file = await open(path, 'w');
  await file.truncate(mib * MIB);
  await file.close();
  return path;
}

async function run(way, ...parameters) {
  // The server's certificate is its own.
  const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
  const program = [here(`${way}.mjs`), ...parameters];
  const { stdout } = await promisify(execFile)(process.execPath, program, { env });
  return JSON.parse(stdout);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const HEAD = [
  'scheme',
  'direction',
  'MiB',
  'way',
  'MiB/s, median',
  'range',
  'speed of by-hand',
  'processor s',
  'peak MiB',
];

async function compare(scheme, direction, mib, rounds, folder) {
  const server = await startSink(scheme);
  const runs = new Map(WAYS.map((way) => [way, []]));
  const path = direction === 'upload' ? await sparseFile(folder, mib) : join(folder, 'downloaded');
  const warmPath = direction === 'upload' ? await sparseFile(folder, 24) : join(folder, 'warm');
  for (let round = 0; round < rounds; round++)
    for (const way of WAYS) {
      // Or some would pay for freeing the pages of a file that others write over.
      if (direction === 'download') await rm(path, { force: true });
      const [url, warmUrl] = [mib, 24].map((size) => `${server.url}/${size}`);
      runs.get(way)?.push(await run(way, direction, url, path, warmUrl, warmPath));
    }
  server.stop();
  await Promise.all([path, warmPath].map((each) => rm(each, { force: true })));
  const of = (way, what) => (runs.get(way) ?? []).map((facts) => facts[what]);
  const speeds = (way) => of(way, 'seconds').map((seconds) => mib / seconds);
  // The quotient within each round, as in bench/speed.
  const ratio = (way) => median(speeds(way).map((speed, round) => speed / speeds('by-hand')[round]));
  return WAYS.map((way) => [
    ...[scheme, direction, mib, way, median(speeds(way)).toFixed(0)],
    `${Math.min(...speeds(way)).toFixed(0)}–${Math.max(...speeds(way)).toFixed(0)}`,
    ratio(way).toFixed(2),
    median(of(way, 'cpuSeconds')).toFixed(2),
    median(of(way, 'peakMiB')).toFixed(0),
  ]);
}

async function main([
  sizes = '512,4096',
  schemes = 'http,https',
  rounds = '5',
  directions = 'upload,download',
]) {
  // What is downloaded goes into memory where there is a file system for that, so that no disk is measured.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-storage-'));
  const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
  row(HEAD);
  row(HEAD.map(() => '---'));
  for (const scheme of schemes.split(','))
    for (const direction of directions.split(','))
      for (const mib of sizes.split(',').map(Number))
        for (const cells of await compare(scheme, direction, mib, Number(rounds), folder)) row(cells);
  await rm(folder, { recursive: true });
}

await main(process.argv.slice(2));
