import {
  complexTypes,
  findProperty,
  itemType,
  type Properties,
  type Property,
  type Row,
  type Value,
} from '../model';
import { badRequest } from './errors';

const invalid = (name: string): Error => badRequest(`The value of the property '${name}' is not valid.`);

/** A value from a request body in the form in which rows hold it. Throws 400 naming the property. */
export function readValue(name: string, property: Property, value: Value): Value {
  const read = convert(name, property.type, value);
  if (typeof read === 'string' && property.maxLength !== undefined && read.length > property.maxLength) {
    throw badRequest(`The property '${name}' is longer than ${property.maxLength} characters.`);
  }
  if (property.values !== undefined && read !== null && !property.values.includes(Number(read))) {
    throw invalid(name);
  }
  return read;
}

function convert(name: string, type: string, value: Value): Value {
  if (value === null) return null;
  const item = itemType(type);
  if (item !== undefined) return readCollection(name, item, value);
  switch (type) {
    case 'Edm.String':
      if (typeof value === 'string') return value;
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
      throw invalid(name);
    case 'Edm.Boolean':
      return readBoolean(name, value);
    case 'Edm.Int16':
      return readInteger(name, value, 0x7fff);
    case 'Edm.Int32':
      return readInteger(name, value, 0x7fff_ffff);
    case 'Edm.Int64':
      return readInt64(name, value);
    case 'Edm.Double':
      return readNumber(name, value);
    case 'Edm.DateTime': {
      const time = readDate(value);
      if (time === undefined) throw invalid(name);
      return time;
    }
    case 'Edm.Time':
      if (typeof value === 'string' && durationMs(value) !== undefined) return value;
      throw invalid(name);
    case 'Edm.Guid':
      if (typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) return value;
      throw invalid(name);
    default:
      return readComplex(name, type, value);
  }
}

function readCollection(name: string, item: string, value: Value): Value {
  // The verbose form wraps the items: {"results":[…]}.
  const items = isObject(value) ? value['results'] : value;
  if (!Array.isArray(items)) throw invalid(name);
  return items.map((entry) => convert(name, item, entry));
}

function readComplex(name: string, type: string, value: Value): Value {
  const properties = complexTypes[type];
  if (properties === undefined || !isObject(value)) throw invalid(name);
  const read: Row = {};
  for (const [field, fieldValue] of Object.entries(value)) {
    if (isAnnotation(field)) continue;
    const found = findProperty(properties, field);
    if (found === undefined) throw undefinedProperty();
    read[found[0]] = readValue(field, found[1], fieldValue);
  }
  return withDefaults(properties, read);
}

/** Every property of the type, in order: from `values`, or else its default. */
export function withDefaults(properties: Properties, values: Row): Row {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, values[name] ?? property.default ?? null]),
  );
}

/** In the words of a recorded answer, which does not name the property. */
export const undefinedProperty = (): Error =>
  badRequest(
    'Parsing request content failed due to: Make sure to only use property names that are defined by the type',
  );

/** Names that carry metadata of the format and no data. */
export const isAnnotation = (name: string): boolean => name === '__metadata' || /[@.]/.test(name);

export function isObject(value: Value | undefined): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readBoolean(name: string, value: Value): boolean {
  const text = JSON.stringify(value).replaceAll('"', '').toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw invalid(name);
}

function readNumber(name: string, value: Value): number {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof read !== 'number' || !Number.isFinite(read)) throw invalid(name);
  return read;
}

function readInteger(name: string, value: Value, largest: number): number {
  const read = readNumber(name, value);
  if (!Number.isInteger(read) || Math.abs(read) > largest) throw invalid(name);
  return read;
}

/** 64 bits, exactly: a number, or its decimal text where a number would be rounded. */
function readInt64(name: string, value: Value): number | string {
  const digits = typeof value === 'string' ? value.trim() : JSON.stringify(value);
  if (!/^[+-]?\d{1,19}$/.test(digits)) return readInteger(name, value, Number.MAX_SAFE_INTEGER);
  const read = BigInt(digits.replace('+', ''));
  if (BigInt.asIntN(64, read) !== read) throw invalid(name);
  return Number.isSafeInteger(Number(read)) ? Number(read) : String(read);
}

/** A value of a row in a form that compares as its type does. */
export function comparable(type: string, value: Value): Value | bigint {
  return type === 'Edm.Int64' && typeof value === 'string' ? BigInt(value) : value;
}

/**
 * Milliseconds of a date as clients wrote it: ISO with or without zone and seconds, `/Date(ms)/`, or
 * `M/D/YYYY hh:mm:ss AM`. No zone means UTC. Undefined for anything else.
 */
export function readDate(value: Value): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ticks = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/.exec(value)?.[1];
  const time = ticks === undefined ? dateOf(value.trim()) : Number(ticks);
  const inRange = time >= Date.UTC(-1, 0) && time < Date.UTC(10_000, 0);
  return inRange ? time : undefined;
}

function dateOf(text: string): number {
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/i.exec(
    text,
  );
  if (iso !== null) {
    const [, day = '', clock = '00:00', fraction = '0', zone = 'Z'] = iso;
    const seconds = clock.length === 5 ? `${clock}:00` : clock;
    return Date.parse(`${day}T${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${zone.toUpperCase()}`);
  }
  const american = /^\d{1,2}\/\d{1,2}\/\d{4}( \d{1,2}:\d\d(:\d\d)?( [AP]M)?)?$/i.test(text);
  return american ? Date.parse(`${text} UTC`) : NaN;
}

/** Milliseconds of an Edm.Time such as `PT1H30M`; undefined for other text. */
export function durationMs(text: string): number | undefined {
  const match = /^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,7})?)S)?)?$/.exec(
    text,
  );
  if (match === null || text.endsWith('P') || text.endsWith('T')) return undefined;
  // The group of an absent part is undefined, although its type says string.
  const parts: (string | undefined)[] = match.slice(1);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
