/**
 * What the origin serves plays in the players that people use: hls.js, dash.js and dash.js for Smooth Streaming, in a
 * real browser, and ffmpeg. Where Chromium or ffmpeg is missing, its tests are skipped.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { at, items, jobBody, sampleFilm, startClient, uploadedAsset, type Client, type Json } from './client';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasFfmpeg = ((): boolean => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const inBrowser = existsSync(CHROMIUM) ? test : test.skip;
const withFfmpeg = hasFfmpeg ? test : test.skip;

/** Three renditions with key frames in the same places. */
const ladder = JSON.stringify({
  Codecs: [
    {
      Type: 'H264Video',
      H264Layers: [
        { Type: 'H264Layer', Width: 320, Height: 180, Bitrate: 90 },
        { Type: 'H264Layer', Width: 240, Height: 134, Bitrate: 70 },
        { Type: 'H264Layer', Width: 160, Height: 90, Bitrate: 50 },
      ],
    },
    { Type: 'AACAudio', Bitrate: 64 },
  ],
});

let plain: Client;
let encoding: Client | undefined;
let single: string;
let several: string | undefined;
let browser: Browser | undefined;

beforeAll(async () => {
  plain = await startClient();
  single = await published(plain);
  if (hasFfmpeg) {
    encoding = await startClient({ ffmpeg: true, jobDurationMs: 10 });
    several = await published(encoding, ladder);
  }
  if (existsSync(CHROMIUM)) {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--no-first-run',
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
  }
});

afterAll(async () => {
  await browser?.close();
  await encoding?.emulator.close();
  await plain.emulator.close();
});

/** Uploads the film, encodes and publishes it; the address of its `.ism`. */
async function published(client: Client, preset?: string): Promise<string> {
  const input = await uploadedAsset(client, 'film.mp4', sampleFilm);
  const body = jobBody(client, input) as Json & { Tasks: Json[] };
  if (preset !== undefined) body.Tasks = body.Tasks.map((task) => ({ ...task, Configuration: preset }));
  const job = await client.expect(201, 'POST', 'Jobs', body);
  client.emulator.clock.advance(3000);
  for (;;) {
    const { State } = await client.expect(200, 'GET', at('Jobs', job));
    if (State === 3) break;
    if (Number(State) > 3)
      throw new Error(JSON.stringify(await client.expect(200, 'GET', at('Jobs', job, '/Tasks'))));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [output = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')));
  const policy = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'watch',
    DurationInMinutes: 60,
    Permissions: 1,
  });
  const locator = await client.expect(201, 'POST', 'Locators', {
    AccessPolicyId: policy['Id'],
    AssetId: output['Id'],
    Type: 2,
  });
  return `${String(locator['Path'])}film.ism`;
}

const scripts = {
  hls: [join(dirname(require.resolve('hls.js/package.json')), 'dist/hls.js')],
  dash: ['dash.all.min.js', 'dash.mss.min.js'].map((name) =>
    join(__dirname, '../../../node_modules/dashjs/dist/modern/umd', name),
  ),
};

interface Played {
  readonly frames: number;
  readonly dropped: number;
  readonly seconds: number;
  readonly sizes: readonly string[];
  readonly errors: readonly string[];
}

