/** Encoding by a real ffmpeg. Where there is none on the PATH, the tests that need it are skipped. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMp4 } from 'ams-packager';
import {
  at,
  items,
  jobBody,
  sampleFilm,
  startClient,
  task,
  uploadedAsset,
  type Client,
  type Json,
} from './client';

const hasFfmpeg = ((): boolean => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const withFfmpeg = hasFfmpeg ? test : test.skip;
/** For tests whose ffmpeg is a shell script. */
const withShell = process.platform === 'win32' ? test.skip : test;
const withFfmpegInShell = hasFfmpeg ? withShell : test.skip;

const folder = mkdtempSync(join(tmpdir(), 'ams-encoding-test-'));
const clients: Client[] = [];
afterAll(async () => {
  await Promise.all(clients.map(({ emulator }) => emulator.close()));
  rmSync(folder, { recursive: true });
});

async function startEncoding(ffmpeg: string | true): Promise<Client> {
  const client = await startClient({ ffmpeg, jobDurationMs: 10 });
  clients.push(client);
  return client;
}

/** A program that answers `-version` as ffmpeg does and else runs `script`, after it has written down its process id. */
function program(
  name: string,
  script: string,
): { readonly path: string; readonly pid: () => number | undefined } {
  const path = join(folder, name);
  const pidFile = `${path}.pid`;
  const version = 'if [ "$1" = -version ]; then echo "ffmpeg version 0.0"; exit; fi';
  writeFileSync(
    path,
    `#!/bin/sh\n${version}\necho $$ > '${pidFile}.new'\nmv '${pidFile}.new' '${pidFile}'\n${script}\n`,
  );
  chmodSync(path, 0o700);
  return { path, pid: () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined) };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks until there is an answer; the test's own limit ends it. */
async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function submit(client: Client, preset?: string): Promise<Json> {
  const input = await uploadedAsset(client);
  const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, input, [task(preset)]));
  client.emulator.clock.advance(3000);
  return job;
}

const taskOf = async (client: Client, job: Json): Promise<Json> =>
  items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks')))[0] ?? {};

const stateOf = async (client: Client, job: Json): Promise<unknown> =>
  (await client.expect(200, 'GET', at('Jobs', job)))['State'];

const ended = (client: Client, job: Json): Promise<number> =>
  until(async () => {
    const state = Number(await stateOf(client, job));
    return state >= 3 && state <= 5 ? state : undefined;
  });

const layer = (size: string, kbps: number): Json => {
  const [width, height] = size.split('x').map(Number);
  return { Type: 'H264Layer', Width: width, Height: height, Bitrate: kbps };
};
const presetWith = (...layers: Json[]): string =>
  JSON.stringify({
    Codecs: [
      { Type: 'H264Video', H264Layers: layers },
      { Type: 'AACAudio', Bitrate: 128 },
    ],
  });

const tracksOf = (bytes: Buffer) =>
  readMp4({
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  });

withFfmpeg.each([
  ['above the input', [layer('320x180', 3400), layer('240x134', 2600), layer('160x90', 2000)]],
  ['just at the input', [layer('320x180', 97), layer('160x90', 60)]],
  ['larger than the input', [layer('1280x720', 3400), layer('320x180', 96)]],
])(
  'a ladder %s gives renditions that exceed it in nothing (needs ffmpeg)',
  async (_what, layers) => {
    const client = await startEncoding(true);
    const job = await submit(client, presetWith(...layers));
    expect(await ended(client, job)).toBe(3);
    const [output = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')));
    const names = items(await client.expect(200, 'GET', at('Assets', output, '/Files')))
      .map((file) => String(file['Name']))
      .filter((name) => name.endsWith('.mp4'));
    expect(names).toHaveLength(layers.filter(({ Width }) => Number(Width) <= 320).length);
    const policy = { Name: 'watch', DurationInMinutes: 60, Permissions: 1 };
    const { Id } = await client.expect(201, 'POST', 'AccessPolicies', policy);
    const publish = { AccessPolicyId: Id, AssetId: output['Id'], Type: 2 };
    const { Path } = await client.expect(201, 'POST', 'Locators', publish);
    const [video, audio] = (await tracksOf(sampleFilm)) as { bitrate: number }[];
    for (const name of names) {
      const bytes = Buffer.from(await (await fetch(`${String(Path)}${name}`)).arrayBuffer());
      for (const track of await tracksOf(bytes)) {
        if (track.kind === 'unusable') throw track.error;
        expect(track.bitrate).toBeLessThanOrEqual((track.kind === 'video' ? video : audio)?.bitrate ?? 0);
        if (track.kind !== 'video') continue;
        expect(track.width).toBeLessThanOrEqual(320);
        expect(name).toBe(`film_${track.width}x${track.height}_${Math.round(track.bitrate / 1000)}.mp4`);
      }
    }
  },
  120_000,
);

withFfmpegInShell(
  'the progress of a task is that of ffmpeg (needs ffmpeg)',
  async () => {
    // As fast as the film plays, so that there is something to see.
    const client = await startEncoding(program('slow', 'exec ffmpeg -re "$@"').path);
    const job = await submit(client);
    const seen = [0];
    await until(async () => {
      const { Progress, State } = await taskOf(client, job);
      seen.push(Number(Progress));
      return State === 3 ? true : undefined;
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.filter((percent) => percent > 0 && percent < 100)).not.toEqual([]);
    expect(seen.at(-1)).toBe(100);
  },
  120_000,
);

const endless = 'exec ffmpeg -re -stream_loop -1 "$@"';

withFfmpegInShell(
  'CancelJob ends the process, and the job is canceled (needs ffmpeg)',
  async () => {
    const { path, pid } = program('canceled', endless);
    const client = await startEncoding(path);
    const job = await submit(client);
    const id = await until(async () => {
      await stateOf(client, job);
      return pid();
    });
    expect(isRunning(id)).toBe(true);
    await client.expect(204, 'GET', `CancelJob?jobid='${encodeURIComponent(String(job['Id']))}'`);
    client.emulator.clock.advance(3000);
    expect(await ended(client, job)).toBe(5);
    await until(() => (isRunning(id) ? undefined : true));
  },
  120_000,
);

withFfmpegInShell(
  'closing the emulator ends the process (needs ffmpeg)',
  async () => {
    const { path, pid } = program('closed', endless);
    const client = await startEncoding(path);
    const job = await submit(client);
    const id = await until(async () => {
      await stateOf(client, job);
      return pid();
    });
    expect(isRunning(id)).toBe(true);
    await client.emulator.close();
    expect(isRunning(id)).toBe(false);
  },
  120_000,
);

withShell('a failing ffmpeg fails the task with its last line', async () => {
  const { path } = program('failing', 'echo first >&2; echo "the disk is full" >&2; exit 1');
  const client = await startEncoding(path);
  const job = await submit(client);
  expect(await ended(client, job)).toBe(4);
  expect(await taskOf(client, job)).toMatchObject({
    State: 4,
    ErrorDetails: [{ Code: 'ErrorProcessingTask', Message: 'ffmpeg: the disk is full' }],
  });
});
