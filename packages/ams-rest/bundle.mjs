/**
 * Writes the JavaScript of the package, beside the declarations that tsc writes: dist/library.js, all of it as one
 * CommonJS file, and dist/index.js, the door to it.
 *
 * One file because Node takes about 0.3 ms to find and open each: 73 of them took 20 ms, the one takes 6. A door of its
 * own because Node reads a CommonJS file to its end for the names in it when an ES module imports it: importing took 29 ms,
 * by the door 19, which does not tell what it requires in a form that would be followed. And undici is loaded by the first
 * exchange, and of it only what a pool needs: 25 ms instead of 80. With all that a process has its first answer in 0.75 to
 * 0.82 of the time of a script on undici (`bench/speed`). Whoever copies the sources gets undici as they are written.
 */
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** What the sources import from undici comes from undici-on-demand.cjs; what that requires stays outside. */
const undiciOnDemand = {
  name: 'undici-on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /^undici(\/|$)/ }, ({ path, importer }) =>
      importer.endsWith('.ts') ? { path: here('undici-on-demand.cjs') } : { path, external: true },
    );
  },
};

await build({
  entryPoints: [here('src/index.ts')],
  outfile: here('dist/library.js'),
  bundle: true,
  // Not 'node', which would write the names that the door tells a second time.
  platform: 'neutral',
  external: ['node:*'],
  target: 'node20.18',
  format: 'cjs',
  sourcemap: true,
  // The sources are in the package.
  sourcesContent: false,
  plugins: [undiciOnDemand],
});

const names = Object.keys(createRequire(import.meta.url)('./dist/library.js'));
await writeFile(
  here('dist/index.js'),
  `'use strict';
// Never carried out: this tells Node and bundlers the names, see cjs-module-lexer.
0 && (module.exports = { ${names.join(', ')} });
const library = require('./library.js');
module.exports = library;
`,
);
