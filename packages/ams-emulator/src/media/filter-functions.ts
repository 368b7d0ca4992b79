import type { Value } from '../model';

/** Counts characters read or written. Throws 400 if a query exceeds its limit. */
export type Spend = (characters: number) => void;

interface FilterFunction {
  /** Allowed numbers of arguments. */
  readonly arity: readonly number[];
  /** Null for an argument of the wrong type, as in SQL. */
  readonly apply: (values: readonly (Value | bigint)[], spend: Spend) => Value;
}

const text = (arity: number, compute: (...parameters: string[]) => Value): FilterFunction => ({
  arity: [arity],
  apply(values, spend) {
    if (!values.every((value) => typeof value === 'string')) return null;
    for (const value of values) spend(value.length);
    const result = compute(...values);
    if (typeof result === 'string') spend(result.length);
    return result;
  },
});

/** Searching compares each character of `whole` with up to all of `part`, but mostly with few. */
const searchCost = (whole: string, part: string): number => whole.length * Math.max(1, part.length / 4);

const search = (find: (first: string, second: string) => Value, wholeFirst: boolean): FilterFunction => ({
  arity: [2],
  apply([first, second], spend) {
    if (typeof first !== 'string' || typeof second !== 'string') return null;
    spend(wholeFirst ? searchCost(first, second) : searchCost(second, first));
    return find(first, second);
  },
});

function replace(whole: string, from: string, to: string, spend: Spend): string {
  if (from === '') return whole;
  spend(searchCost(whole, from));
  let count = 0;
  for (let at = whole.indexOf(from); at >= 0; at = whole.indexOf(from, at + from.length)) count += 1;
  // Checked before the text is built: a few nested calls would exhaust the memory.
  spend(whole.length + count * Math.max(0, to.length - from.length));
  return whole.replaceAll(from, () => to);
}

const number = (compute: (value: number) => Value): FilterFunction => ({
  arity: [1],
  apply: ([value]) => (typeof value === 'number' ? compute(value) : null),
});

const datePart = (part: (date: Date) => number): FilterFunction => number((time) => part(new Date(time)));

/** The functions of OData 3.0 by name ("OData Version 3.0 URL Conventions", 5.1.2.4). */
export const functions: Readonly<Record<string, FilterFunction>> = {
  // The part comes first, unlike in the next two functions.
  substringof: search((part, whole) => whole.includes(part), false),
  startswith: text(2, (whole = '', part = '') => whole.startsWith(part)),
  endswith: text(2, (whole = '', part = '') => whole.endsWith(part)),
  length: text(1, (value = '') => value.length),
  indexof: search((whole, part) => whole.indexOf(part), true),
  replace: {
    arity: [3],
    apply([whole, from, to], spend) {
      if (typeof whole !== 'string' || typeof from !== 'string' || typeof to !== 'string') return null;
      return replace(whole, from, to, spend);
    },
  },
  tolower: text(1, (value = '') => value.toLowerCase()),
  toupper: text(1, (value = '') => value.toUpperCase()),
  trim: text(1, (value = '') => value.trim()),
  concat: text(2, (a = '', b = '') => a + b),
  substring: {
    arity: [2, 3],
    apply: ([value, start, length], spend) => {
      if (typeof value !== 'string' || typeof start !== 'number') return null;
      spend(value.length);
      return value.substring(start, typeof length === 'number' ? start + length : undefined);
    },
  },
  round: number(Math.round),
  floor: number(Math.floor),
  ceiling: number(Math.ceil),
  year: datePart((date) => date.getUTCFullYear()),
  month: datePart((date) => date.getUTCMonth() + 1),
  day: datePart((date) => date.getUTCDate()),
  hour: datePart((date) => date.getUTCHours()),
  minute: datePart((date) => date.getUTCMinutes()),
  second: datePart((date) => date.getUTCSeconds()),
};
