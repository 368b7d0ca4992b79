/** Tables as wide as the terminal, and what colours there are. */
import Table from 'cli-table3';
import { createColors } from 'picocolors';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export type Colors = ReturnType<typeof createColors>;

/** Colours only on a terminal, and not where `NO_COLOR` (no-color.org) or `--no-color` says so. */
export function colorsFor(
  out: Output,
  wanted: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Colors {
  return createColors(wanted && out.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
}

const NO_BORDER = Object.fromEntries(
  (
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid ' +
    'right right-mid'
  )
    .split(' ')
    .map((name) => [name, '']),
);

/**
 * Lays out a table: columns as wide as what is in them; where the terminal is narrower, the last one wraps.
 *
 * @param columns How wide the terminal is; default: as wide as needed.
 */
export function layOutTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Infinity,
): string {
  const widths = head.map(
    (name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)) + 2,
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 1, 0);
  const last = Math.max(20, Math.min(widths.at(-1) ?? 0, columns - before));
  const longestWord = Math.max(
    ...rows.flatMap((row) => (row.at(-1) ?? '').split(' ').map((word) => word.length)),
  );
  const table = new Table({
    head: [...head],
    colWidths: [...widths.slice(0, -1), last],
    wordWrap: true,
    wrapOnWordBoundary: longestWord + 2 <= last,
    style: { head: [], border: [], compact: true },
    chars: NO_BORDER,
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
