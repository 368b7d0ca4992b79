/** The judge shares no code with what it judges, or a mistake could hide in both. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

const SOURCE = join(__dirname, '../src');

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

function importsOf(name: string): string[] {
  const text = readFileSync(join(SOURCE, name), 'utf8');
  return [...text.matchAll(/\b(?:from|import\(|require\() ?'([^']+)'/g)].map(([, from = '']) => from);
}

test('there are files, and imports in them', () => {
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap(importsOf)).toContain('ams-emulator');
});

test.each(files)('%s imports its own package, node, the emulator, commander and selfsigned only', (name) => {
  const foreign = importsOf(name).filter((from) => !from.startsWith('.') && !isBuiltin(from));
  expect(foreign.filter((from) => !['ams-emulator', 'commander', 'selfsigned'].includes(from))).toEqual([]);
  const outside = name.includes('/') ? /^\.\.\/\.\./ : /^\.\.\//;
  expect(importsOf(name).filter((from) => outside.test(from))).toEqual([]);
});
