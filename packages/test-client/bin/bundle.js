/**
 * Makes the tool one file, and the local Azure another one, which is loaded when a command starts it.
 *
 * One file, because the sources take thirty times as long to start: ts-node compiles all of them each time.
 */
const { renameSync, rmSync } = require('node:fs');
const { join, sep } = require('node:path');

const PACKAGES = join(__dirname, '..', '..');
const SOURCES = [
  'test-client/src',
  'ams-rest/src',
  'ams-emulator/src',
  'packager/src',
  'test-client/bin',
].map((folder) => join(PACKAGES, folder));
const BUNDLE = join(PACKAGES, 'test-client/dist/ams.js');
/** In its own package, where its dependencies are found, but not in the folder that is published. */
const LOCAL_AZURE = 'ams-emulator/node_modules/.cache/ams-emulator.js';

/** Leaves the local Azure out, and loads of undici only what an exchange needs, at the first exchange. */
const loadedLater = {
  name: 'loaded-later',
  setup({ onResolve }) {
    onResolve({ filter: /^ams-emulator$/ }, () => ({ path: `../../${LOCAL_AZURE}`, external: true }));
    onResolve({ filter: /^undici(\/|$)/ }, ({ path, importer }) =>
      importer.startsWith(join(PACKAGES, 'ams-rest/src') + sep)
        ? { path: join(PACKAGES, 'ams-rest/undici-on-demand.cjs') }
        : { path, external: true },
    );
  },
};

/** Packages of this workspace go into the bundle, those of the registry stay where they are installed. */
const dependenciesOutside = {
  name: 'dependencies-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || /^ams-/.test(path) ? undefined : { path, external: true },
    );
  },
};

async function bundle() {
  const { build } = require('esbuild');
  const write = async (entryPoint, outfile, options) => {
    // Two processes may do this at the same time; each sees a whole file.
    const partial = `${outfile}.${process.pid}`;
    const shared = { bundle: true, platform: 'node', target: 'node20.18', conditions: ['@ams-rest/source'] };
    try {
      await build({ ...shared, ...options, entryPoints: [join(PACKAGES, entryPoint)], outfile: partial });
      renameSync(partial, outfile);
    } finally {
      rmSync(partial, { force: true });
    }
  };
  await write('ams-emulator/src/index.ts', join(PACKAGES, LOCAL_AZURE), { plugins: [dependenciesOutside] });
  await write('test-client/src/main.ts', BUNDLE, { plugins: [loadedLater] });
}

module.exports = { bundle, BUNDLE, SOURCES };
