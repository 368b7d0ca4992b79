/** The pages that `pnpm api-docs` writes. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { examples } from './read-examples';

let folder: string;
let printed: string;
let pages: Map<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reference-'));
  const script = ['--require', 'ts-node/register/transpile-only', join(__dirname, 'write-reference.ts')];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...script, folder]);
  printed = stdout + stderr;
  pages = await textByName();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The words of each export's page, by its name. */
async function textByName(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of ['classes', 'functions', 'interfaces', 'types', 'variables'])
    for (const file of await readdir(join(folder, kind)))
      found.set(
        file.replace(/^.*?(\w+)\.html$/, '$1'),
        words(await readFile(join(folder, kind, file), 'utf8')),
      );
  return found;
}

/** Without tags and white space, which the colours of the code put in between. */
function words(html: string): string {
  const text = html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s|&nbsp;/g, '');
}

it('are written without a warning', () => {
  expect(printed).toContain('html generated');
  expect(printed).not.toMatch(/warning|error/i);
});

it.each(examples.flatMap(({ names, code }) => names.map((name) => ({ name, code }))))(
  'the page of $name has its example',
  ({ name, code }) => {
    expect(pages.get(name)).toContain(code.replaceAll(/\s/g, ''));
  },
);