/** Plays to the end; with `isSwitching` from the lowest to the highest rendition. */
async function play(kind: 'hls' | 'dash', url: string, isSwitching = false): Promise<Played> {
  const page: Page = (await browser?.newPage()) ?? (undefined as never);
  try {
    await page.setContent('<video muted></video>');
    for (const path of scripts[kind]) await page.addScriptTag({ path });
    // The page has none of our types.
    return await page.evaluate(playInPage, { kind, url, isSwitching });
  } finally {
    await page.close();
  }
}

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return */
function playInPage({
  kind,
  url,
  isSwitching,
}: {
  kind: string;
  url: string;
  isSwitching: boolean;
}): Promise<Played> {
  const page = globalThis as any;
  const video = page.document.querySelector('video');
  const errors: string[] = [];
  const sizes = new Set<string>();
  const see = (): void => {
    if (video.videoWidth > 0) sizes.add(`${video.videoWidth}x${video.videoHeight}`);
  };
  video.addEventListener('resize', see);
  video.addEventListener('error', () => errors.push(`video: ${video.error?.message}`));
  if (kind === 'hls') {
    const hls = new page.Hls({
      enableWorker: false,
      startLevel: isSwitching ? 0 : -1,
      maxBufferLength: 1,
      maxMaxBufferLength: 1,
    });
    hls.on('hlsError', (_: unknown, data: any) => {
      if (data.fatal || !/bufferStalled|bufferNudge|bufferSeek/.test(data.details))
        errors.push(`${data.type} ${data.details} ${data.reason ?? ''}`);
    });
    if (isSwitching) {
      hls.on('hlsFragBuffered', (_: unknown, { frag }: any) => {
        if (frag.type === 'main' && frag.level === 0) hls.loadLevel = hls.levels.length - 1;
      });
    }
    hls.loadSource(url);
    hls.attachMedia(video);
  } else {
    const player = page.dashjs.MediaPlayer().create();
    player.on('error', (event: any) => errors.push(JSON.stringify(event.error?.message ?? event.error)));
    player.initialize(video, null, false);
    player.updateSettings({
      streaming: {
        abr: { autoSwitchBitrate: { video: !isSwitching }, initialBitrate: { video: isSwitching ? 1 : -1 } },
        buffer: { bufferTimeDefault: 1, bufferTimeAtTopQuality: 1, bufferToKeep: 1 },
      },
    });
    player.attachSource(url);
    if (isSwitching) {
      let isDone = false;
      player.on('fragmentLoadingCompleted', ({ request }: any) => {
        if (isDone || request.mediaType !== 'video' || request.type !== 'MediaSegment') return;
        isDone = true;
        const all = player.getRepresentationsByType('video');
        const best = all.reduce((a: any, b: any) => (a.bandwidth > b.bandwidth ? a : b));
        player.setRepresentationForTypeById('video', best.id);
      });
    }
  }
  const result = (): Played => {
    see();
    const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
    return {
      frames: totalVideoFrames,
      dropped: droppedVideoFrames,
      seconds: video.currentTime,
      sizes: [...sizes],
      errors,
    };
  };
  return new Promise((resolve) => {
    video.addEventListener('ended', () => resolve(result()));
    // After a switch near the end, dash.js may wait for a segment that no track has, and `ended` never comes.
    if (isSwitching)
      video.addEventListener('timeupdate', () => {
        if (video.currentTime > video.duration - 0.3) resolve(result());
      });
    // Far beyond the length of the film; the test then fails by what was seen.
    setTimeout(() => resolve(result()), 60_000);
    video.play().catch((error: unknown) => errors.push(String(error)));
  });
}
/* eslint-enable */

const protocols = [
  ['hls', 'HLS by hls.js', '/manifest(format=m3u8-cmaf)'],
  ['dash', 'DASH by dash.js', '/manifest(format=mpd-time-csf)'],
  ['dash', 'Smooth Streaming by dash.js', '/manifest'],
] as const;

/** Plays by all protocols at the same time, as each takes as long as the film. */
const playAll = (ism: string, isSwitching: boolean): Promise<Played[]> =>
  Promise.all(protocols.map(([kind, , suffix]) => play(kind, ism + suffix, isSwitching)));

describe('one rendition plays to the end, every frame', () => {
  let all: readonly Played[];
  beforeAll(async () => {
    if (browser) all = await playAll(single, false);
  });

  inBrowser.each(protocols.map(([, what], index) => [what, index] as const))('%s', (_, index) => {
    const played = all[index];
    expect(played?.errors).toEqual([]);
    expect(played?.seconds).toBeCloseTo(4, 0);
    expect(played?.sizes).toEqual(['320x180']);
    expect(played?.frames).toBe(100);
  });
});

describe('several renditions play to the end and switch on the way', () => {
  let all: readonly Played[];
  beforeAll(async () => {
    if (browser && several !== undefined) all = await playAll(several, true);
  });

  (hasFfmpeg ? inBrowser : test.skip).each(protocols.map(([, what], index) => [what, index] as const))(
    '%s',
    (_, index) => {
      const played = all[index];
      expect(played?.errors).toEqual([]);
      expect(played?.seconds).toBeCloseTo(4, 0);
      expect(played?.sizes).toContain('320x180');
      expect(played?.sizes.length).toBeGreaterThan(1);
    },
  );
});

const playerUrl = (emulator: Client['emulator'], ism: string): string =>
  `${emulator.controlEndpoint}player?ism=${encodeURIComponent(new URL(ism).pathname)}`;

