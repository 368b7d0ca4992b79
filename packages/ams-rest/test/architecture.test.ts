/** Who may import whom. Each room is entered by the doors named here, and by no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const PACKAGES = join(__dirname, '../..');

const STORAGE = [
  'storage/',
  'abort.ts',
  'bearer.ts',
  'credentials/access-token.ts',
  'errors.ts',
  'http.ts',
  'media-services/odata.ts',
  'redact.ts',
  'retry.ts',
  'undici-transport.ts',
];

/** The rooms of the library, and what each may enter besides itself; `x/` is a folder, a file's own line comes first. */
const LIBRARY_ROOMS: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['*'],
  // Plain values and pure questions.
  'http.ts': [],
  'abort.ts': [],
  'redact.ts': ['http.ts'],
  'errors.ts': ['http.ts', 'redact.ts'],
  'challenge.ts': ['http.ts'],
  'retry.ts': ['abort.ts', 'errors.ts', 'http.ts', 'redact.ts'],
  // The network: only transports touch it.
  'undici-transport.ts': ['abort.ts', 'errors.ts', 'http.ts', 'network-error.ts', 'undici'],
  'fetch-transport.ts': ['abort.ts', 'errors.ts', 'http.ts', 'network-error.ts'],
  'network-error.ts': ['errors.ts', 'http.ts'],
  // One authorized request.
  'bearer.ts': [
    'abort.ts',
    'challenge.ts',
    'credentials/access-token.ts',
    'errors.ts',
    'http.ts',
    'redact.ts',
    'retry.ts',
  ],
  'credentials/': [
    'abort.ts',
    'challenge.ts',
    'errors.ts',
    'http.ts',
    'redact.ts',
    'retry.ts',
    'undici-transport.ts',
  ],
  // Signatures, two files that others write, and the redirect of a browser: each behind one door.
  'credentials/certificate-key.ts': ['credentials/certificate-assertion.ts', 'node:crypto'],
  'credentials/federated-token-file.ts': ['credentials/', 'node:fs/promises'],
  'credentials/arc-key-file.ts': ['node:fs/promises'],
  'credentials/loopback-redirect.ts': ['abort.ts', 'node:http', 'node:net'],
  'media-services/odata.ts': ['http.ts'],
  'media-services/': [
    'abort.ts',
    'bearer.ts',
    'credentials/access-token.ts',
    'errors.ts',
    'http.ts',
    'redact.ts',
    'retry.ts',
    'undici-transport.ts',
  ],
  'storage/': STORAGE,
  // The disk and the hashes of node: only where bytes come from or go to.
  'storage/file-source.ts': ['storage/', 'node:fs/promises'],
  'storage/folder.ts': ['storage/', 'http.ts', 'node:fs/promises', 'node:path'],
  'storage/download.ts': [...STORAGE, 'node:fs', 'node:fs/promises'],
  'storage/digest.ts': ['node:crypto'],
  'resource-manager/': [
    'abort.ts',
    'bearer.ts',
    'credentials/access-token.ts',
    'errors.ts',
    'http.ts',
    'media-services/odata.ts',
    'redact.ts',
    'retry.ts',
    'undici-transport.ts',
  ],
};

/** Packages besides their own files and node's modules enter what their package.json names, by the front door. */
const PACKAGES_APART: Readonly<
  Record<string, { readonly never: readonly string[]; readonly deep: readonly string[] }>
> = {
  // No code shared with the library, or a mistake could hide in both.
  'ams-emulator': { never: ['ams-rest', 'test-client', 'undici'], deep: ['azurite'] },
  'test-client': { never: ['undici', 'azurite'], deep: [] },
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const isTypeScript = (name: string) => /\.ts$/.test(name) && !/\.d\.ts$/.test(name);

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourceFiles(path);
    return isTypeScript(entry.name) ? [path] : [];
  });
}

/** Every module that a text names: import, export from, import(), require(), import types. */
function namedModules(path: string, text: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText())
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (named && ts.isStringLiteral(named)) names.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return names;
}

/** The imports of one file, relative ones as a path from `root`. */
function importsOf(root: string, path: string, text: string): Import[] {
  return namedModules(path, text).map((name) => {
    const to = name.startsWith('.') ? `${relative(root, join(dirname(path), name))}.ts` : name;
    return { from: relative(root, path), to };
  });
}

