/** Old assets in a storage account, as Media Services left them, are listed and packaged; the result plays. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator } from 'ams-emulator';
import { chromium } from 'playwright-core';
import { Agent } from 'undici';
import { undiciTransport } from 'ams-rest';
import {
  accountSas,
  blobUrlInContainer,
  bytesSource,
  createContainer,
  deleteBlob,
  listBlobs,
  readBlobRange,
  sharedKeyTransport,
  uploadBlob,
} from 'ams-rest/storage';
import {
  azuriteAccount,
  startAzuriteProcess,
  type AzuriteProcess,
} from '../../ams-rest/test/helpers/azurite-process';
import { makeCertificates } from '../../ams-rest/test/helpers/certificates';
import { runCli } from './run-cli';

// A start of the client takes up to 10 s on a busy machine.
jest.setTimeout(240_000);

const film = readFileSync(join(__dirname, '../media/sample.mp4'));
const plain = undiciTransport();
let azurite: AzuriteProcess;
let folder: string;
let env: Record<string, string>;

const asset = (digit: number) => `asset-00000000-0000-4000-8000-00000000000${digit}`;
const smil = (formats: string, media: string) =>
  Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><smil xmlns="http://www.w3.org/2001/SMIL20/Language"><head>` +
      `<meta name="formats" content="${formats}" /></head><body><switch>${media}</switch></body></smil>`,
  );
const track = (kind: string, file: string) => `<${kind} src="${file}" systemBitrate="1" />`;

const [ladder, single, missing, fragmented, live, packaged, encrypted, note, several] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9,
].map(asset) as [string, string, string, string, string, string, string, string, string];

const HIGH = 'Mein Film – hoch 1.mp4';
const containers: Record<string, Record<string, Buffer>> = {
  [ladder]: {
    'Mein Film.ism': smil(
      'mp4',
      track('video', HIGH) + track('video', 'low.mp4') + track('audio', 'low.mp4'),
    ),
    [HIGH]: film,
    'low.mp4': film,
    '5a1b_metadata.xml': Buffer.from('<AssetFiles/>'),
  },
  [single]: { 'film.mp4': film },
  [missing]: {
    'film.ism': smil('mp4', track('video', 'gone.mp4') + track('audio', 'here.mp4')),
    'here.mp4': film,
  },
  [fragmented]: { 'film.ism': smil('fmp4', track('video', 'film.ismv')), 'film.ismv': Buffer.alloc(9) },
  [live]: { 'channel.ism': smil('vod-fmp4', '') },
  [packaged]: { 'master.m3u8': Buffer.from('#EXTM3U\n') },
  [encrypted]: { 'film.mp4': Buffer.alloc(5000, 0xa7) },
  [note]: { 'note.txt': Buffer.from('note') },
  [several]: { 'a.mp4': film, 'b.mp4': film },
  'not-an-asset': { 'film.mp4': film },
};

beforeAll(async () => {
  azurite = await startAzuriteProcess();
  folder = mkdtempSync(join(tmpdir(), 'packaging-'));
  env = { AZURE_STORAGE_ACCOUNT: azurite.accountUrl, AZURE_STORAGE_KEY: azuriteAccount.key };
  const signing = sharedKeyTransport(plain, { ...azuriteAccount, endpoint: azurite.accountUrl });
  for (const [container, blobs] of Object.entries(containers)) {
    const url = `${azurite.accountUrl}/${container}`;
    await createContainer(signing, url);
    for (const [name, bytes] of Object.entries(blobs))
      await uploadBlob(signing, blobUrlInContainer(url, name), bytesSource(bytes));
  }
});
afterAll(async () => {
  await plain.close();
  await azurite.close();
  rmSync(folder, { recursive: true, force: true });
});

const newPath = () => join(mkdtempSync(join(folder, 'p-')), 'to');
const filesIn = (to: string) =>
  (readdirSync(to, { recursive: true }) as string[])
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => statSync(join(to, name)).isFile());
const pack = (container: string, to: string, ...more: string[]) =>
  runCli({ args: ['package', container, '--to', to, ...more], env });

it('assets lists each asset container and what it holds', async () => {
  const run = await runCli({ args: ['assets', '--json'], env });
  expect(run.stderr).toBe('');
  const rows = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { container: string; kind: string; holds: string; files: number });
  expect(rows.map(({ container, kind }) => [container, kind])).toEqual([
    [ladder, 'mp4 with .ism'],
    [single, 'single MP4'],
    [missing, 'mp4 with .ism'],
    [fragmented, 'fragmented MP4'],
    [live, 'live archive'],
    [packaged, 'already packaged'],
    [encrypted, 'not media'],
    [note, 'not media'],
    [several, 'several MP4s'],
  ]);
  expect(rows[0]).toMatchObject({ holds: 'Mein Film.ism, mp4: 2 MP4 files', files: 4 });
  expect(rows[2]?.holds).toContain('of which gone.mp4 is missing');
  expect(rows[4]?.holds).toContain('vod-fmp4');
});

it('reads with a SAS from the environment or standard input, and refuses one on the command line unseen', async () => {
  const sas = accountSas(azuriteAccount, { sp: 'rl', ss: 'b', srt: 'sco', se: '2035-01-01T00:00:00Z' });
  const url = `${azurite.accountUrl}?${sas}`;
  const signature = new URLSearchParams(sas).get('sig') ?? '';
  const runs = [
    await runCli({ args: ['assets', '--storage', '-'], stdin: `${url}\n` }),
    await runCli({
      args: ['assets', '--verbose', '--storage', azurite.accountUrl],
      env: { AZURE_STORAGE_SAS_TOKEN: sas },
    }),
  ];
  for (const run of runs) {
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain(ladder);
    expect(run.stdout).not.toContain('not-an-asset');
    expect(decodeURIComponent(run.output)).not.toContain(signature);
  }
  const refused = await runCli({ args: ['assets', '--storage', url] });
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('AZURE_STORAGE_SAS_TOKEN');
  expect(decodeURIComponent(refused.output)).not.toContain(signature);
});

it.each([
  [
    'fragmented MP4',
    fragmented,
    /holds fragmented MP4 \(film\.ism, fmp4\), which Azure\/azure-media-migration/,
  ],
  [
    'a live archive',
    live,
    /holds live archive \(channel\.ism, vod-fmp4\), which Azure\/azure-media-migration/,
  ],
  ['what is packaged already', packaged, /already packaged \(master\.m3u8\); copy its files/],
  ['an encrypted file', encrypted, /film\.mp4 is not an MP4; it may be storage-encrypted.*ffmpeg/],
  ['a text', note, /note\.txt.*ffmpeg/],
  ['MP4s without a manifest', several, /2 MP4 files without \.ism; choose one with --file: a\.mp4, b\.mp4/],
  [
    'a manifest that names a missing file',
    missing,
    /film\.ism names gone\.mp4, which does not exist.*--file/,
  ],
])('package refuses %s in one sentence and writes nothing', async (_, container, message) => {
  const to = newPath();
  const run = await pack(container, to);
  expect(run.stderr).toMatch(message);
  expect(run.stderr.trim().split('\n')).toHaveLength(1);
  expect(run.exitCode).toBe(2);
  expect(existsSync(to)).toBe(false);
});

it('package takes one of several files with --file', async () => {
  const to = newPath();
  expect((await pack(missing, to, '--file', 'here.mp4')).exitCode).toBe(0);
  expect(existsSync(join(to, 'stream.mpd'))).toBe(true);
});

it('package continues where it was, and writes over nothing', async () => {
  const to = newPath();
  expect((await pack(single, to)).exitCode).toBe(0);
  const files = filesIn(to);
  const segment = files.find((name) => name.endsWith('.m4s')) ?? '';
  const before = readFileSync(join(to, segment));
  const times = new Map(files.map((name) => [name, statSync(join(to, name)).mtimeMs]));
  rmSync(join(to, segment));
  rmSync(join(to, 'stream.mpd'));
  const again = await pack(single, to, '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ written: 2, kept: files.length - 3 });
  expect(readFileSync(join(to, segment))).toEqual(before);
  for (const [name, time] of times)
    if (name !== segment && name !== 'stream.mpd') expect(statSync(join(to, name)).mtimeMs).toBe(time);

  writeFileSync(join(to, segment), 'mine');
  const foreign = await pack(single, to);
  expect(foreign.stderr).toContain('Not overwritten');
  expect(readFileSync(join(to, segment), 'utf8')).toBe('mine');
  const other = await pack(ladder, to);
  expect(other.exitCode).toBe(2);
  expect(other.stderr).toContain('Not overwritten');
});

it('package writes into another container, continues there, and writes over nothing', async () => {
  const packInto = (name: string, ...more: string[]) =>
    runCli({ args: ['package', single, '--to-container', name, ...more], env });
  const first = await packInto('film', '--json');
  expect(first.stderr).toBe('');
  const url = `${azurite.accountUrl}/film`;
  expect(JSON.parse(first.stdout)).toMatchObject({ hls: `${url}/stream.m3u8`, kept: 0 });

  const to = newPath();
  await pack(single, to);
  const read = sharedKeyTransport(plain, { ...azuriteAccount, endpoint: azurite.accountUrl });
  const stored: Record<string, string> = {};
  for await (const item of listBlobs(read, url)) {
    if (item.kind !== 'blob') continue;
    stored[item.name] = item.contentType;
    const bytes = await readBlobRange(read, blobUrlInContainer(url, item.name), 0, item.sizeBytes);
    expect(Buffer.from(bytes).equals(readFileSync(join(to, item.name)))).toBe(true);
  }
  expect(Object.keys(stored).sort()).toEqual(filesIn(to).sort());
  expect(stored).toMatchObject({
    'stream.m3u8': 'application/vnd.apple.mpegurl',
    'stream.mpd': 'application/dash+xml',
  });
  expect(Object.entries(stored).find(([name]) => name.endsWith('.m4s'))?.[1]).toBe('video/iso.segment');

  const segment = Object.keys(stored).find((name) => name.endsWith('.m4s')) ?? '';
  await deleteBlob(read, blobUrlInContainer(url, segment));
  const again = await packInto('film', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ written: 1 });

  await deleteBlob(read, blobUrlInContainer(url, segment));
  await uploadBlob(read, blobUrlInContainer(url, segment), bytesSource(Buffer.from('mine')));
  for (const run of [await packInto('film'), await packInto(several), await packInto(single)]) {
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('Not overwritten');
  }
});

it('package reads and writes with a token', async () => {
  const { ca, server } = await makeCertificates();
  const [secured, emulator] = await Promise.all([startAzuriteProcess(server), startEmulator()]);
  const trusting = new Agent({ connect: { ca } });
  try {
    const anyone = undiciTransport({ dispatcher: trusting });
    const signing = sharedKeyTransport(anyone, { ...azuriteAccount, endpoint: secured.accountUrl });
    const url = `${secured.accountUrl}/${single}`;
    await createContainer(signing, url);
    await uploadBlob(signing, blobUrlInContainer(url, 'film.mp4'), bytesSource(film));
    const authority = join(mkdtempSync(join(folder, 'ca-')), 'ca.pem');
    writeFileSync(authority, ca);
    const run = await runCli({
      args: ['package', single, '--to-container', 'film', '--verbose'],
      env: {
        NODE_EXTRA_CA_CERTS: authority,
        AZURE_STORAGE_ACCOUNT: secured.accountUrl,
        AZURE_AUTHORITY_HOST: emulator.authorityHost,
        AZURE_TENANT_ID: emulator.tenantId,
        AZURE_CLIENT_ID: emulator.clientId,
        AZURE_CLIENT_SECRET: emulator.clientSecret,
      },
    });
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.output).not.toContain(emulator.clientSecret);
    const names: string[] = [];
    for await (const { name } of listBlobs(signing, `${secured.accountUrl}/film`)) names.push(name);
    expect(names).toContain('stream.mpd');
  } finally {
    await Promise.all([trusting.close(), secured.close(), emulator.close()]);
  }
});

it.each([[[]], [['--to', 'here', '--to-container', 'there']], [['--to-container', 'Not_A_Name']]])(
  'package refuses %j before it reads anything',
  async (flags) => {
    const run = await runCli({ args: ['package', single, ...flags], env });
    expect(run.exitCode).toBe(2);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.leftInTemp).toEqual([]);
  },
);

describe('the set', () => {
  let set: string;
  beforeAll(async () => {
    set = newPath();
    const run = await pack(ladder, set);
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('stream.m3u8');
  });

  (hasFfmpeg() ? it : it.skip).each(['stream.m3u8', 'stream.mpd'])(
    'of several bit rates with spaces and Unicode in names decodes without an error: %s',
    async (name) => {
      const args = [
        '-v',
        'warning',
        '-xerror',
        '-allowed_extensions',
        'ALL',
        '-i',
        join(set, name),
        '-f',
        'null',
        '-',
      ];
      if (name.endsWith('.mpd')) args.splice(3, 2);
      expect((await promisify(execFile)('ffmpeg', args)).stderr).toBe('');
    },
    120_000,
  );

  const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  (existsSync(CHROMIUM) ? it : it.skip).each(['hls', 'dash'] as const)(
    'plays to its end in a browser, by the manifest for %s',
    async (kind) => {
      const server = createServer((request, response) => {
        const path = join(set, new URL(request.url ?? '', 'http://localhost').pathname);
        response.setHeader('access-control-allow-origin', '*');
        if (existsSync(path)) response.end(readFileSync(path));
        else response.writeHead(404).end();
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
      });
      try {
        const page = await browser.newPage();
        await page.setContent('<video muted></video>');
        await page.addScriptTag({ path: PLAYERS[kind].script });
        const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const played = await page.evaluate<{ errors: string[]; seconds: number }>(
          PLAYERS[kind].play.replace('ORIGIN', origin),
        );
        expect(played.errors).toEqual([]);
        expect(played.seconds).toBeCloseTo(4, 0);
      } finally {
        await browser.close();
        server.closeAllConnections();
        server.close();
      }
    },
    120_000,
  );
});

/** The players, and what runs in the page. */
const PLAYERS = {
  hls: {
    script: join(dirname(require.resolve('hls.js/package.json')), 'dist/hls.js'),
    play: `new Promise((resolve) => {
  const video = document.querySelector('video');
  const errors = [];
  const hls = new Hls({ enableWorker: false });
  const end = () => resolve({ errors, seconds: video.currentTime });
  hls.on('hlsError', (_, { fatal, type, details }) => {
    if (fatal) { errors.push(type + ' ' + details); end(); }
  });
  video.addEventListener('ended', end);
  hls.loadSource('ORIGIN/stream.m3u8');
  hls.attachMedia(video);
  video.play().catch((error) => errors.push(String(error)));
})`,
  },
  dash: {
    script: join(__dirname, '../../../node_modules/dashjs/dist/modern/umd/dash.all.min.js'),
    play: `new Promise((resolve) => {
  const video = document.querySelector('video');
  const errors = [];
  const player = dashjs.MediaPlayer().create();
  const end = () => resolve({ errors, seconds: video.currentTime });
  player.on('error', ({ error }) => { errors.push(JSON.stringify(error.message ?? error)); end(); });
  video.addEventListener('ended', end);
  // After a switch near the end, dash.js may wait for a segment that no track has, and 'ended' never comes.
  video.addEventListener('timeupdate', () => { if (video.currentTime > video.duration - 0.3) end(); });
  player.initialize(video, 'ORIGIN/stream.mpd', true);
})`,
  },
} as const;

function hasFfmpeg(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
