/** Makes the pictures of the README, the demo in a terminal and the trace page: `pnpm pictures`. Needs Chromium. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import Convert from 'ansi-to-html';
import { chromium } from 'playwright-core';
import { runCommandLine } from '../src/cli';

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const COLUMNS = 118;
const LINES = 48;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  const trace = join(folder, 'trace.html');
  let printed = '';
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: COLUMNS });
  terminal.on('data', (text: Buffer) => (printed += text.toString()));
  const world = {
    command: 'node ams',
    env: {},
    dotenv: {},
    stdin: process.stdin,
    stdout: terminal,
    stderr: terminal,
  };
  await runCommandLine(['demo', '--trace', trace], { ...world, signal: new AbortController().signal });

  const shown = printed.split('\n').slice(1, LINES).join('\n');
  const colors = { 0: '#1f2328', 1: '#b3261e', 2: '#1a7f37', 6: '#0b7285' };
  const html = new Convert({ fg: '#1f2328', bg: '#ffffff', escapeXML: true, colors }).toHtml(shown);
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 800 }, colorScheme: 'light' });
    await page.setContent(
      `<body style="margin:0;background:#fff"><pre style="margin:0;padding:20px;width:max-content;font:14px/1.4 monospace">` +
        `<span style="color:#57606a">$ npx -y pnpm@10 demo</span>\n${html}</pre></body>`,
    );
    await page.locator('pre').screenshot({ path: join(DOCS, 'demo.png') });
    await page.goto(pathToFileURL(trace).href);
    await page.evaluate("document.querySelectorAll('h2')[15]?.scrollIntoView()");
    await page.evaluate('window.scrollBy(0, -60)');
    await page.screenshot({ path: join(DOCS, 'trace.png') });
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}

void main();
