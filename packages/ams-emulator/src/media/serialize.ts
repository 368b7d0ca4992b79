import {
  complexTypes,
  container,
  itemType,
  keyOf,
  needsVersion3,
  typeNamespace,
  type EntitySet,
  type Properties,
  type Row,
  type Value,
} from '../model';
import type { Format } from './representation';
import { isObject } from './values';

/** The form of an answer. */
export interface Writing {
  readonly format: Format;
  /** API root with trailing slash. */
  readonly root: string;
  /** Answers to POST write dates with `Z`, later reads without. */
  readonly fresh?: boolean;
  readonly select?: readonly string[];
}

export interface Payload {
  readonly body: string;
  /** `1.0;`, `2.0;` or `3.0;` */
  readonly dataServiceVersion: string;
}

/** The form of an entity's dates. */
interface Dates {
  readonly form: 'milliseconds' | 'zoned' | 'plain';
  /** The part of the dates below a millisecond, in units of 100 ns: 0 to 9999. */
  readonly ticks?: number;
}

/** The absolute URI of an entity, its key percent-encoded as the service wrote it. */
export function entityUri(root: string, set: EntitySet, row: Row): string {
  const key = keyOf(set, row);
  const encoded = encodeURIComponent(key.replaceAll("'", "''"));
  return `${root}${set.name}(${set.properties[set.key]?.type === 'Edm.Guid' ? 'guid' : ''}'${encoded}')`;
}

/** An answer with one entity. */
export function writeEntity(set: EntitySet, row: Row, writing: Writing): Payload {
  const { format, root } = writing;
  const version = versionOf(set, format, '1.0;');
  const entity = entityText(set, row, writing, datesOf(set, row, writing, version));
  if (format === 'verbose') return { body: `{"d":${entity}}`, dataServiceVersion: version };
  const context = JSON.stringify(`${root}$metadata#${set.name}${selected(writing)}/@Element`);
  return { body: `{"odata.metadata":${context},${entity.slice(1)}`, dataServiceVersion: version };
}

/** A page of entities; `count` is the total number of matches, written if given. */
export function writeFeed(set: EntitySet, rows: readonly Row[], writing: Writing, count?: number): Payload {
  const { format, root } = writing;
  const version = versionOf(set, format, '2.0;');
  const items = rows
    .map((row) => entityText(set, row, writing, datesOf(set, row, writing, version)))
    .join(',');
  if (format === 'verbose') {
    const countText = count === undefined ? '' : `,"__count":"${count}"`;
    return { body: `{"d":{"results":[${items}]${countText}}}`, dataServiceVersion: version };
  }
  const context = JSON.stringify(`${root}$metadata#${set.name}${selected(writing)}`);
  const countText = count === undefined ? '' : `,"odata.count":"${count}"`;
  return {
    body: `{"odata.metadata":${context}${countText},"value":[${items}]}`,
    dataServiceVersion: version,
  };
}

/** The value of one property, or of a function when `name` is the function's. */
export function writeProperty(name: string, type: string, value: Value, writing: Writing): Payload {
  const version = writing.format === 'light' || itemType(type) !== undefined ? '3.0;' : '1.0;';
  const text = valueText(type, value, writing.format, {
    form: version === '1.0;' ? 'milliseconds' : 'plain',
  });
  if (writing.format === 'verbose') return { body: `{"d":{"${name}":${text}}}`, dataServiceVersion: version };
  const context = JSON.stringify(`${writing.root}$metadata#${qualified(type)}`);
  return { body: `{"odata.metadata":${context},"value":${text}}`, dataServiceVersion: version };
}

/** Name of a type with its namespace. */
export function qualified(type: string): string {
  const item = itemType(type);
  if (item !== undefined) return `Collection(${qualified(item)})`;
  return type.startsWith('Edm.') ? type : `${typeNamespace}.${type}`;
}

function versionOf(set: EntitySet, format: Format, lowest: string): string {
  return format === 'light' || needsVersion3(set) ? '3.0;' : lowest;
}

function datesOf(set: EntitySet, row: Row, writing: Writing, version: string): Dates {
  if (version !== '3.0;') return { form: 'milliseconds' };
  if (set.live === true) return { form: 'zoned' };
  if (writing.fresh !== true) return { form: 'plain' };
  // The answer to a creation repeats the client's dates: without a zone if they had none, with all their digits.
  const ticks = row['_ticks'];
  return {
    form: row['_zoned'] === false ? 'plain' : 'zoned',
    ...(typeof ticks === 'number' ? { ticks } : {}),
  };
}

