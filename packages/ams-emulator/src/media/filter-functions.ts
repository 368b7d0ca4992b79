import type { Value } from '../model';

interface FilterFunction {
  /** Allowed numbers of arguments. */
  readonly arity: readonly number[];
  /** Null for an argument of the wrong type, as SQL would have it. */
  readonly apply: (values: readonly Value[]) => Value;
}

const text = (arity: number, compute: (...parameters: string[]) => Value): FilterFunction => ({
  arity: [arity],
  apply: (values) => (values.every((value) => typeof value === 'string') ? compute(...values) : null),
});

const number = (compute: (value: number) => Value): FilterFunction => ({
  arity: [1],
  apply: ([value]) => (typeof value === 'number' ? compute(value) : null),
});

const datePart = (part: (date: Date) => number): FilterFunction => number((time) => part(new Date(time)));

/** The functions of OData 3.0 by name ("OData Version 3.0 URL Conventions", 5.1.2.4). */
export const functions: Readonly<Record<string, FilterFunction>> = {
  // The first argument is the part, the second the whole: the other way round than the two below.
  substringof: text(2, (part = '', whole = '') => whole.includes(part)),
  startswith: text(2, (whole = '', part = '') => whole.startsWith(part)),
  endswith: text(2, (whole = '', part = '') => whole.endsWith(part)),
  length: text(1, (value = '') => value.length),
  indexof: text(2, (whole = '', part = '') => whole.indexOf(part)),
  replace: text(3, (whole = '', from = '', to = '') => (from === '' ? whole : whole.split(from).join(to))),
  tolower: text(1, (value = '') => value.toLowerCase()),
  toupper: text(1, (value = '') => value.toUpperCase()),
  trim: text(1, (value = '') => value.trim()),
  concat: text(2, (a = '', b = '') => a + b),
  substring: {
    arity: [2, 3],
    apply: ([value, start, length]) => {
      if (typeof value !== 'string' || typeof start !== 'number') return null;
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
