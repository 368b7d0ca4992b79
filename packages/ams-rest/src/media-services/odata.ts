/**
 * The parts of OData v3 that Media Services speaks, as pure functions: keys, query, envelopes, errors, dates.
 *
 * Specification: OData Version 3.0 Core, URL Conventions, JSON Verbose and JSON Light formats.
 */
import { isMalformed } from '../http';

/** A value of a query; text in an OData expression is quoted by `odataString`. */
export type QueryValue = string | number | boolean;
/** Names in the wire's spelling: `$filter`, `$top`, `assetid`. Undefined values are left out. */
export type Query = Readonly<Record<string, QueryValue | undefined>>;

/** What an OData error says. */
export interface ODataErrorText {
  readonly code: string;
  readonly message: string;
}

/**
 * The path of one entity, or of something under it: `Assets('nb%3Acid%3AUUID%3A…')/Files`.
 *
 * @param key Any text; quotes are doubled and everything special is percent-encoded.
 * @throws TypeError when a name is not an identifier, or the key is empty or has half a surrogate pair.
 */
export function entityPath(entitySet: string, key: string, ...rest: string[]): string {
  for (const name of [entitySet, ...rest])
    if (!/^[$\w]+$/.test(name)) throw new TypeError(`"${name}" is not the name of an entity set or property`);
  if (key === '') throw new TypeError(`the key of an entity in ${entitySet} is empty`);
  const literal = `'${encodeValue(key.replaceAll("'", "''"))}'`;
  return [`${entitySet}(${literal})`, ...rest].join('/');
}

/** A string literal of the query language: in quotes, with quotes inside doubled. */
export function odataString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The query string with its `?`, or nothing. Option names keep their `$`, values are percent-encoded.
 *
 * @throws TypeError when a name could not be one.
 */
export function encodeQuery(query: Query = {}): string {
  let text = '';
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (!/^[$\w.-]+$/.test(name)) throw new TypeError(`"${name}" is not the name of a query option`);
    text += `${text === '' ? '?' : '&'}${name}=${encodeValue(String(value))}`;
  }
  return text;
}

/**
 * `encodeURIComponent` leaves ! ' ( ) * alone; inside a path they could end a key early.
 *
 * @throws TypeError when there is half a surrogate pair, which UTF-8 cannot carry.
 */
function encodeValue(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  if (isMalformed(text)) throw new TypeError('a key or query value has half a surrogate pair in it');
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Takes the envelope off an answer and leaves what is inside as it was on the wire.
 *
 * `{d: entity}`, `{d: {results: []}}` (verbose), `{value: […], "odata.metadata"}` and
 * `{"odata.metadata", …entity}` (light) come out as the entity or the array of entities.
 */
export function unwrap(body: unknown): unknown {
  if (!isObject(body)) return body;
  if ('d' in body) {
    const { d } = body;
    return isObject(d) && Array.isArray(d['results']) ? d['results'] : d;
  }
  if ('odata.metadata' in body && 'value' in body && Object.keys(body).every(isEnvelope))
    return body['value'];
  return body;
}

/** What stands around a list or value in JSON Light; an entity may have a `value` of its own, beside others. */
const isEnvelope = (name: string) => name === 'value' || name.startsWith('odata.');

/** The address of the next page, when the answer has one: `d.__next` (verbose) or `odata.nextLink` (light). */
export function nextLink(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const link = isObject(body['d']) ? body['d']['__next'] : body['odata.nextLink'];
  return typeof link === 'string' && link !== '' ? link : undefined;
}

/**
 * Reads an error body in each form it comes in: verbose JSON (`error`), light JSON (`odata.error`), XML.
 *
 * Undefined when it is none of these. The code is mostly empty in Media Services.
 */
export function parseODataError(text: string): ODataErrorText | undefined {
  if (/^\s*</.test(text)) return parseXmlError(text);
  const body = parseJson(text);
  if (!isObject(body)) return undefined;
  const error =
    body['error'] ?? body['odata.error'] ?? (typeof body['message'] === 'string' ? body : undefined);
  if (!isObject(error)) return undefined;
  const { message } = error;
  return { code: textOf(error['code']), message: textOf(isObject(message) ? message['value'] : message) };
}

/** `<m:error><m:code/><m:message>…`; also the storage form `<Error><Code>…<Message>…`. */
function parseXmlError(text: string): ODataErrorText | undefined {
  if (!/<(\w+:)?error[\s>]/i.test(text)) return undefined;
  const element = (name: string) =>
    new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`, 'i').exec(text)?.[1]?.trim() ?? '';
  return { code: decodeXml(element('code')), message: decodeXml(element('message')) };
}

function decodeXml(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => named[name] ?? '');
}

/**
 * Reads a date in any form Media Services writes: `/Date(ms)/`, or ISO 8601 with or without a zone.
 *
 * Without a zone it is UTC: later reads come from a database that drops the Z. Undefined when it is no date.
 */
export function parseODataDate(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const ticks = /^\/Date\((-?\d+)(?:[+-]\d+)?\)\/$/.exec(value)?.[1];
  const iso = /T[\d:.]+$/.test(value) ? `${value}Z` : value;
  const date = new Date(ticks === undefined ? iso : Number(ticks));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
