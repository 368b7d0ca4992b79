/** The quick part of `pnpm consumers`: the packed tarball without a registry, on this Node alone. */
import { startEmulator, type Emulator } from 'ams-emulator';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tsconfig } from '../src/consumers';
import { layOut, runCommand } from '../src/install';
import { installOffline, packPackage, ROOT, type Tarball } from '../src/pack';

// Compilers and bundlers at work, on a machine that may be busy.
jest.setTimeout(120_000);

let workshop: string;
let project: string;
let tarball: Tarball;
let emulator: Emulator;

beforeAll(async () => {
  workshop = await mkdtemp(join(tmpdir(), 'consumers-'));
  project = join(workshop, 'project');
  tarball = await packPackage('ams-rest', join(workshop, 'pack'));
  await layOut({ name: 'quick', install: [], commands: [] }, project);
  await installOffline('ams-rest', tarball, project);
  // undici without its declarations: the library's own must not need them.
  await cp(join(ROOT, 'packages/ams-rest/node_modules/undici'), join(project, 'node_modules/undici'), {
    recursive: true,
    dereference: true,
    filter: (path) => !/\.d\.[cm]?ts$|[\\/]types$/.test(path),
  });
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
  await rm(workshop, { recursive: true, force: true });
});

const run = (command: string) => runCommand(command, project, emulator.env);
const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');

async function link(name: string, from: string): Promise<void> {
  const target = join(project, 'node_modules', name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(from, 'node_modules', name), target, 'junction');
}

describe('the tarball', () => {
  it('has the build in two files, the types of every source, the maps, and the sources; nothing else', () => {
    const sources = tarball.files.filter((path) => path.startsWith('src/'));
    expect(sources).toContain('src/index.ts');
    const declarations = sources.flatMap((path) =>
      ['.d.ts', '.d.ts.map'].map((ending) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, ending)),
    );
    const built = ['index.js', 'library.js', 'library.js.map'].map((name) => `dist/${name}`);
    expect([...tarball.files].sort()).toEqual(
      [...sources, ...declarations, ...built, 'LICENSE', 'README.md', 'package.json'].sort(),
    );
  });

  it('has maps that lead to its own sources', async () => {
    const folder = join(project, 'node_modules/ams-rest/dist');
    const sourcesOf = async (map: string) =>
      (JSON.parse(await readFile(join(folder, map), 'utf8')) as { sources: string[] }).sources;
    expect(await sourcesOf('credentials/token-cache.d.ts.map')).toEqual([
      '../../src/credentials/token-cache.ts',
    ]);
    expect(await sourcesOf('library.js.map')).toContain('../src/credentials/token-cache.ts');
  });

  it('stays small: 220 kB packed, sources and maps included', () => {
    expect(tarball.size).toBeLessThan(220_000);
  });
});

it.each(['story.cjs', 'story.mjs'])('%s runs', async (program) => {
  expect(await run(`${process.execPath} ${program}`)).toEqual({ done: true, output: 'ok\n' });
});

describe('TypeScript', () => {
  beforeAll(() => link('@types/node', ROOT));

  it.each([
    ['commonjs', { module: 'nodenext', outDir: 'cjs' }],
    ['module', { module: 'nodenext', outDir: 'esm' }],
  ])('%s by nodenext compiles under every strict flag, and runs', async (type, options) => {
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type }));
    await writeFile(join(project, 'tsconfig.json'), tsconfig(options));
    expect(await run(`${process.execPath} ${compiler}`)).toEqual({ done: true, output: '' });
    expect(await run(`${process.execPath} ${options.outDir}/main.js`)).toEqual({
      done: true,
      output: 'ok\n',
    });
  });
});

it('esbuild puts everything into one file, undici included', async () => {
  const esbuild = join(ROOT, 'packages/consumers/node_modules/esbuild/bin/esbuild');
  const options = '--bundle --platform=node --minify --log-level=warning --outfile=whole.cjs';
  expect(await run(`${esbuild} main.ts ${options}`)).toEqual({ done: true, output: '' });
  expect(await run(`${process.execPath} whole.cjs`)).toEqual({ done: true, output: 'ok\n' });
});

describe('what is loaded', () => {
  const loaded = async () => {
    const { output } = await run(`${process.execPath} loaded.cjs`);
    return JSON.parse(output) as { before: object; whole: boolean; undici: number };
  };

  it('is two files of the library, and what a pool needs of undici when the first exchange needs it', async () => {
    const { before, whole, undici } = await loaded();
    expect(before).toEqual({ library: 2, undici: 0 });
    expect(whole).toBe(false);
    expect(undici).toBeLessThan(40);
  });

  it('is all of undici where it has no such files to offer', async () => {
    const manifest = join(project, 'node_modules/undici/package.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, JSON.stringify({ ...(JSON.parse(text) as object), exports: './index.js' }));
    try {
      expect(await loaded()).toMatchObject({ whole: true });
    } finally {
      await writeFile(manifest, text);
    }
  });
});
