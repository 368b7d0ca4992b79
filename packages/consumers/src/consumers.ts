/** The projects that take the packed tarball: what each installs beside it, its settings, and what it runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Consumer {
  readonly name: string;
  /** What npm installs beside the tarball. */
  readonly install: readonly string[];
  /** Settings, by file name; the files of `programs/` are there too. */
  readonly files?: Readonly<Record<string, string>>;
  /** Run in turn; the last must print `ok`, or what `expected` says. */
  readonly commands: readonly string[];
  readonly expected?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  /** Installs the tarball of ams-emulator as well. */
  readonly withEmulator?: boolean;
}

/** All strict flags; `skipLibCheck: false`, so the declarations of the package are judged as well. */
export function tsconfig(
  options: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, readonly string[]>> = { files: ['main.ts', 'typed.ts'] },
): string {
  const strict = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    noFallthroughCasesInSwitch: true,
    noPropertyAccessFromIndexSignature: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    isolatedModules: true,
    skipLibCheck: false,
    target: 'es2022',
    types: ['node'],
  };
  return JSON.stringify({ compilerOptions: { ...strict, ...options }, ...files });
}

/** A package.json that makes a folder one kind of module or the other. */
const moduleType = (type: 'module' | 'commonjs') => JSON.stringify({ private: true, type });

/** One compiler, each way of finding modules: ESM and CommonJS by nodenext, a bundler's, plain CommonJS. */
function typescript(version: string, commonjs: Readonly<Record<string, unknown>>): Consumer {
  const ways = [
    ['esm', { module: 'nodenext', outDir: 'esm' }],
    ['cjs', { module: 'nodenext', outDir: 'cjs' }],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler', noEmit: true }],
    ['commonjs', { module: 'commonjs', esModuleInterop: true, outDir: 'commonjs', ...commonjs }],
  ] as const;
  return {
    name: `TypeScript ${version}`,
    install: [`typescript@${version}`, '@types/node@20'],
    files: Object.fromEntries(ways.map(([way, options]) => [`tsconfig.${way}.json`, tsconfig(options)])),
    // What decides the kind of a .ts file is the package.json beside it.
    commands: ways.flatMap(([way]) => [
      `npm pkg set type=${way === 'esm' || way === 'bundler' ? 'module' : 'commonjs'}`,
      `tsc --project tsconfig.${way}.json`,
      ...(way === 'bundler' ? [] : [`node ${way}/main.js`]),
    ]),
  };
}

function node(version: string): Consumer {
  return {
    name: `Node ${version}`,
    install: [`node@${version}`],
    commands: ['node story.cjs', 'node story.mjs'],
  };
}

const BUNDLED_WHOLE: readonly Consumer[] = [
  {
    name: 'esbuild',
    install: ['esbuild@0.28'],
    commands: [
      'esbuild story.mjs --bundle --platform=node --format=esm --packages=external --outfile=apart.mjs',
      'node apart.mjs',
      'esbuild main.ts --bundle --platform=node --minify --outfile=whole.cjs',
      'node whole.cjs',
    ],
  },
  {
    name: 'Vite (server build)',
    install: ['vite@7'],
    files: {
      'vite.config.mjs': `export default { build: { ssr: 'story.mjs', outDir: 'out' }, ssr: { noExternal: ['ams-rest'] } };`,
    },
    commands: ['vite build', 'node out/story.js'],
  },
  {
    name: 'Rollup',
    install: ['rollup@4', '@rollup/plugin-node-resolve@16', '@rollup/plugin-commonjs@28'],
    files: {
      'rollup.config.mjs': `import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
export default {
  input: 'story.mjs',
  output: { file: 'out.mjs', format: 'es' },
  external: ['undici'],
  plugins: [nodeResolve({ preferBuiltins: true }), commonjs()],
};`,
    },
    commands: ['rollup --config rollup.config.mjs', 'node out.mjs'],
  },
  {
    name: 'webpack',
    install: ['webpack@5', 'webpack-cli@6'],
    files: {
      'webpack.config.cjs': `module.exports = {
  mode: 'production', target: 'node', entry: './story.mjs',
  output: { path: __dirname + '/out', filename: 'whole.cjs' },
};`,
    },
    commands: ['webpack --config webpack.config.cjs', 'node out/whole.cjs'],
  },
];

