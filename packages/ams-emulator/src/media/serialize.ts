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

/** How one answer is to be written. */
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

type DateForm = 'ticks' | 'zoned' | 'plain';

/** The absolute URI of an entity, its key percent-encoded as the service wrote it. */
export function entityUri(root: string, set: EntitySet, row: Row): string {
  const key = keyOf(set, row);
  const encoded = encodeURIComponent(key.replaceAll("'", "''"));
  return `${root}${set.name}(${set.properties[set.key]?.type === 'Edm.Guid' ? 'guid' : ''}'${encoded}')`;
}

/** One entity as a whole answer. */
export function writeEntity(set: EntitySet, row: Row, writing: Writing): Payload {
  const { format, root } = writing;
  const version = versionOf(set, format, '1.0;');
  const entity = entityText(set, row, writing, dateForm(set, row, writing, version));
  if (format === 'verbose') return { body: `{"d":${entity}}`, dataServiceVersion: version };
  const context = JSON.stringify(`${root}$metadata#${set.name}${selected(writing)}/@Element`);
  return { body: `{"odata.metadata":${context},${entity.slice(1)}`, dataServiceVersion: version };
}

/** A page of entities; `count` is the number of all that match, written when given. */
export function writeFeed(set: EntitySet, rows: readonly Row[], writing: Writing, count?: number): Payload {
  const { format, root } = writing;
  const version = versionOf(set, format, '2.0;');
  const items = rows
    .map((row) => entityText(set, row, writing, dateForm(set, row, writing, version)))
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
  const text = valueText(type, value, writing.format, version === '1.0;' ? 'ticks' : 'plain');
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

function dateForm(set: EntitySet, row: Row, writing: Writing, version: string): DateForm {
  if (version !== '3.0;') return 'ticks';
  if (set.live === true) return 'zoned';
  // `_zoned` false: the client sent its dates without a zone, so the answer has none either.
  return writing.fresh === true && row['_zoned'] !== false ? 'zoned' : 'plain';
}

const selected = ({ select }: Writing): string =>
  select === undefined ? '' : `&$select=${select.join(',')}`;

function entityText(set: EntitySet, row: Row, { format, root, select }: Writing, dates: DateForm): string {
  const wanted = (name: string): boolean => select === undefined || select.includes(name);
  const parts: string[] = [];
  if (format === 'verbose') {
    const uri = entityUri(root, set, row);
    parts.push(`"__metadata":${JSON.stringify(entityMetadata(set, uri, root))}`);
    for (const name of Object.keys(set.navigation ?? {})) {
      if (wanted(name)) parts.push(`"${name}":{"__deferred":{"uri":${JSON.stringify(`${uri}/${name}`)}}}`);
    }
  }
  for (const [name, { type }] of Object.entries(set.properties)) {
    if (wanted(name)) parts.push(`"${name}":${valueText(type, row[name] ?? null, format, dates)}`);
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

function valueText(type: string, value: Value, format: Format, dates: DateForm): string {
  if (value === null) return 'null';
  const item = itemType(type);
  if (item !== undefined) {
    const items = Array.isArray(value) ? value : [];
    const text = items.map((entry) => valueText(item, entry, format, dates)).join(',');
    if (format === 'light') return `[${text}]`;
    return `{"__metadata":{"type":"${qualified(type)}"},"results":[${text}]}`;
  }
  if (type === 'Edm.DateTime') return dateText(Number(value), dates);
  if (type === 'Edm.Int64') return `"${Number(value)}"`;
  if (type === 'Edm.Double') return doubleText(Number(value), format);
  const properties = complexTypes[type];
  return properties === undefined || !isObject(value)
    ? JSON.stringify(value)
    : complexText(type, properties, value, format, dates);
}

function complexText(
  type: string,
  properties: Properties,
  value: Row,
  format: Format,
  dates: DateForm,
): string {
  const parts = Object.entries(properties).map(
    ([name, property]) => `"${name}":${valueText(property.type, value[name] ?? null, format, dates)}`,
  );
  if (format === 'verbose') parts.unshift(`"__metadata":{"type":"${qualified(type)}"}`);
  return `{${parts.join(',')}}`;
}

/** Light JSON shows that a number is a double: `440.0`. */
function doubleText(value: number, format: Format): string {
  return format === 'light' && Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function dateText(time: number, form: DateForm): string {
  if (form === 'ticks') return `"\\/Date(${time})\\/"`;
  return `"${isoDate(time)}${form === 'zoned' ? 'Z' : ''}"`;
}

/** ISO date without zone, trailing zeros of the fraction dropped. */
export function isoDate(time: number): string {
  return new Date(time).toISOString().replace(/\.?0*Z$/, '');
}
