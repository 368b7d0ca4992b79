import { itemType, type EntitySet, type Row, type Value } from '../model';
import { badRequest } from './errors';
import { compileFilter } from './filter';
import { comparable } from './values';

/** The largest number of entities in one answer. */
export const pageLimit = 1000;

/** The system query options of a request, checked against the entity set. */
export interface QueryOptions {
  readonly filter?: (row: Row) => boolean;
  readonly compare?: (a: Row, b: Row) => number;
  readonly skip: number;
  readonly top: number;
  readonly select?: readonly string[];
  readonly wantsCount: boolean;
}

const known = new Set(['$filter', '$orderby', '$top', '$skip', '$select', '$inlinecount']);

/** Reads the system query options. Throws 400 for `$expand`, unknown ones and bad values. */
export function readQueryOptions(query: URLSearchParams, set: EntitySet): QueryOptions {
  for (const name of query.keys()) {
    if (name.startsWith('$') && !known.has(name)) {
      throw badRequest(`The query option '${name.slice(0, 50)}' is not supported.`);
    }
    if (name.startsWith('$') && query.getAll(name).length > 1) {
      throw badRequest(`The query option '${name}' is given more than once.`);
    }
  }
  const filter = query.get('$filter');
  const orderBy = query.get('$orderby');
  const select = query.get('$select');
  const inlineCount = query.get('$inlinecount') ?? 'none';
  if (inlineCount !== 'none' && inlineCount !== 'allpages')
    throw badRequest("The value of '$inlinecount' is not valid.");
  return {
    ...(filter === null ? {} : { filter: compileFilter(filter, set) }),
    ...(orderBy === null ? {} : { compare: compileOrder(orderBy, set) }),
    ...(select === null ? {} : readSelect(select, set)),
    skip: readCount(query, '$skip') ?? 0,
    top: Math.min(readCount(query, '$top') ?? pageLimit, pageLimit),
    wantsCount: inlineCount === 'allpages',
  };
}

/** One page of the matching rows, and their total number. */
export function selectPage(rows: readonly Row[], options: QueryOptions): { page: Row[]; count: number } {
  const { filter, compare, skip, top } = options;
  let matching = filter === undefined ? rows : rows.filter(filter);
  if (compare !== undefined) matching = matching.toSorted(compare);
  return { page: matching.slice(skip, skip + top), count: matching.length };
}

function readCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text.trim()))
    throw badRequest(`The value of '${name}' is not a non-negative integer.`);
  return Number(text);
}

function readSelect(text: string, set: EntitySet): { select?: readonly string[] } {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('*')) return {};
  for (const name of names) {
    if (!Object.hasOwn(set.properties, name) && !Object.hasOwn(set.navigation ?? {}, name)) {
      throw badRequest(`No property '${name.slice(0, 50)}' exists in type '${set.type}'.`);
    }
  }
  return { select: [...new Set(names)] };
}

function compileOrder(text: string, set: EntitySet): (a: Row, b: Row) => number {
  const terms = text.split(',').map((term) => {
    const [, name = '', direction = 'asc'] = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/.exec(term) ?? [];
    const property = Object.hasOwn(set.properties, name) ? set.properties[name] : undefined;
    const isSortable = property?.type.startsWith('Edm.') === true && itemType(property.type) === undefined;
    if (!isSortable) throw badRequest("The '$orderby' expression is not valid.");
    return { name, type: property.type, sign: direction === 'desc' ? -1 : 1 };
  });
  // A repeated property changes nothing.
  const deciding = terms.filter(({ name }, index) => terms.findIndex((term) => term.name === name) === index);
  return (a, b) => {
    for (const { name, type, sign } of deciding) {
      const order = compareValues(comparable(type, a[name] ?? null), comparable(type, b[name] ?? null));
      if (order !== 0) return order * sign;
    }
    return 0;
  };
}

/** Null sorts first, as in SQL Server. */
function compareValues(a: Value | bigint, b: Value | bigint): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
