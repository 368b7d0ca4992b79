/** What loading the library adds to a process that has loaded its transport, and what loading undici whole would. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodes } from '../nodes.mjs';
import { median } from '../statistics.mjs';

const program = fileURLToPath(new URL('../load.cjs', import.meta.url));
/** What `https` through a pool needs. */
const TRANSPORT = 'undici/lib/dispatcher/pool.js,undici/lib/core/connect.js,node:tls';
/** An empty package: the time that Node needs to find one. */
const EMPTY = 'bench-speed/empty';

export async function measure({ count }) {
  const rows = [];
  const targets = [];
  for (const { version, path } of await nodes()) {
    const times = async (...parts) => {
      const runs = [];
      for (let round = 0; round < count; round++)
        runs.push(JSON.parse((await promisify(execFile)(path, [program, ...parts])).stdout));
      return parts.map((_, index) => median(runs.map((run) => run[index])));
    };
    const [whole] = await times('undici');
    const [transport, library] = await times(TRANSPORT, 'ams-rest');
    const [, empty] = await times(TRANSPORT, EMPTY);
    rows.push([version, 'all of undici', whole.toFixed(1)]);
    rows.push([version, 'what a pool needs of it', transport.toFixed(1)]);
    rows.push([version, 'ams-rest after that', library.toFixed(1)]);
    rows.push([version, 'an empty package after that', empty.toFixed(1)]);
    targets.push({
      what: `Node ${version}: ms for loading ams-rest, its transport being loaded`,
      limit: 3,
      value: library,
    });
  }
  return {
    title: 'Loading',
    text:
      'Time of `require`, in a fresh process. Of the time for the library, what an empty package takes is spent on finding it; ' +
      'most of the rest on compiling 75 kB of code.',
    head: ['Node', 'what', 'ms'],
    rows,
    targets,
  };
}
