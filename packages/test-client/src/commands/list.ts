/** Lists an entity set, as a table for people or one JSON object a line for programs. */
import type { GlobalOptions, World } from '../context';
import { COLUMNS, showValue } from '../output/columns';
import { layOutTable } from '../output/layout';
import { withSession } from '../session';

export interface ListOptions extends GlobalOptions {
  readonly filter?: string;
  readonly orderby?: string;
  readonly top?: string;
  readonly columns?: string;
}

export async function list(entitySet: string, options: ListOptions, world: World): Promise<void> {
  await withSession(options, world, {}, async ({ ams, signal }) => {
    const query = { $filter: options.filter, $orderby: options.orderby, $top: options.top };
    const rows: Record<string, unknown>[] = [];
    for await (const entity of ams.list(entitySet, { query, signal }))
      if (options.json) world.stdout.write(`${JSON.stringify(entity)}\n`);
      else rows.push(entity);
    if (options.json) return;
    const columns = options.columns?.split(',').map((name) => name.trim()) ?? columnsFor(entitySet, rows);
    const cells = rows.map((row) => columns.map((column) => showValue(column, row[column])));
    if (rows.length > 0) world.stdout.write(`${layOutTable(columns, cells, world.stdout.columns)}\n`);
    if (!options.quiet) world.stderr.write(`${rows.length} found\n`);
  });
}

function columnsFor(entitySet: string, rows: readonly Record<string, unknown>[]): readonly string[] {
  const known = Object.entries(COLUMNS).find(([name]) => name.toLowerCase() === entitySet.toLowerCase())?.[1];
  if (known) return known;
  return Object.entries(rows[0] ?? {})
    .filter(([, value]) => typeof value !== 'object')
    .map(([name]) => name)
    .slice(0, 5);
}
