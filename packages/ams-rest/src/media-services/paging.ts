/** Lists longer than one answer: Media Services returns at most 1000 entities at a time. */
import { pageGuard, type Query } from '../http/url';
import type { RestRequestOptions } from '../rest/rest-client';

/** Which entities of a set to list, and how; in the query `$top` limits the whole, and `$skip` starts later. */
export interface AmsListOptions extends RestRequestOptions {
  /** Entities per request, 1 to 1000; default 1000, the service's own limit. */
  readonly pageSize?: number;
}

export interface Page<T> {
  readonly items: T[];
  /** True when the answer names a next page, however short this one is. */
  readonly more: boolean;
}

/**
 * Requests page after page until one is short.
 *
 * @param fail Makes the error for an endless list.
 * @throws TypeError for a page size out of range, and what `fetchPage` throws.
 */
export async function* listPages<T>(
  fetchPage: (query: Query) => Promise<Page<T>>,
  { query = {}, pageSize = 1000 }: AmsListOptions,
  fail: (reason: string) => Error,
): AsyncGenerator<T[], void> {
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1000)
    throw new TypeError('pageSize must be a whole number from 1 to 1000');
  let skip = wholeNumber(query, '$skip') ?? 0;
  let left = wholeNumber(query, '$top') ?? Infinity;
  const guard = pageGuard('');
  while (left > 0) {
    const top = Math.min(pageSize, left);
    const { items, more } = await fetchPage({ ...query, $skip: skip > 0 ? skip : undefined, $top: top });
    if (items.length > 0) yield items;
    skip += items.length;
    left -= items.length;
    if (items.length === 0 || (items.length < top && !more)) return;
    const wrong = guard(String(skip), items.length);
    if (wrong) throw fail(wrong);
  }
}

function wholeNumber(query: Query, name: string): number | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new TypeError(`${name} must be a whole number`);
  return number;
}
