/** Lists an entity set, as a table for people or one JSON object a line for programs. */
import type { GlobalOptions, World } from '../context';
import { COLUMNS, showValue } from '../output/columns';
import { layOutTable } from '../output/layout';
import { withSession } from '../session';
import { note, tellLine } from '../output/print';

export interface ListOptions extends GlobalOptions {
  readonly filter?: string;
  readonly orderby?: string;
  readonly top?: string;
  readonly columns?: string;
}

export async function list(entitySet: string, options: ListOptions, world: World): Promise<undefined> {
  await withSession(options, world, { needs: 'Media Services' }, async ({ ams, signal }) => {
    const query = { $filter: options.filter, $orderby: options.orderby, $top: options.top };
    let columns: readonly string[] | undefined = options.columns?.split(',').map((name) => name.trim());
    const rows: string[][] = [];
    for await (const entity of ams.list(entitySet, { query, signal }))
      if (options.json) await tellLine(world, entity);
      else {
        const shown = (columns ??= columnsFor(entitySet, entity));
        rows.push(shown.map((column) => showValue(entitySet, column, entity[column])));
      }
    if (options.json) return;
    if (columns && rows.length > 0) {
      const left: string[] = [];
      const dropped = (names: readonly string[]) => left.push(...names);
      world.stdout.write(`${layOutTable(columns, rows, { width: world.stdout.columns, dropped })}\n`);
      if (left.length > 0) note(options, world, `Not shown in this width: ${left.join(', ')} (see --json)`);
    }
    note(options, world, `${rows.length} found`);
  });
}

function columnsFor(entitySet: string, first: Readonly<Record<string, unknown>>): readonly string[] {
  const known = Object.entries(COLUMNS).find(([name]) => name.toLowerCase() === entitySet.toLowerCase())?.[1];
  if (known) return known;
  return Object.entries(first)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name]) => name)
    .slice(0, 5);
}
