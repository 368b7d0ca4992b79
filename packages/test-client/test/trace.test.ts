/** What `--trace` writes: a HAR that is one, and a page that works in a real browser, without a secret in either. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Ajv from 'ajv';
import { startEmulator, type Emulator } from 'ams-emulator';
import type { Har } from 'har-format';
import * as harSchemas from 'har-schema';
import { chromium, type Browser, type Page } from 'playwright-core';
import { runCli } from './run-cli';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

let emulator: Emulator;
let folder: string;
let harPath: string;
let pagePath: string;
beforeAll(async () => {
  emulator = await startEmulator({ jobDurationMs: 300 });
  folder = mkdtempSync(join(tmpdir(), 'trace-'));
  harPath = join(folder, 'out.har');
  pagePath = join(folder, 'out.html');
  const run = await runCli({ args: ['--trace', harPath, '--trace', pagePath, 'demo'], env: emulator.env });
  expect(run.stderr).toBe('');
  expect(run.exitCode).toBe(0);
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

function expectNoSecrets(text: string): void {
  expect(text).not.toContain(emulator.clientSecret);
  expect(text).not.toContain(encodeURIComponent(emulator.clientSecret));
  expect(text).not.toMatch(/eyJ[\w-]{10}/);
  expect(text).not.toMatch(/sig=(?!REDACTED|\$SIG|&#39;&#34;\$SIG)[\w%]/);
}

describe('HAR', () => {
  it('is valid by the schema of HAR 1.2', () => {
    const ajv = new Ajv({ schemaId: 'auto', validateSchema: false });
    for (const schema of Object.values(harSchemas)) ajv.addSchema(schema);
    const valid = ajv.validate('har.json#', JSON.parse(readFileSync(harPath, 'utf8')));
    expect(ajv.errors).toBeNull();
    expect(valid).toBe(true);
  });

  it('holds every exchange, and no secret', () => {
    const text = readFileSync(harPath, 'utf8');
    const { entries } = (JSON.parse(text) as Har).log;
    const seen = new Set(
      entries.map(({ request: { method, url } }) => `${method} ${new URL(url).pathname.split('(')[0] ?? ''}`),
    );
    for (const call of [
      'GET /api/MediaProcessors',
      'POST /api/Assets',
      'POST /api/Jobs',
      'POST /api/Locators',
    ])
      expect(seen).toContain(call);
    expect(entries.filter(({ request: { url } }) => url.includes('/oauth2/'))).toHaveLength(1);
    expectNoSecrets(text);
  });
});

describe('page', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) return;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
    const context = await browser.newContext();
    page = await context.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (one) => {
      if (!one.url().startsWith('file:')) complaints.push(`asked for ${one.url()}`);
    });
    await page.goto(pathToFileURL(pagePath).href);
  });
  afterAll(() => (existsSync(CHROMIUM) ? browser.close() : undefined));

  /** Where there is no browser the rest of the tests still count; the check prints why it is left out. */
  const inBrowser = existsSync(CHROMIUM) ? it : it.skip;

  it('has no secret in it, and allows only its own style and script', () => {
    const html = readFileSync(pagePath, 'utf8');
    expectNoSecrets(html);
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    for (const element of ['style', 'script']) {
      const inside = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(html)?.[1] ?? '';
      expect(policy).toContain(`sha256-${createHash('sha256').update(inside).digest('base64')}`);
    }
    expect(html).not.toMatch(/\sstyle=|\son\w+=/);
  });

  inBrowser('draws each exchange to the party it went to, and asks nobody for anything', async () => {
    const arrows = await page.locator('summary .arrow').allInnerTexts();
    expect(arrows.length).toBeGreaterThan(40);
    const widthTo = async (lane: number) =>
      (await page.locator(`.to-${lane}`).first().boundingBox())?.width ?? 0;
    expect(await widthTo(2)).toBeLessThan(await widthTo(4));
    expect(await widthTo(4)).toBeLessThan(await widthTo(5));
    expect(complaints).toEqual([]);
  });

  inBrowser('opens by keyboard and shows the token by party', async () => {
    const first = page.locator('summary').first();
    await first.focus();
    await page.keyboard.press('Enter');
    await page.getByText('The token, decoded for display').waitFor();
    expect(await page.locator('details[open] tbody tr').count()).toBe(7);
  });

  inBrowser('copies a curl command that has variables where secrets were', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('details[open] button').first().click();
    await page.getByText('Copied').waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toMatch(/^curl -X POST \\\n {2}'http:.*\/oauth2\/v2\.0\/token'/);
    expect(copied).toContain(`client_secret='"$CLIENT_SECRET"'`);
  });

  inBrowser.each(['light', 'dark'] as const)('has no fault that axe knows of, in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    // Evaluated from outside, because the page's policy allows no other script.
    await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    const faults = await page.evaluate<string[]>(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].html))',
    );
    expect(faults).toEqual([]);
  });

  inBrowser('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1200, height: 800 });
  });
});

describe('a trace that cannot be written', () => {
  it.each([
    ['out.txt', /must end in \.har or \.html/],
    ['nowhere/out.har', /the folder nowhere is not there/],
  ])('%s is refused before anything is done', async (name, message) => {
    const run = await runCli({ args: ['demo', '--trace', name], env: emulator.env });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
  });
});

it('a run that fails leaves its trace too, and no half one', async () => {
  const path = join(folder, 'failed.har');
  const run = await runCli({
    args: ['token', '--trace', path],
    env: { ...emulator.env, AZURE_CLIENT_SECRET: 'planted-wrong-secret' },
  });
  expect(run.exitCode).toBe(3);
  const text = readFileSync(path, 'utf8');
  expect((JSON.parse(text) as Har).log.entries[0]?.response.status).toBe(401);
  expect(text).not.toContain('planted-wrong-secret');
  expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
});
