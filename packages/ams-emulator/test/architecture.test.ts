import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const sources = join(__dirname, '../src');

const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'));

/** The source files that one imports, type imports included. */
function importsOf(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(join(sources, file), 'utf8'))
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => relative(sources, join(sources, dirname(file), fileName)).replaceAll('\\', '/'))
    .map((path) => [`${path}.ts`, `${path}/index.ts`].find((candidate) => files.includes(candidate)) ?? path);
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));

/** The files left after removing, repeatedly, those that import none of the rest or that none of the rest imports. */
function cyclic(): string[] {
  const left = new Map(graph);
  for (;;) {
    const imported = new Set([...left.values()].flat());
    const ends = [...left].filter(
      ([file, imports]) => !imported.has(file) || !imports.some((to) => left.has(to)),
    );
    if (ends.length === 0) return [...left.keys()];
    for (const [file] of ends) left.delete(file);
  }
}

test('every relative import is a source file of the emulator', () => {
  expect(files.length).toBeGreaterThan(50);
  expect([...graph.values()].flat().filter((file) => !files.includes(file))).toEqual([]);
});

test('has no import cycle', () => {
  expect(cyclic()).toEqual([]);
});

test('the service is given the rules of entity sets and does not import them', () => {
  const entered = files
    .filter((file) => /^(media|model)\//.test(file))
    .flatMap((file) => graph.get(file) ?? []);
  expect(entered.filter((file) => file.startsWith('rules/'))).toEqual([]);
});