const TEST_RUNNERS: readonly Consumer[] = [
  {
    name: 'jest with ts-jest',
    install: ['jest@30', 'ts-jest@29', '@types/jest@30', 'typescript@5.9', '@types/node@20'],
    files: {
      'jest.config.cjs': `module.exports = { transform: { '\\\\.ts$': 'ts-jest' } };`,
      'tsconfig.json': tsconfig({
        module: 'commonjs',
        moduleResolution: 'node10',
        esModuleInterop: true,
        types: ['node', 'jest'],
      }),
      'typed.test.ts': `import { story } from './typed';\n\nit('runs', () => story());\n`,
    },
    commands: ['jest --no-cache'],
    expected: /1 passed/,
  },
  {
    name: 'vitest',
    install: ['vitest@3'],
    files: {
      'typed.test.ts': `import { it } from 'vitest';\nimport { story } from './typed';\n\nit('runs', () => story());\n`,
    },
    commands: ['vitest run --no-color'],
    expected: /1 passed/,
  },
  {
    name: 'ts-node',
    install: ['ts-node@10', 'typescript@5.9', '@types/node@20'],
    files: {
      'package.json': moduleType('commonjs'),
      'tsconfig.json': tsconfig({ module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true }),
      'run.ts': `import { story } from './typed';\n\nvoid story().then(() => console.log('ok'));\n`,
    },
    commands: ['ts-node --files run.ts'],
  },
];

const SETTINGS = [
  'AZURE_AUTHORITY_HOST',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AMS_ENDPOINT',
  'EMULATOR_CONTROL',
];

const OTHER_RUNTIMES: readonly Consumer[] = [
  { name: 'Bun', install: ['bun@1'], commands: ['bun web-main.mjs'] },
  {
    name: 'Deno',
    install: ['deno@2'],
    commands: ['deno run --allow-env --allow-net --allow-read --no-prompt web-main.mjs'],
  },
  {
    name: 'workerd (Cloudflare Workers)',
    install: ['workerd@1', 'esbuild@0.28'],
    files: {
      'config.capnp': `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-01-01",
  bindings = [${SETTINGS.map((name) => `(name = "${name}", fromEnvironment = "${name}")`).join(', ')}],
);
`,
    },
    commands: [
      'esbuild web-worker.mjs --bundle --format=esm --external:undici --external:undici/* --external:node:* --outfile=worker.mjs',
      'workerd test config.capnp',
    ],
  },
];

/** The recipe of docs/recipes/testing.md, twice over: files run in parallel, each with its own emulator. */
function emulatorTests(runner: string): Readonly<Record<string, string>> {
  const recipe = readFileSync(join(__dirname, '../../../docs/recipes/emulator.test.ts'), 'utf8');
  const named = runner === 'vitest' ? `import { afterAll, beforeAll, expect, test } from 'vitest';\n` : '';
  return { 'one.test.ts': named + recipe, 'two.test.ts': named + recipe };
}

const WITH_EMULATOR: readonly Consumer[] = [
  {
    name: 'the emulator in vitest',
    install: ['vitest@3'],
    withEmulator: true,
    files: emulatorTests('vitest'),
    commands: ['vitest run --no-color'],
    expected: /2 passed/,
  },
  {
    name: 'the emulator in jest',
    install: ['jest@30', 'ts-jest@29', '@types/jest@30', 'typescript@5.9', '@types/node@20'],
    withEmulator: true,
    files: {
      ...emulatorTests('jest'),
      'jest.config.cjs': `module.exports = { transform: { '\\\\.ts$': 'ts-jest' } };`,
      'tsconfig.json': tsconfig({
        module: 'commonjs',
        moduleResolution: 'node10',
        esModuleInterop: true,
        types: ['node', 'jest'],
      }),
    },
    commands: ['jest --no-cache'],
    expected: /Tests: +2 passed/,
  },
  {
    name: 'the emulator as a command',
    install: [],
    withEmulator: true,
    files: {
      'start.mjs': `import { spawn } from 'node:child_process';
const child = spawn('npx', ['--no', '--', 'ams-emulator', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
let text = '';
child.stdout.on('data', (chunk) => {
  text += chunk;
  if (!text.includes('# Stop')) return;
  const host = /^AZURE_AUTHORITY_HOST=(.*)$/m.exec(text)[1];
  const tenant = /^AZURE_TENANT_ID=(.*)$/m.exec(text)[1];
  fetch(host + '/' + tenant + '/v2.0/.well-known/openid-configuration')
    .then((answer) => console.log(answer.status === 200 ? 'ok' : answer.status))
    .finally(() => process.kill(-child.pid, 'SIGINT'));
});
`,
    },
    commands: ['node start.mjs'],
  },
];

/** All of them; see README.md for how to run one. */
export const CONSUMERS: readonly Consumer[] = [
  ...['20.18.1', '22', '24', '26'].map(node),
  typescript('5.4', { moduleResolution: 'node10' }),
  typescript('5.9', { moduleResolution: 'node10' }),
  typescript('6.0', { moduleResolution: 'bundler' }),
  typescript('7.0', { moduleResolution: 'bundler' }),
  ...BUNDLED_WHOLE,
  ...TEST_RUNNERS,
  ...OTHER_RUNTIMES,
  ...WITH_EMULATOR,
];
