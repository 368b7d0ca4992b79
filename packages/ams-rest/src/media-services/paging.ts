/** Lists longer than one answer: Media Services gives at most 1000 entities at a time. */
import type { Query } from './odata';

/** Which entities of a set to list, and how. */
export interface ListOptions {
  /** `$filter`, `$orderby`, `$select`, …; `$top` limits the whole, `$skip` starts later. */
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Entities per request, 1 to 1000; default 1000, the service's own limit. */
  readonly pageSize?: number;
}

export interface Page<T> {
  readonly items: T[];
  /** The answer names a next page, however short this one is. */
  readonly more: boolean;
}

/**
 * Asks for one page after the other until one comes short.
 *
 * @throws TypeError for a page size out of range, and what `fetchPage` throws.
 */
export async function* listPages<T>(
  fetchPage: (query: Query) => Promise<Page<T>>,
  { query = {}, pageSize = 1000 }: ListOptions,
): AsyncGenerator<T[], void> {
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1000)
    throw new TypeError('pageSize must be a whole number from 1 to 1000');
  let skip = wholeNumber(query, '$skip') ?? 0;
  let left = wholeNumber(query, '$top') ?? Infinity;
  while (left > 0) {
    const top = Math.min(pageSize, left);
    const { items, more } = await fetchPage({ ...query, $skip: skip > 0 ? skip : undefined, $top: top });
    if (items.length > 0) yield items;
    skip += items.length;
    left -= items.length;
    if (items.length === 0 || (items.length < top && !more)) return;
  }
}

function wholeNumber(query: Query, name: string): number | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new TypeError(`${name} must be a whole number`);
  return number;
}
