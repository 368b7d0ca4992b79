/** The guide's map of the library names files that are there, requirements that there are, and fields as they are signed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSections } from '../src/vectors';

const ROOT = join(__dirname, '../../..');
const LIBRARY = join(ROOT, 'packages/ams-rest/src');
const page = (name: string) => readFileSync(join(ROOT, 'docs/translating', name), 'utf8');

const rows = (page('guide.md').split('## What each file of the original holds')[1] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const files = rows.flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

test.each(files)('%s is there', (name) => expect(existsSync(join(LIBRARY, name))).toBe(true));

test('the map covers the library: each section of the requirements has its file', () => {
  expect(files.length).toBeGreaterThan(30);
  expect(new Set(files).size).toBe(files.length);
  const named = rows.map(([, , requirements = '']) => requirements).join(' ');
  const sections = loadSections().map(({ id }) => id);
  // The story is the console client's.
  for (const id of sections) expect(named).toMatch(new RegExp(`\\b${id}\\b`));
});

test('every requirement that a page names is one', () => {
  const known = new Set(
    loadSections().flatMap(({ id, requirements }) => [
      id,
      ...requirements.map((requirement) => requirement.id),
    ]),
  );
  for (const name of ['guide.md', 'protocol.md', 'README.md'])
    for (const [id] of page(name).matchAll(/\b[A-Z]{3}-\d\d\b/g))
      expect([name, id, known.has(id)]).toEqual([name, id, true]);
});

test('links lead to files that are there', () => {
  for (const name of ['README.md', 'guide.md', 'protocol.md', 'requirements.md'])
    for (const [, target = ''] of page(name).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect([name, target, existsSync(join(ROOT, 'docs/translating', target))]).toEqual([
        name,
        target,
        true,
      ]);
});

test('protocol.md names each operation that the judge asks for, and no other', () => {
  const operations = page('protocol.md').split('## Operations')[1] ?? '';
  const documented = [...operations.matchAll(/\n\n`([a-z-]+)` /g)].map(([, name]) => name);
  // Each with an example that is one task and one answer.
  for (const name of documented) expect(operations).toContain(`→ {"name": "${name ?? ''}", "input": `);
  const source = [
    'token',
    'request',
    'cache',
    'retry',
    'redirect',
    'errors',
    'upload',
    'blocks',
    'complete',
    'story',
  ]
    .map((name) => readFileSync(join(__dirname, '../src/scenarios', `${name}.ts`), 'utf8'))
    .join('\n');
  const asked = new Set([...source.matchAll(/\bask\(\s*'([a-z-]+)'/g)].map(([, name]) => name));
  expect([...asked].sort()).toEqual(documented.sort());
});
