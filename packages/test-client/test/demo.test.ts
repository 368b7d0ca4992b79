/** The demo as a person runs it: on the embedded local Azure, and against one that runs elsewhere. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  'Create an access policy that lets write',
  'Create a SAS locator',
  'Upload sample.mp4',
  'Let Media Services take up',
  'Pick the media processor',
  'Submit an encoding job',
  'Follow the job',
  'Find the output asset',
  'Create an access policy that lets read',
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
    run = await runCli({ fromSource: true });
  });

  it('ends well and says nothing on stderr', () => {
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/\nDone in \d/);
  });

  it('tells every step of the story in its order, numbered', () => {
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
  it('quiet: the result alone', async () => {
    const run = await runCli({ args: ['--quiet'] });
    expect(run.exitCode).toBe(0);
    expect(run.stdout.trim()).toMatch(/^Done in [\d.]+ s\.$/);
  });

  it('verbose: each request and answer with headers, without secrets', async () => {
    const run = await runCli({ args: ['--verbose'] });
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
