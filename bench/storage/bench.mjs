/**
 * Compares ways to upload a file, each run in a fresh process, in turns, against a sink in another process.
 * Build the library first. Arguments, all optional: sizes in MiB (512,4096), schemes (http,https), rounds (5).
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  return { url: `${scheme}://127.0.0.1:${port}/account/container/video.mp4`, stop: () => child.kill() };
}

/** A file of that length without the disk space; what is read are zeros, from memory. */
async function sparseFile(folder, mib) {
  const path = join(folder, `${mib}`);
  const file = await open(path, 'w');
  await file.truncate(mib * MIB);
  await file.close();
  return path;
}

async function run(way, url, path, warmPath) {
  const program = [here(`${way}.mjs`), url, path, warmPath];
  // The sink's certificate is its own.
  const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, program, { env });
  return JSON.parse(stdout);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function main([sizes = '512,4096', schemes = 'http,https', rounds = '5']) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-storage-'));
  const warmPath = await sparseFile(folder, 24);
  console.log('| scheme | MiB | way | MiB/s, median | range | speed of by-hand | processor s | peak MiB |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const scheme of schemes.split(',')) {
    for (const mib of sizes.split(',').map(Number)) {
      const sink = await startSink(scheme);
      const path = await sparseFile(folder, mib);
      const runs = new Map(WAYS.map((way) => [way, []]));
      for (let round = 0; round < Number(rounds); round++)
        for (const way of WAYS) runs.get(way)?.push(await run(way, sink.url, path, warmPath));
      sink.stop();
      const speedOf = (way) => (runs.get(way) ?? []).map(({ seconds }) => mib / seconds);
      for (const way of WAYS) {
        const speeds = speedOf(way);
        const ratio = median(speeds) / median(speedOf('by-hand'));
        const peak = median((runs.get(way) ?? []).map(({ peakMiB }) => peakMiB));
        const cpu = median((runs.get(way) ?? []).map(({ cpuSeconds }) => cpuSeconds));
        const range = `${Math.min(...speeds).toFixed(0)}–${Math.max(...speeds).toFixed(0)}`;
        console.log(
          `| ${scheme} | ${mib} | ${way} | ${median(speeds).toFixed(0)} | ${range} | ${ratio.toFixed(2)} | ${cpu.toFixed(2)} | ${peak.toFixed(0)} |`,
        );
      }
    }
  }
  await rm(folder, { recursive: true });
}

await main(process.argv.slice(2));