function wrongDoorsOfLibrary(imports: readonly Import[]): Import[] {
  return imports.filter(({ from, to }) => {
    const rooms = Object.keys(LIBRARY_ROOMS).filter((name) => from === name || inside(name, from));
    const room = rooms.sort((a, b) => b.length - a.length)[0];
    if (room === undefined) return true;
    const doors = LIBRARY_ROOMS[room] ?? [];
    if (doors.includes('*')) return to.startsWith('..');
    return !inside(room, to) && !doors.some((door) => to === door || inside(door, to));
  });
}

const inside = (room: string, path: string) => room.endsWith('/') && path.startsWith(room);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8')) as Manifest;
}

/** What is there when the package runs, and what is nothing but types. */
function dependenciesOf(name: string): string[] {
  const { dependencies, devDependencies = {} } = manifestOf(name);
  const types = Object.keys(devDependencies).filter((dependency) => dependency.startsWith('@types/'));
  return [...Object.keys(dependencies), ...types.map((dependency) => dependency.slice('@types/'.length))];
}

function wrongDoorsOfPackage(name: string, imports: readonly Import[]): Import[] {
  const { never = [], deep = [] } = PACKAGES_APART[name] ?? {};
  const doors = dependenciesOf(name).filter((dependency) => !never.includes(dependency));
  return imports.filter(
    ({ to }) =>
      to.startsWith('..') ||
      (!to.endsWith('.ts') &&
        !isBuiltin(to) &&
        !doors.includes(to) &&
        !deep.some((door) => doors.includes(door) && to.startsWith(`${door}/`))),
  );
}

function allImports(name: string): Import[] {
  const root = join(PACKAGES, name, 'src');
  return sourceFiles(root).flatMap((path) => importsOf(root, path, readFileSync(path, 'utf8')));
}

test('the rooms of the library are entered by their doors', () => {
  const imports = allImports('ams-rest');
  expect(imports.length).toBeGreaterThan(50);
  expect(wrongDoorsOfLibrary(imports)).toEqual([]);
});

test.each(Object.keys(PACKAGES_APART))('%s is entered and left by its doors', (name) => {
  expect(wrongDoorsOfPackage(name, allImports(name))).toEqual([]);
});

test.each([
  ['retry.ts', "import { undiciTransport } from './undici-transport';"],
  ['bearer.ts', "import { Pool } from 'undici';"],
  ['media-services/odata.ts', "import { AmsClient } from './ams-client';\nimport { sleep } from '../retry';"],
  ['media-services/ams-client.ts', "export * from '../credentials/token-cache';"],
  ['storage/block-blob.ts', "const fs = await import('node:fs');"],
  ['credentials/describe-token.ts', "type Hash = import('node:crypto').Hash;"],
  ['errors.ts', "const util = require('node:util');"],
  ['index.ts', "export { startEmulator } from '../../ams-emulator/src';"],
  ['a-new-room.ts', "import { redactText } from './redact';"],
])('%s is told that it may not: %s', (from, text) => {
  const root = join(PACKAGES, 'ams-rest/src');
  expect(wrongDoorsOfLibrary(importsOf(root, join(root, from), text))).not.toEqual([]);
});

test.each([
  ['ams-emulator', "import { redactText } from 'ams-rest';"],
  ['ams-emulator', "import { redactText } from '../../ams-rest/src';"],
  ['test-client', "import { sleep } from 'ams-rest/src/retry';"],
  ['test-client', "import { sleep } from '../../ams-rest/src/retry';"],
  ['test-client', "import { Pool } from 'undici';"],
])('%s is told that it may not: %s', (name, text) => {
  const root = join(PACKAGES, name, 'src');
  expect(wrongDoorsOfPackage(name, importsOf(root, join(root, 'main.ts'), text))).not.toEqual([]);
});

test('the library never reads the environment, prints, or exits', () => {
  for (const path of sourceFiles(join(PACKAGES, 'ams-rest/src'))) {
    const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect([path, /\b(process|console)\s*[.[]/.exec(text)?.[0]]).toEqual([path, undefined]);
  }
});

test('undici is the library’s one dependency', () => {
  expect(Object.keys(manifestOf('ams-rest').dependencies)).toEqual(['undici']);
});
