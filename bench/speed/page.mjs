/** docs/speed.md, with its plots as SVG, from the results that lie beside it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { format, resolveConfig } from 'prettier';
import { tableOf, targetLine } from './tables.mjs';

/** That of the repository, whose format check the page has to pass. */
const STYLE = await resolveConfig(fileURLToPath(import.meta.url));

const docs = (name) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

const write = async (name, text, parser) => writeFile(docs(name), await format(text, { ...STYLE, parser }));

/** Keeps a result as JSON, so that measurements can be made anew one at a time. */
export async function keep(name, result) {
  await mkdir(docs('speed'), { recursive: true });
  const when = new Date().toISOString().slice(0, 10);
  const machine = `Node ${process.versions.node}, ${cpus().length} cores`;
  await write(`speed/${name}.json`, JSON.stringify({ when, machine, ...result }), 'json');
}

const INTRO = `# Speed

<!-- Written by \`pnpm bench --write\`. -->

The cost of the library, compared with plain undici and with other libraries, each in a separate process. They take turns,
so that a busy machine affects all equally. Figures are medians of per-round ratios.
[How it is measured](../bench/speed/README.md) · [Uploads and downloads](../bench/storage/README.md)
`;

export async function writePage(names) {
  const parts = [INTRO];
  for (const name of names) {
    const text = await readFile(docs(`speed/${name}.json`), 'utf8').catch(() => undefined);
    if (text !== undefined) parts.push(await partOf(name, JSON.parse(text)));
  }
  await write('speed.md', parts.join('\n\n'), 'markdown');
}

async function partOf(name, { title, text, head, rows, targets, plot, when, machine }) {
  const lines = [`## ${title}`, `${text} ${when}, ${machine}.`];
  if (plot) {
    await writeFile(docs(`speed/${name}.svg`), svgOf(plot));
    lines.push(`![${title}: ${plot.label}](speed/${name}.svg)`);
  }
  lines.push(tableOf(head, rows), targets.map((target) => `- ${targetLine(target)}`).join('\n'));
  return lines.join('\n\n');
}

/** Bars by group and name; this library and the floor in colour. */
function svgOf({ label, bars }) {
  const { document } = parseHTML('<html></html>');
  const colours = { 'ams-rest': '#0b6e4f', 'raw-pool': '#8a8f98', 'raw-undici': '#8a8f98' };
  const groups = [...new Set(bars.map(({ group }) => group))];
  const names = [...new Set(bars.map(({ name }) => name))];
  const svg = Plot.plot({
    document,
    width: 760,
    height: 60 + groups.length * (names.length * 17 + 26),
    marginLeft: 130,
    marginRight: 110,
    style: { background: 'white', color: '#1f2328' },
    x: { label, grid: true },
    y: { label: null, domain: names },
    fy: { label: null, domain: groups },
    marks: [
      Plot.barX(bars, { x: 'value', y: 'name', fy: 'group', fill: ({ name }) => colours[name] ?? '#b9c4d0' }),
      Plot.ruleX([1]),
      Plot.text(bars, {
        x: 'value',
        y: 'name',
        fy: 'group',
        text: ({ value }) => value.toFixed(2),
        textAnchor: 'start',
        dx: 4,
      }),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${svg.outerHTML}\n`;
}
