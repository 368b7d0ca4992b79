/** Which folder may import which, and that nothing imports itself by a detour. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const PACKAGES = join(__dirname, '../..');

/** The folders of the library, and which others each may import. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  http: [],
  token: ['http'],
  rest: ['http', 'token'],
  'media-services': ['http', 'token', 'rest'],
  credentials: ['http', 'token', 'rest'],
  storage: ['http', 'token', 'rest'],
  'resource-manager': ['http', 'token', 'rest'],
};

/** Modules from outside: undici in its transport only, Node's where bytes, keys and sign-ins come from. */
const OUTSIDE: Readonly<Record<string, RegExp>> = {
  'http/undici-transport.ts': /^undici$/,
  credentials: /^node:/,
  storage: /^node:/,
};

/** Packages import their own files, node's modules, and the exported entry points of what their package.json names. */
const PACKAGES_APART: Readonly<
  Record<string, { readonly never: readonly string[]; readonly deep: readonly string[] }>
> = {
  // No code shared with the library, or a mistake could hide in both.
  'ams-emulator': { never: ['ams-rest', 'test-client', 'undici'], deep: ['azurite'] },
  'test-client': { never: ['azurite'], deep: [] },
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

/** What users of the library import, as its package.json says. */
const ENTRY_POINTS = Object.keys(manifestOf('ams-rest').exports ?? {}).map((path) =>
  path.replace(/^\./, 'ams-rest'),
);

const folderOf = (path: string) => path.slice(0, Math.max(0, path.indexOf('/')));

/** The imports of the library that the layers do not allow. An entry file, which has no folder, may import all. */
function wrongImports(imports: readonly Import[]): Import[] {
  return imports.filter(({ from, to }) => {
    const folder = folderOf(from);
    if (!to.endsWith('.ts')) return !(OUTSIDE[from] ?? OUTSIDE[folder])?.test(to);
    const allowed = folder === '' ? Object.keys(LAYERS) : [folder, ...(LAYERS[folder] ?? [])];
    return !allowed.includes(folderOf(to));
  });
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
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
  const doors = dependenciesOf(name)
    .filter((dependency) => !never.includes(dependency))
    .flatMap((dependency) => (dependency === 'ams-rest' ? ENTRY_POINTS : [dependency]));
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

test('the folders of the library import downwards only', () => {
  const imports = allImports('ams-rest');
  expect(imports.length).toBeGreaterThan(50);
  expect(wrongImports(imports)).toEqual([]);
});

/** The files left after removing, repeatedly, those that import none of the rest or that none of the rest imports. */
function cyclic(imports: readonly Import[]): string[] {
  let left = imports;
  for (;;) {
    const [from, to] = [new Set(left.map((each) => each.from)), new Set(left.map((each) => each.to))];
    const rest = left.filter((each) => from.has(each.to) && to.has(each.from));
    if (rest.length === left.length) return [...from];
    left = rest;
  }
}

test.each(['ams-rest', 'ams-emulator', 'test-client', 'conformance', 'consumers'])(
  '%s has no import cycle',
  (name) => {
    const imports = allImports(name);
    expect(imports.length).toBeGreaterThan(10);
    expect(cyclic(imports)).toEqual([]);
  },
);

test('an import cycle is found', () => {
  const imports = ['ab', 'bc', 'cb', 'cd'].map(([from = '', to = '']) => ({ from, to }));
  expect(cyclic(imports)).toEqual(['b', 'c']);
});

test('the heart imports nothing that only Node has, its undici transport aside', () => {
  for (const path of sourceFiles(join(PACKAGES, 'ams-rest/src'))) {
    if (!/src\/(http|token|rest|media-services|resource-manager)\//.test(path)) continue;
    if (path.endsWith('undici-transport.ts')) continue;
    const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect([path, /\bBuffer\b|\bprocess\b|NodeJS\./.exec(text)?.[0]]).toEqual([path, undefined]);
  }
});

test.each(Object.keys(PACKAGES_APART))('%s is entered and left by its doors', (name) => {
  expect(wrongDoorsOfPackage(name, allImports(name))).toEqual([]);
});

test.each([
  ['http/retry.ts', "import type { AccessToken } from '../token/access-token';"],
  ['rest/bearer.ts', "import { Pool } from 'undici';"],
  ['rest/bearer.ts', "import { unwrap } from '../media-services/odata';"],
  ['media-services/ams-client.ts', "export * from '../credentials/imds';"],
  ['resource-manager/arm-client.ts', "import { unwrap } from '../media-services/odata';"],
  ['storage/block-blob.ts', "const undici = await import('undici');"],
  ['token/access-token.ts', "type Hash = import('node:crypto').Hash;"],
  ['http/errors.ts', "const util = require('node:util');"],
  ['index.ts', "export { startEmulator } from '../../ams-emulator/src';"],
  ['a-new-folder/file.ts', "import { redactText } from '../http/redact';"],
])('%s may not: %s', (from, text) => {
  const root = join(PACKAGES, 'ams-rest/src');
  expect(wrongImports(importsOf(root, join(root, from), text))).not.toEqual([]);
});

test.each([
  ['ams-emulator', "import { redactText } from 'ams-rest';"],
  ['ams-emulator', "import { redactText } from '../../ams-rest/src';"],
  ['test-client', "import { sleep } from 'ams-rest/src/retry';"],
  ['test-client', "import { sleep } from '../../ams-rest/src/retry';"],
  ['test-client', "import { Pool } from 'undici/lib/dispatcher/pool';"],
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

/** Syntax of a Location, before it is parsed: `https:path` has a scheme and no host. */
const SYNTAX_ONLY = '/^[a-z][a-z\\d+.-]*:(?!\\/\\/)/i';

/** Regular expressions that name a scheme, `//` or a domain: what only a parsed URL may be compared by. */
function urlPatterns(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isRegularExpressionLiteral(node) &&
      /https?|\\\/\\\/|\\\.(?:com|net|us|cn)\b/.test(node.text) &&
      node.text !== SYNTAX_ONLY
    )
      found.push(`${path}: ${node.text}`);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

test('no URL is compared by a regular expression', () => {
  const patterns = ['ams-rest', 'test-client', 'packager'].flatMap((name) =>
    sourceFiles(join(PACKAGES, name, 'src')).flatMap((path) => urlPatterns(path, readFileSync(path, 'utf8'))),
  );
  expect(patterns).toEqual([]);
});

test.each(['/^https?:/.test(url)', '/^\\w+:\\/\\/h/.test(url)', '/\\.azure\\.net$/.test(url)'])(
  'a comparison such as %s is found',
  (text) => expect(urlPatterns('a.ts', text)).toHaveLength(1),
);

test('no list of any length becomes the arguments of a call, which has a limit of about 120 000', () => {
  const spread = sourceFiles(join(PACKAGES, 'ams-rest/src')).filter((path) =>
    /\.(?:push|unshift|concat|fromCharCode|max|min)\((?:[^(){}]*,\s*)?\.\.\./.test(
      readFileSync(path, 'utf8'),
    ),
  );
  expect(spread).toEqual([]);
});

test('undici is the library’s one dependency', () => {
  expect(Object.keys(manifestOf('ams-rest').dependencies)).toEqual(['undici']);
});
