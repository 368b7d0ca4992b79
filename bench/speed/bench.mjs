/**
 * Runs the measurements and prints their tables and targets.
 *
 *     node bench.mjs [--only small-get,tokens] [--rounds 15] [--write] [--counts]
 *
 * `--write` makes docs/speed.md and its plots of what was measured, and keeps what was measured before by others;
 * `--counts` prints the counts of counts.mjs instead, and no time.
 */
import { parseArgs } from 'node:util';
import { counts } from './counts.mjs';
import { tableOf, targetLine } from './tables.mjs';

const MEASUREMENTS = [
  'small-get',
  'page',
  'long-list',
  'tokens',
  'cold-start',
  'loading',
  'installed',
  'emulator',
  'console',
];

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: MEASUREMENTS.join(',') },
    rounds: { type: 'string', default: '15' },
    write: { type: 'boolean', default: false },
    counts: { type: 'boolean', default: false },
  },
});

async function main() {
  if (values.counts) {
    console.log(JSON.stringify(await counts(), undefined, 2));
    return;
  }
  const names = values.only.split(',');
  const unknown = names.find((name) => !MEASUREMENTS.includes(name));
  if (unknown !== undefined)
    throw new Error(`there is no measurement ${unknown}; there are ${MEASUREMENTS.join(', ')}`);
  for (const name of names) {
    const { measure } = await import(`./measurements/${name}.mjs`);
    const result = await measure({ count: Number(values.rounds) });
    console.log(`\n## ${result.title}\n\n${result.text}\n`);
    console.log(tableOf(result.head, result.rows));
    for (const target of result.targets) console.log(targetLine(target));
    if (values.write) await (await import('./page.mjs')).keep(name, result);
  }
  if (values.write) await (await import('./page.mjs')).writePage(MEASUREMENTS);
}

await main();
