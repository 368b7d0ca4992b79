/** Tables and lines that fit the terminal, and which colours there are. */
import { createColors } from 'picocolors';
import stringWidth from 'string-width';
import { visibleInLine } from './visible';

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

export interface TableOptions {
  /** Of the terminal; default as wide as the table needs. */
  readonly width?: number | undefined;
  /**
   * Where the terminal is narrower than the table: `drop` leaves out the last columns and cuts the last one that is
   * left; `stack` puts the values of a row below one another. Default `drop`.
   */
  readonly narrow?: 'drop' | 'stack';
  /** Called with the names of the columns that were left out. */
  readonly dropped?: (names: readonly string[]) => void;
}

const BETWEEN = ' │ ';
/** The minimum width of a cut column. */
const MIN_WIDTH = 12;

/** Lays out a table; control characters in its cells are shown. The first column is never cut. */
export function layOutTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { width = Infinity, narrow = 'drop', dropped }: TableOptions = {},
): string {
  const cells = rows.map((row) => head.map((_, column) => visibleInLine(row[column] ?? '')));
  const widths = head.map((name, column) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? '')), widthOf(name)),
  );
  const total = (count: number) =>
    widths.slice(0, count).reduce((sum, one) => sum + one + BETWEEN.length, 1 - BETWEEN.length);
  let shown = head.length;
  if (total(shown) > width) {
    while (
      shown > 1 &&
      total(shown - 1) + BETWEEN.length + Math.min(MIN_WIDTH, widths[shown - 1] ?? 0) > width
    )
      shown--;
    if (narrow === 'stack' || (shown === 1 && head.length > 1)) return stack(head, cells, width);
    if (shown < head.length) dropped?.(head.slice(shown));
    const last = width - total(shown - 1) - BETWEEN.length;
    widths[shown - 1] = Math.min(widths[shown - 1] ?? 0, last);
  }
  const line = (row: readonly string[]) => {
    const padded = row.slice(0, shown).map((cell, column) => fit(cell, widths[column] ?? 0));
    return ` ${padded.join(BETWEEN)}`.trimEnd();
  };
  return [head, ...cells].map(line).join('\n');
}

/** In columns of the terminal: East Asian characters and emoji take two. */
function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** Padded, or cut with `…` at the end. */
function fit(text: string, width: number): string {
  let end = text;
  if (widthOf(text) > width) {
    const chars = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
    while (chars.length > 0 && widthOf(chars.join('')) > width - 1) chars.pop();
    end = `${chars.join('')}…`;
  }
  return end + ' '.repeat(Math.max(0, width - widthOf(end)));
}

/** The first value of each row as a title, the others below it with their names. */
function stack(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const names = head.slice(1);
  const label = Math.max(0, ...names.map((name) => name.length)) + 5;
  return rows
    .map((row) => {
      const lines = names.flatMap((name, index) => {
        const value = row[index + 1];
        if (!value) return [];
        const [first = '', ...rest] = wrap(value, Math.max(20, width - label), true);
        return [`   ${name}`.padEnd(label) + first, ...rest.map((text) => ' '.repeat(label) + text)];
      });
      return [` ${row[0] ?? ''}`, ...lines].join('\n');
    })
    .join('\n');
}

/** A message, its lines broken for the terminal, but for those with a suggested command, which is to be copied. */
export function fitLines(text: string, { columns = Infinity }: Output, command: string): string {
  const lines = text.split('\n');
  return lines.flatMap((line) => (line.includes(command) ? line : wrap(line, columns))).join('\n');
}

/** A space where a line may be broken: not in its indent, in `→ 200, 3 times` or in `(29 ms)`. */
const BREAK = /(?<!^ *|→|→ \d+,|→ \d+, \d+|\(\d+) /;

/**
 * Breaks a line between words. A word that is longer than a line is cut if `cut`; else it is left whole for the terminal to
 * break, so that a URL can still be copied.
 */
export function wrap(text: string, width: number, cut = false): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(BREAK)) {
    const isWhole = !cut && widthOf(word) > width;
    if (line !== undefined && (isWhole || widthOf(`${line} ${word}`) <= width)) {
      line += ` ${word}`;
      continue;
    }
    if (line !== undefined) lines.push(line.trimEnd());
    line = word;
    for (; cut && widthOf(line) > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line ?? ''];
}
