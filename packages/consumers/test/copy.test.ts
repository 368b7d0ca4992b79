/** The library copied instead of installed: whole, only `src`, and only the files that docs/copy.md lists. */
import { startEmulator, type Emulator } from 'ams-emulator';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tsconfig } from '../src/consumers';
import { CAPABILITIES, COPY_PAGE, copyPage, filesFor, SOURCES } from '../src/copy-page';
import { PROGRAMS, runCommand } from '../src/install';
import { ROOT } from '../src/pack';
import { compile } from './compile';

let workshop: string;
let emulator: Emulator;

beforeAll(async () => {
  workshop = await mkdtemp(join(tmpdir(), 'copies-'));
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
  await rm(workshop, { recursive: true, force: true });
});

const ok = { done: true, output: 'ok\n' };
const run = (command: string, folder: string) => runCommand(command, folder, emulator.env);

/** An application with `src/`, the compiler's types, and undici if it is wanted. */
async function application(
  name: string,
  type: 'commonjs' | 'module',
  undici: boolean,
  lib: readonly string[] = ['es2022'],
): Promise<string> {
  const folder = join(workshop, name);
  await mkdir(join(folder, 'src'), { recursive: true });
  await mkdir(join(folder, 'node_modules/@types'), { recursive: true });
  await symlink(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), 'junction');
  if (undici)
    await symlink(
      join(ROOT, 'packages/ams-rest/node_modules/undici'),
      join(folder, 'node_modules/undici'),
      'junction',
    );
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
  const options = { module: 'nodenext', lib, skipLibCheck: true, rootDir: 'src', outDir: 'out' };
  await writeFile(
    join(folder, 'tsconfig.json'),
    tsconfig(options, { include: ['src'], exclude: ['**/ams-rest/test'] }),
  );
  return folder;
}

const copyAllPrograms = (folder: string) =>
  cp(join(PROGRAMS, 'copied'), join(folder, 'src'), { recursive: true });

async function copyFiles(files: readonly string[], folder: string): Promise<void> {
  for (const file of files) {
    const target = join(folder, file);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(SOURCES, file), target);
  }
}

it('docs/copy.md lists the files that the imports need (if not: pnpm copy-page)', async () => {
  expect(copyPage()).toBe(await readFile(COPY_PAGE, 'utf8'));
});

it('no file is listed that the capability can do without', () => {
  for (const { entries } of CAPABILITIES) {
    const { files } = filesFor(entries);
    expect(new Set(files).size).toBe(files.length);
    expect(files).toEqual(expect.arrayContaining(entries.map((entry) => `${entry}.ts`)));
    expect(files).not.toContain('index.ts');
  }
});

describe.each([false, true])('just the files of each capability, undici installed: %s', (undici) => {
  const capabilities = CAPABILITIES.filter(({ entries }) => filesFor(entries).undici === undici);

  it('compile, and run', async () => {
    expect(capabilities).not.toEqual([]);
    const folder = await application(`files-${String(undici)}`, 'commonjs', undici);
    for (const { program, entries } of capabilities) {
      // Each in its own folder, where only its files can be found.
      const part = join(folder, 'src', program);
      await copyFiles(filesFor(entries).files, join(part, 'ams-rest'));
      for (const name of [`${program}.ts`, 'setting.ts'])
        await cp(join(PROGRAMS, 'copied', name), join(part, name));
    }
    expect(compile(folder)).toBe('');
    for (const { program } of capabilities) {
      const script = `import('./out/${program}/${program}.js').then(m=>m.run()).then(()=>console.log('ok'))`;
      await writeFile(join(folder, 'run.mjs'), script);
      expect(await run(`${process.execPath} run.mjs`, folder)).toEqual(ok);
    }
  });
});

it('only src, in a CommonJS application: nothing to set', async () => {
  const folder = await application('src-commonjs', 'commonjs', true);
  await cp(SOURCES, join(folder, 'src/ams-rest'), { recursive: true });
  await copyAllPrograms(folder);
  expect(compile(folder)).toBe('');
  expect(await run(`${process.execPath} out/main.js`, folder)).toEqual(ok);
});

it('only src, in an application with browser types: they do not conflict', async () => {
  const folder = await application('src-dom', 'commonjs', true, ['es2022', 'dom']);
  await cp(SOURCES, join(folder, 'src/ams-rest'), { recursive: true });
  await copyAllPrograms(folder);
  expect(compile(folder)).toBe('');
  expect(await run(`${process.execPath} out/main.js`, folder)).toEqual(ok);
});

