/** Every TypeScript block in the documentation, and every example of the API reference, compiles under the strict settings of the project itself. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { examples } from '../docs/api/read-examples';
import { markdownFiles, readText, ROOT } from './markdown';

/** Each block becomes a module beside its page, so that its imports are looked up from there. */
const blocks = new Map<string, string>([
  ...examples.map(({ place, text }) => [join(ROOT, `docs/api/examples/${place}.mts`), text] as const),
  ...markdownFiles().flatMap((path) =>
    [...readText(path).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
      ([, code = ''], index) => [`${path}.${index + 1}.mts`, code] as const,
    ),
  ),
]);

it('there are blocks to compile', () => expect(blocks.size).toBeGreaterThan(0));

it('every block compiles', () => {
  const config: unknown = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) =>
    readFileSync(path, 'utf8'),
  ).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  // A page in docs/ or at the top may import what the packages offer, and undici beside the library.
  const paths: Record<string, string[]> = {
    'ams-rest': ['./packages/ams-rest/src/index.ts'],
    'ams-rest/*': ['./packages/ams-rest/src/*/index.ts'],
    'ams-emulator': ['./packages/ams-emulator/src/index.ts'],
    undici: ['./packages/ams-rest/node_modules/undici/index.d.ts'],
  };
  const host = ts.createCompilerHost({ ...options, paths });
  const disk = { ...host };
  host.fileExists = (name) => blocks.has(name) || disk.fileExists(name);
  host.readFile = (name) => blocks.get(name) ?? disk.readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const code = blocks.get(name);
    return code === undefined ? disk.getSourceFile(name, ...rest) : ts.createSourceFile(name, code, rest[0]);
  };
  const program = ts.createProgram([...blocks.keys()], { ...options, paths, noEmit: true }, host);
  const problems = ts.getPreEmitDiagnostics(program).flatMap(({ file, start = 0, messageText }) => {
    if (!file || !blocks.has(file.fileName)) return []; // The packages' own files have the type check.
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    return `${relative(ROOT, file.fileName)}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(problems).toEqual([]);
});
