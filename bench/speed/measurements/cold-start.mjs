/** From the start of a process to its first authorized answer, over https, and to its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { nodes } from '../nodes.mjs';
import { median, medianRatio } from '../statistics.mjs';
import { startServer } from '../stand.mjs';

const CONTESTANTS = ['raw-undici', 'ams-rest', 'global-fetch', 'node-https', 'azure-identity', 'msal-axios'];
const here = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** The same program with `require`. */
async function required(name) {
  const { code } = await transform(await readFile(here(`cold/${name}.mjs`), 'utf8'), { format: 'cjs' });
  await mkdir(here('dist'), { recursive: true });
  await writeFile(here(`dist/${name}.cjs`), code);
  return here(`dist/${name}.cjs`);
}

async function run(node, program, { service, env }) {
  const start = performance.now();
  const child = spawn(node, [program], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env, SERVICE: JSON.stringify(service) },
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} failed`);
  return performance.now() - start;
}

export async function measure({ count }) {
  const stand = await startServer('https');
  const rows = [];
  const targets = [];
  const bars = [];
  for (const { version, path } of await nodes())
    for (const how of ['require', 'import']) {
      const programs = new Map();
      for (const name of CONTESTANTS)
        programs.set(name, how === 'require' ? await required(name) : here(`cold/${name}.mjs`));
      const taken = new Map(CONTESTANTS.map((name) => [name, []]));
      for (let round = -1; round < count; round++)
        for (const [name, program] of programs) {
          const ms = await run(path, program, stand);
          if (round >= 0) taken.get(name).push(ms);
        }
      const ratioOf = (name) => medianRatio(taken.get(name), taken.get('raw-undici'));
      const group = `Node ${version}, ${how}`;
      for (const name of CONTESTANTS) {
        rows.push([group, name, ratioOf(name).toFixed(2), median(taken.get(name)).toFixed(0)]);
        bars.push({ group, name, value: ratioOf(name) });
      }
      const peers = Math.min(ratioOf('azure-identity'), ratioOf('msal-axios'));
      targets.push({
        what: `${group}: beside the faster of the two identity libraries`,
        limit: 1,
        value: ratioOf('ams-rest') / peers,
      });
      targets.push({ what: `${group}: beside a script on undici`, limit: 0.87, value: ratioOf('ams-rest') });
    }
  await stand.stop();
  return {
    title: 'Cold start',
    text: 'A process that gets a token, makes one authorized GET and ends, over https, the whole of it.',
    head: ['how', 'contestant', 'of raw-undici', 'ms'],
    rows,
    targets,
    plot: { label: 'time, times that of a script on undici', bars },
  };
}