/** Opens the emulator's own page and waits until the film has ended or the page reports an error. */
async function watch(url: string, rendition = 0): Promise<Played & { readonly labels: readonly string[] }> {
  const page: Page = (await browser?.newPage()) ?? (undefined as never);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  try {
    await page.goto(url);
    // Playwright's own waiting compiles code in the page, which its policy forbids.
    const until = async (condition: string): Promise<void> => {
      const asked = `Boolean(${condition} || document.querySelector('output').textContent)`;
      while (!(await page.evaluate<boolean>(asked))) await page.waitForTimeout(50);
    };
    await until("document.querySelector('select').length > 0");
    if (rendition > 0) await page.locator('select').selectOption({ index: rendition });
    await until("document.querySelector('video').ended");
    const shot = process.env['PLAYER_SCREENSHOT'];
    if (shot !== undefined) await page.screenshot({ path: shot });
    const shown = await page.evaluate<Played & { labels: string[] }>(`(() => {
      const video = document.querySelector('video');
      const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
      return {
        frames: totalVideoFrames,
        dropped: droppedVideoFrames,
        seconds: video.currentTime,
        sizes: [video.videoWidth + 'x' + video.videoHeight],
        errors: [document.querySelector('output').textContent].filter(Boolean),
        labels: [...document.querySelectorAll('option')].map((option) => option.textContent),
      };
    })()`);
    return { ...shown, errors: [...errors, ...shown.errors] };
  } finally {
    await page.close();
  }
}

inBrowser('the page of the emulator plays a published asset to the end', async () => {
  const played = await watch(playerUrl(plain.emulator, single));
  expect(played.errors).toEqual([]);
  expect(played.seconds).toBeCloseTo(4, 0);
  expect(played.frames).toBe(100);
  expect(played.sizes).toEqual(['320x180']);
  expect(played.labels).toEqual([expect.stringMatching(/^320x180, \d+ kbit\/s$/)]);
});

(hasFfmpeg ? inBrowser : test.skip)(
  'the page offers the renditions, and plays the one that is chosen',
  async () => {
    const played = await watch(playerUrl((encoding as Client).emulator, several ?? ''), 2);
    expect(played.errors).toEqual([]);
    expect(played.labels).toHaveLength(3);
    expect(played.sizes).toEqual(['160x90']);
    expect(played.seconds).toBeCloseTo(4, 0);
  },
);

inBrowser('the page reports an asset that is not published', async () => {
  const gone = `/00000000-0000-4000-8000-000000000000/film.ism`;
  const { errors } = await watch(`${plain.emulator.controlEndpoint}player?ism=${gone}`);
  expect(errors.join('\n')).toMatch(/film\.ism\/manifest\(format=m3u8-cmaf\) answered 404/);
});

test('the page escapes the name, and runs and fetches nothing from elsewhere', async () => {
  const guid = '00000000-0000-4000-8000-000000000000';
  const ism = `/${guid}/${encodeURIComponent('<img src=x onerror=alert(1)>"&')}.ism`;
  const page = await plain.raw(`${plain.emulator.controlEndpoint}player?ism=${encodeURIComponent(ism)}`);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain('<img');
  expect(page.text).toContain('<title>&#60;img src=x onerror=alert(1)&#62;&#34;&#38;</title>');
  expect(page.text).not.toMatch(/https?:/);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'sha256-");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).not.toMatch(/unsafe|\*/);
});

test.each([
  'https://example.com/00000000-0000-4000-8000-000000000000/film.ism',
  '//example.com/00000000-0000-4000-8000-000000000000/film.ism',
  '/\\example.com/film.ism',
  '/00000000-0000-4000-8000-000000000000/../../film.ism',
  '/00000000-0000-4000-8000-000000000000/film.ism/manifest',
  '/00000000-0000-4000-8000-000000000000/%E0.ism',
  'javascript:alert(1)',
  '',
])('the page refuses %p, which is not the path of a published .ism', async (ism) => {
  const page = await plain.raw(`${plain.emulator.controlEndpoint}player?ism=${encodeURIComponent(ism)}`);
  expect(page.status).toBe(400);
  expect(page.headers.get('content-type')).toMatch(/^text\/plain/);
});

const HLS_OPTIONS = [
  '-extension_picky',
  '0',
  '-allowed_extensions',
  'ALL',
  '-allowed_segment_extensions',
  'ALL',
];

withFfmpeg.each(['m3u8-cmaf', 'mpd-time-cmaf'])(
  'ffmpeg decodes %s without a word',
  async (format) => {
    for (const ism of [single, several ?? single]) {
      // Its HLS reader takes only segments whose names end in a known extension unless told otherwise.
      const anyName = format.startsWith('m3u8') ? HLS_OPTIONS : [];
      const parameters = [
        '-v',
        'warning',
        '-xerror',
        ...anyName,
        '-i',
        `${ism}/manifest(format=${format})`,
        '-f',
        'null',
        '-',
      ];
      const { stderr } = await promisify(execFile)('ffmpeg', parameters);
      expect(stderr).toBe('');
    }
  },
  60_000,
);
