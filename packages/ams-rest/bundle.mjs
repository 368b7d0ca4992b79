/**
 * Writes the JavaScript of the package beside the declarations that tsc writes: dist/heart.js, which is http/, token/ and
 * rest/, and for each entry point an index.js that loads it. So each class exists once, whichever entry points are used
 * together, and loading `ams-rest` loads nothing of Storage or Resource Manager.
 *
 * A few files because Node takes about 0.3 ms to find and open each. undici is loaded by the first exchange, and only the
 * parts that a pool needs. `bench/speed` measures what both save. Copies of the sources load undici as they are written.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const heart = ['http', 'token', 'rest'];

/** What the sources import from undici comes from undici-on-demand.cjs; what that requires stays outside. */
const undiciOnDemand = {
  name: 'undici-on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /^undici(\/|$)/ }, ({ path, importer }) =>
      importer.endsWith('.ts') ? { path: here('undici-on-demand.cjs') } : { path, external: true },
    );
  },
};

/** What an entry point imports from the heart's folders comes from heart.js. */
const heartOutside = (heartFile) => ({
  name: 'heart-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const [folder] = relative(here('src'), join(resolveDir, path)).split(sep);
      return heart.includes(folder) ? { path: heartFile, external: true } : undefined;
    });
  },
});

const options = {
  bundle: true,
  platform: 'node',
  target: 'node20.18',
  format: 'cjs',
  sourcemap: true,
  // The sources are in the package.
  sourcesContent: false,
};

/** Bundles, and assigns the exports: esbuild's getters for them cost a tenth of the time that loading takes. */
async function bundle(more) {
  await build({ ...options, ...more });
  const text = await readFile(more.outfile, 'utf8');
  const [getters, list] = /__export\(\w+, \{\n([^}]*)\}\);\nmodule\.exports = .*;\n/.exec(text);
  const assignments = list.replace(/^ {2}(\w+): \(\) => ([\w.]+),?$/gm, 'exports.$1 = $2;');
  // The source map counts lines.
  await writeFile(
    more.outfile,
    text.replace(getters, '\n'.repeat(getters.split('\n').length - 1)) + assignments,
  );
}

const files = await Promise.all(
  heart.map(async (folder) =>
    (await readdir(here(`src/${folder}`))).map((file) => `./src/${folder}/${file}`),
  ),
);
await bundle({
  stdin: {
    contents: files
      .flat()
      .map((file) => `export * from '${file}';`)
      .join('\n'),
    resolveDir: here('.'),
  },
  outfile: here('dist/heart.js'),
  plugins: [undiciOnDemand],
});

for (const entry of ['index', 'credentials/index', 'storage/index', 'resource-manager/index'])
  await bundle({
    entryPoints: [here(`src/${entry}.ts`)],
    outfile: here(`dist/${entry}.js`),
    plugins: [heartOutside(dirname(entry) === '.' ? './heart.js' : '../heart.js')],
  });
