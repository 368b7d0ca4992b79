/** The demo as a person runs it: on the embedded local Azure, and against one that runs elsewhere. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from 'ams-emulator';
import { runCli, type Ended } from './run-cli';

const ROOT = join(__dirname, '..', '..', '..');
const SAMPLE = join(ROOT, 'packages/test-client/media/sample.mp4');
const TITLES = [
  'Get an access token',
  'List MediaProcessors',
  'List Locators',
  'List StreamingEndpoints',
  'List Assets',
  'List AccessPolicies',
  'List Channels',
  'List Programs',
  'Create a channel',
  'Start the channel',
  'Reset the channel',
  'Create a program',
  'Update the program',
  'Stop the channel',
  'Update the channel',
  'Create an asset',
  'Create an access policy that allows writing',
  'Create a SAS locator',
  'Upload sample.mp4',
  'Let Media Services take up',
  'Pick the media processor',
  'Submit an encoding job',
  'Follow the job',
  'Find the output asset',
  'Create an access policy that allows reading',
  'Create an origin locator',
  'List the files',
  'Download',
  'Delete what this run created',
];

/** No token, no signature of a SAS, at whatever verbosity. */
export function expectNoSecrets({ output }: Ended): void {
  expect(output).not.toMatch(/eyJ[\w-]{10}/);
  expect(output).not.toMatch(/sig=(?!REDACTED)/i);
  expect(output).not.toMatch(/bearer (?!token|REDACTED)/i);
}

describe('the demo on the embedded local Azure', () => {
  let run: Ended;
  beforeAll(async () => {
    run = await runCli({ args: ['demo'], fromSource: true });
  }, 180_000);

  it('ends well and says on stderr only that it is local', () => {
    expect(run.localNote).toMatch(/local Azure that ends with the command\. To go live, fill in \.env/);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/\nDone in \d/);
  });

  it('prints every step of the story in order, numbered', () => {
    const steps = [...run.stdout.matchAll(/^ {0,2}(\d+)\. (.*)$/gm)];
    expect(steps.map(([, number]) => Number(number))).toEqual(TITLES.map((_, index) => index + 1));
    TITLES.forEach((title, index) => expect(steps[index]?.[2]).toContain(title));
  });

  it('maps the token to the four parties, and says why there is no refresh token', () => {
    for (const name of ['appid', 'appidacr', 'oid', 'idp', 'tid', 'iss', 'aud'])
      expect(run.stdout).toMatch(new RegExp(`(client|identity provider|STS|resource) +│ ${name} +│ \\S`));
    expect(run.stdout).toContain('No refresh token');
  });

  it('downloads the very bytes that went in', () => {
    const sha256 = createHash('sha256').update(readFileSync(SAMPLE)).digest('hex');
    expect(run.stdout.match(new RegExp(sha256, 'g'))).toHaveLength(2);
  });

  it('leaves no temporary folder', () => expect(run.leftInTemp).toEqual([]));

  it('shows no secret', () => expectNoSecrets(run));
});

describe('how much the demo says', () => {
  it('quiet: only the result', async () => {
    const run = await runCli({ args: ['demo', '--quiet'] });
    expect(run.exitCode).toBe(0);
    expect(run.stdout.trim()).toMatch(/^Done in [\d.]+ s\.$/);
  });

  it('verbose: each request and answer with headers, without secrets', async () => {
    const run = await runCli({ args: ['demo', '--verbose'] });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('> authorization: REDACTED');
    expect(run.stdout).toMatch(/< x-ms-request-id: \S/);
    expectNoSecrets(run);
  });

  it('help', async () => {
    const run = await runCli({ args: ['--help'] });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('Exit codes: 0 done');
  });
});

it('the sample video is there', () => expect(existsSync(SAMPLE)).toBe(true));

describe('a file that the local Azure cannot encode', () => {
  it('warns before anything is uploaded, and reports the reason when the job has failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ams-demo-test-'));
    try {
      const file = join(folder, 'note.txt');
      writeFileSync(file, 'Remember the milk.');
      const run = await runCli({ args: ['demo', '--file', file] });
      expect(run.stderr.split('\n')[0]).toBe(
        `Note: ${file} is not an MP4 file. The local Azure encodes MP4 files with H.264 only, so the encoding job will fail.`,
      );
      expect(run.stderr).toMatch(/note\.txt is not an MP4 file/);
      expect(run.exitCode).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 180_000);
});

describe('the demo with --keep on a local Azure that goes on running', () => {
  it('prints one line with the page that plays the result', async () => {
    const emulator = await startEmulator({ jobDurationMs: 10, operationDurationMs: 10 });
    try {
      const run = await runCli({ args: ['demo', '--keep'], env: emulator.env });
      expect(run.exitCode).toBe(0);
      const pages = [...run.stdout.matchAll(/^.*(http:\S+\/_emulator\/player\?ism=\S+)$/gm)];
      expect(pages).toHaveLength(1);
      const url = new URL(pages[0]?.[1] ?? '');
      expect(url.origin).toBe(emulator.url);
      expect((await fetch(url)).status).toBe(200);
      const manifest = await fetch(`${emulator.url}${url.searchParams.get('ism') ?? ''}/manifest`);
      expect(await manifest.text()).toContain('<SmoothStreamingMedia');
    } finally {
      await emulator.close();
    }
  }, 180_000);

  it('prints no page when the local Azure ends with the run', async () => {
    const run = await runCli({ args: ['demo', '--keep'] });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).not.toContain('/_emulator/player');
  }, 180_000);
});
