/**
 * The parts of OData v3 that Media Services uses, as pure functions: keys, query, envelopes, errors, dates.
 *
 * Specification: OData Version 3.0 Core, URL Conventions, JSON Verbose and JSON Light formats.
 */
import { isObject, parseDate } from '../http/messages';
import { encodeValue } from '../http/url';

/** The code and message of an OData error. */
export interface ODataErrorText {
  readonly code: string;
  readonly message: string;
}

/**
 * Returns the path of an entity, or of something under it: `Assets('nb%3Acid%3AUUID%3A…')/Files`.
 *
 * @param key Any text; quotes are doubled and special characters are percent-encoded.
 * @throws TypeError when a name is not an identifier, or the key is empty or has an unpaired surrogate.
 */
export function entityPath(entitySet: string, key: string, ...rest: string[]): string {
  for (const name of [entitySet, ...rest])
    if (!/^[$\w]+$/.test(name)) throw new TypeError(`"${name}" is not the name of an entity set or property`);
  if (key === '') throw new TypeError(`the key of an entity in ${entitySet} is empty`);
  const literal = `'${encodeValue(key.replaceAll("'", "''"))}'`;
  return [`${entitySet}(${literal})`, ...rest].join('/');
}

/** Returns a string literal: quoted, with quotes inside doubled. */
export function odataString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Removes the envelope from an answer, and leaves its content unchanged.
 *
 * `{d: entity}`, `{d: {results: []}}` (verbose), `{value: […], "odata.metadata"}` and
 * `{"odata.metadata", …entity}` (light) come out as the entity or the array of entities.
 */
export function unwrapOData(body: unknown): unknown {
  if (!isObject(body)) return body;
  if ('d' in body) {
    const { d } = body;
    return isObject(d) && Array.isArray(d['results']) ? d['results'] : d;
  }
  if ('odata.metadata' in body && 'value' in body && Object.keys(body).every(isEnvelope))
    return body['value'];
  return body;
}

/** The envelope of a list or value in JSON Light. An entity can have a `value` too, but has other properties. */
const isEnvelope = (name: string) => name === 'value' || name.startsWith('odata.');

/** The URL of the next page, if the answer has one: `d.__next` (verbose) or `odata.nextLink` (light). */
export function nextLink(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const link = isObject(body['d']) ? body['d']['__next'] : body['odata.nextLink'];
  return typeof link === 'string' && link !== '' ? link : undefined;
}

/**
 * Reads an error body: verbose JSON (`error`), light JSON (`odata.error`) or XML.
 *
 * Returns undefined for anything else. In Media Services the code is usually empty.
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

/** `<m:error><m:code/><m:message>…`; also Storage's `<Error><Code>…<Message>…`. */
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
 * Reads a date in any format of Media Services: `/Date(ms)/`, or ISO 8601 with or without a zone.
 *
 * Without a zone it is UTC, because later reads come from a database that drops the Z. Returns undefined for other text.
 */
export function parseODataDate(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const ticks = /^\/Date\((-?\d+)(?:[+-]\d+)?\)\/$/.exec(value)?.[1];
  const iso = /^\d{4}-\d\d-\d\dT/.test(value) ? value : '';
  const date = new Date(ticks === undefined ? parseDate(iso) : Number(ticks));
  return Number.isNaN(date.getTime()) ? undefined : date;
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
