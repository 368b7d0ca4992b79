/** The quick part of `pnpm consumers`: the packed tarball without a registry, on this Node only. */
import { startEmulator, type Emulator } from 'ams-emulator';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { tsconfig } from '../src/consumers';
import { layOut, runCommand } from '../src/install';
import { installOffline, packPackage, ROOT, type Tarball } from '../src/pack';
import { compile } from './compile';

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
  await cp(join(ROOT, 'packages/ams-rest/node_modules/undici'), join(project, 'node_modules/undici'), {
    recursive: true,
    dereference: true,
  });
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
  await rm(workshop, { recursive: true, force: true });
});

const run = (command: string) => runCommand(command, project, emulator.env);

async function link(name: string, from: string): Promise<void> {
  const target = join(project, 'node_modules', name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(from, 'node_modules', name), target, 'junction');
}

describe('the tarball', () => {
  it('has the build in a few files, the types of every source, the maps, and the sources; nothing else', () => {
    const sources = tarball.files.filter((path) => path.startsWith('src/'));
    expect(sources).toContain('src/index.ts');
    const declarations = sources.flatMap((path) =>
      ['.d.ts', '.d.ts.map'].map((ending) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, ending)),
    );
    const built = ['heart', 'index', 'credentials/index', 'storage/index', 'resource-manager/index'].flatMap(
      (name) => [`dist/${name}.js`, `dist/${name}.js.map`],
    );
    expect([...tarball.files].sort()).toEqual(
      [...sources, ...declarations, ...built, 'LICENSE', 'README.md', 'package.json'].sort(),
    );
  });

  it('has maps that lead to its own sources', async () => {
    const folder = join(project, 'node_modules/ams-rest/dist');
    const sourcesOf = async (map: string) =>
      (JSON.parse(await readFile(join(folder, map), 'utf8')) as { sources: string[] }).sources;
    expect(await sourcesOf('token/token-cache.d.ts.map')).toEqual(['../../src/token/token-cache.ts']);
    expect(await sourcesOf('heart.js.map')).toContain('../src/token/token-cache.ts');
  });

  it('stays small: 240 kB packed, sources and maps included', () => {
    expect(tarball.size).toBeLessThan(240_000);
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
    expect(compile(project)).toBe('');
    expect(await run(`${process.execPath} ${options.outDir}/main.js`)).toEqual({
      done: true,
      output: 'ok\n',
    });
  });

  it('the worker of the recipes compiles in an ESM project by nodenext', async () => {
    const files = ['worker.ts', 'worker-tokens.ts'];
    for (const name of files) await cp(join(ROOT, 'docs/recipes', name), join(project, name));
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    expect(
      compile(project, JSON.parse(tsconfig({ module: 'nodenext', noEmit: true }, { files })) as object),
    ).toBe('');
  });
});

it('esbuild puts everything into one file, undici included', async () => {
  const esbuild = join(ROOT, 'node_modules/esbuild/bin/esbuild');
  const options = '--bundle --platform=node --minify --log-level=warning --outfile=whole.cjs';
  expect(await run(`${esbuild} main.ts ${options}`)).toEqual({ done: true, output: '' });
  expect(await run(`${process.execPath} whole.cjs`)).toEqual({ done: true, output: 'ok\n' });
});

it('the heart needs Web standards only: a token, requests, retries and pages where Node is not to be had', async () => {
  const esbuild = join(ROOT, 'node_modules/esbuild/bin/esbuild');
  const outside = '--external:undici --external:undici/* --external:node:*';
  const options = `--bundle --format=iife --global-name=web ${outside} --log-level=warning --outfile=web.js`;
  expect(await run(`${esbuild} web.mjs ${options}`)).toEqual({ done: true, output: '' });
  const script = await readFile(join(project, 'web.js'), 'utf8');
  const standards = {
    AbortController,
    AbortSignal,
    atob,
    btoa,
    clearTimeout,
    crypto,
    DOMException,
    fetch,
    performance,
    queueMicrotask,
    setTimeout,
    TextDecoder,
    TextEncoder,
    URL,
    URLSearchParams,
    settings: { ...emulator.env, EMULATOR_CONTROL: emulator.controlEndpoint },
  };
  expect(await runInNewContext(`${script}; web.story(settings)`, standards)).toBe('ok');
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