it('only src, in an application that a bundler builds: nothing to set', async () => {
  const folder = await application('src-bundled', 'module', true);
  await cp(SOURCES, join(folder, 'src/ams-rest'), { recursive: true });
  await copyAllPrograms(folder);
  const esbuild = join(ROOT, 'node_modules/esbuild/bin/esbuild');
  const options = '--bundle --platform=node --format=esm --packages=external --log-level=warning';
  expect(await run(`${esbuild} src/main.ts ${options} --outfile=out/main.js`, folder)).toEqual({
    done: true,
    output: '',
  });
  expect(await run(`${process.execPath} out/main.js`, folder)).toEqual(ok);
});

it('only src, in an ESM application: a package.json of one line, here and in the output', async () => {
  const folder = await application('src-esm', 'module', true);
  await cp(SOURCES, join(folder, 'src/ams-rest'), { recursive: true });
  await copyAllPrograms(folder);
  const line = JSON.stringify({ type: 'commonjs' });
  await writeFile(join(folder, 'src/ams-rest/package.json'), line);
  expect(compile(folder)).toBe('');
  await writeFile(join(folder, 'out/ams-rest/package.json'), line);
  expect(await run(`${process.execPath} out/main.js`, folder)).toEqual(ok);
});

it.each([
  ['a CommonJS', 'commonjs'],
  ['an ESM', 'module'],
] as const)('the whole folder in %s application: only its tests left out', async (_, type) => {
  const folder = await application(`whole-${type}`, type, true);
  await cp(dirname(SOURCES), join(folder, 'src/ams-rest'), {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
  });
  await writeFile(
    join(folder, 'src/main.ts'),
    `import { AmsClient, MEDIA_SERVICES_RESOURCE } from './ams-rest/src/index.js';\n\n` +
      `console.log(typeof AmsClient === 'function' && typeof MEDIA_SERVICES_RESOURCE === 'string' ? 'ok' : 'not there');\n`,
  );
  expect(compile(folder)).toBe('');
  // What an ESM application needs besides.
  if (type === 'module')
    await cp(join(folder, 'src/ams-rest/package.json'), join(folder, 'out/ams-rest/package.json'));
  expect(await run(`${process.execPath} out/main.js`, folder)).toEqual(ok);
});

/** The settings that the templates of these tools write, without what concerns output and editors. */
const TEMPLATES = {
  'tsc --init of TypeScript 5': { target: 'es2016', module: 'commonjs', esModuleInterop: true, strict: true },
  'tsc --init of TypeScript 6, without verbatimModuleSyntax': {
    module: 'nodenext',
    target: 'esnext',
    types: ['node'],
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    strict: true,
    jsx: 'react-jsx',
    isolatedModules: true,
    noUncheckedSideEffectImports: true,
    moduleDetection: 'force',
  },
  Vite: {
    target: 'es2023',
    lib: ['ES2023', 'DOM'],
    module: 'esnext',
    types: ['node'],
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    moduleDetection: 'force',
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    erasableSyntaxOnly: true,
    noFallthroughCasesInSwitch: true,
    noUncheckedSideEffectImports: true,
  },
  'Next.js': {
    target: 'ES2017',
    lib: ['dom', 'dom.iterable', 'esnext'],
    allowJs: true,
    strict: true,
    esModuleInterop: true,
    module: 'esnext',
    moduleResolution: 'bundler',
    resolveJsonModule: true,
    isolatedModules: true,
    jsx: 'react-jsx',
  },
  NestJS: {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    resolvePackageJsonExports: true,
    esModuleInterop: true,
    isolatedModules: true,
    declaration: true,
    emitDecoratorMetadata: true,
    experimentalDecorators: true,
    allowSyntheticDefaultImports: true,
    target: 'ES2023',
    strictNullChecks: true,
    forceConsistentCasingInFileNames: true,
    noImplicitAny: false,
    strictBindCallApply: false,
    noFallthroughCasesInSwitch: false,
  },
};

describe('by the settings of a template, with the target that docs/copy.md requires', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await application('template', 'commonjs', true);
    await cp(SOURCES, join(folder, 'src/ams-rest'), { recursive: true });
    await copyAllPrograms(folder);
  });

  it.each(Object.entries(TEMPLATES))('%s', (_, { lib = ['es2022'], ...options }: Record<string, unknown>) => {
    const compilerOptions = { skipLibCheck: true, noEmit: true, ...options, lib, target: 'es2022' };
    expect(compile(folder, { compilerOptions, include: ['src'] })).toBe('');
  });
});