const selected = ({ select }: Writing): string =>
  select === undefined ? '' : `&$select=${select.join(',')}`;

/** Texts of whole entities by format and root. A changed row is a new object, so a text never goes stale. */
const texts = new WeakMap<Row, Map<string, string>>();

function entityText(set: EntitySet, row: Row, writing: Writing, dates: Dates): string {
  // Only later reads have the same text.
  if (writing.select !== undefined || writing.fresh === true) return newEntityText(set, row, writing, dates);
  const key = `${writing.format} ${writing.root}`;
  const known = texts.get(row);
  const text = known?.get(key) ?? newEntityText(set, row, writing, dates);
  if (known === undefined) texts.set(row, new Map([[key, text]]));
  else known.set(key, text);
  return text;
}

function newEntityText(set: EntitySet, row: Row, { format, root, select }: Writing, dates: Dates): string {
  const wanted = (name: string): boolean => select === undefined || select.includes(name);
  const parts: string[] = [];
  if (format === 'verbose') {
    const uri = entityUri(root, set, row);
    parts.push(`"__metadata":${JSON.stringify(entityMetadata(set, uri, root))}`);
    for (const name of Object.keys(set.navigation ?? {})) {
      if (wanted(name)) parts.push(`"${name}":{"__deferred":{"uri":${JSON.stringify(`${uri}/${name}`)}}}`);
    }
  }
  for (const [name, { type, zoned }] of Object.entries(set.properties)) {
    if (!wanted(name)) continue;
    const form: Dates = zoned === true && dates.form === 'plain' ? { form: 'zoned' } : dates;
    parts.push(`"${name}":${valueText(type, row[name] ?? null, format, form)}`);
  }
  return `{${parts.join(',')}}`;
}

function entityMetadata(set: EntitySet, uri: string, root: string): Record<string, unknown> {
  const metadata = { id: uri, uri, type: `${typeNamespace}.${set.type}` };
  if (set.advertised === undefined) return metadata;
  const actions = set.advertised.map((name) => [
    `${root}$metadata#${container}.${name}`,
    [{ title: name, target: `${uri}/${name}` }],
  ]);
  return { ...metadata, actions: Object.fromEntries(actions) as unknown };
}

function valueText(
  type: string,
  value: Value,
  format: Format,
  dates: Dates,
  hasMetadata = format === 'verbose',
): string {
  if (value === null) return 'null';
  const item = itemType(type);
  if (item !== undefined) {
    const items = Array.isArray(value) ? value : [];
    // In a collection the complex values carry no metadata of their own.
    const text = items.map((entry) => valueText(item, entry, format, dates, false)).join(',');
    if (format === 'light') return `[${text}]`;
    return `{"__metadata":{"type":"${qualified(type)}"},"results":[${text}]}`;
  }
  if (type === 'Edm.DateTime') return dateText(Number(value), dates);
  if (type === 'Edm.Int64') return typeof value === 'string' ? `"${value}"` : `"${Number(value)}"`;
  if (type === 'Edm.Double') return doubleText(Number(value), format);
  const properties = complexTypes[type];
  return properties === undefined || !isObject(value)
    ? JSON.stringify(value)
    : complexText(type, properties, value, format, dates, hasMetadata);
}

function complexText(
  type: string,
  properties: Properties,
  value: Row,
  format: Format,
  dates: Dates,
  hasMetadata: boolean,
): string {
  const parts = Object.entries(properties).map(
    ([name, property]) => `"${name}":${valueText(property.type, value[name] ?? null, format, dates)}`,
  );
  if (hasMetadata) parts.unshift(`"__metadata":{"type":"${qualified(type)}"}`);
  return `{${parts.join(',')}}`;
}

/** Light JSON shows that a number is a double: `440.0`. */
function doubleText(value: number, format: Format): string {
  return format === 'light' && Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function dateText(time: number, { form, ticks }: Dates): string {
  if (form === 'milliseconds') return `"\\/Date(${time})\\/"`;
  return `"${isoDate(time, ticks)}${form === 'zoned' ? 'Z' : ''}"`;
}

/** ISO date without zone, trailing zeros of the fraction dropped; `ticks` are units of 100 ns beyond milliseconds. */
export function isoDate(time: number, ticks = 0): string {
  const digits = new Date(time).toISOString().slice(0, -1) + String(ticks).padStart(4, '0');
  return digits.replace(/\.?0*$/, '');
}
