import type { Value } from '../model';
import { badRequest } from './errors';

const depthLimit = 64;

/**
 * Reads JSON as leniently as the service did: names without quotes, single-quoted strings, raw line breaks inside
 * strings. Throws 400 for what the service refused too.
 */
export function parseLenientJson(text: string): Value {
  // Each repetition has a limit, because an unlimited one needs stack for every character of the body. A longer
  // name or number is read as two in a row, which no rule of the grammar allows.
  const reader = /([{}[\]:,])|(["'])|([^\s{}[\]:,"']{1,1000})|\s{1,1000}/y;
  let punctuation: string | undefined;
  let quoted: string | undefined;
  let bare: string | undefined;

  function advance(): void {
    let match = reader.exec(text);
    while (match?.[0].trim() === '') match = reader.exec(text);
    punctuation = match?.[1];
    const quote = match?.[2];
    quoted = quote === undefined ? undefined : string(quote);
    bare = match?.[3];
    if (match === null) reader.lastIndex = text.length;
  }

  /** The rest of a quoted string; the reader is after its opening quote. A regular expression would need a stack. */
  function string(quote: string): string {
    const start = reader.lastIndex;
    for (let at = start; at < text.length; at += 1) {
      if (text[at] === '\\') at += 1;
      else if (text[at] === quote) {
        reader.lastIndex = at + 1;
        return unescape(text.slice(start, at));
      }
    }
    throw malformed();
  }

  function value(depth: number): Value {
    if (depth > depthLimit) throw malformed();
    if (punctuation === '{') return object(depth);
    if (punctuation === '[') return array(depth);
    const result = quoted ?? literal(bare);
    advance();
    return result;
  }

  function object(depth: number): Value {
    const entries: [string, Value][] = [];
    advance();
    while (punctuation !== '}') {
      const name = quoted ?? bare;
      if (name === undefined) throw malformed();
      advance();
      expect(':');
      entries.push([name, value(depth + 1)]);
      if (punctuation !== '}') expect(',');
    }
    advance();
    return Object.fromEntries(entries);
  }

  function array(depth: number): Value {
    const items: Value[] = [];
    advance();
    while (punctuation !== ']') {
      items.push(value(depth + 1));
      if (punctuation !== ']') expect(',');
    }
    advance();
    return items;
  }

  function expect(wanted: string): void {
    if (punctuation !== wanted) throw malformed();
    advance();
  }

  advance();
  const result = value(0);
  if (punctuation !== undefined || quoted !== undefined || bare !== undefined) throw malformed();
  return result;
}

const malformed = (): Error => badRequest('The request body is not valid JSON.');

const words: Readonly<Record<string, Value>> = { true: true, false: false, null: null };

function literal(text: string | undefined): Value {
  if (text === undefined) throw malformed();
  if (Object.hasOwn(words, text)) return words[text] ?? null;
  if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw malformed();
  const number = Number(text);
  // Longer integers stay text, because only the property's type says whether they may be rounded.
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? text : number;
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescape(body: string): string {
  if (!body.includes('\\')) return body;
  const text = body.replace(/\\(?:u([\da-fA-F]{4})|([^]))/g, (_, hex: string | undefined, letter = '') =>
    hex === undefined
      ? (escapes[letter as string] ?? String(letter))
      : String.fromCharCode(parseInt(hex, 16)),
  );
  // Half of a surrogate pair becomes U+FFFD: stored in a key, it could not be written into a URL.
  return Buffer.from(text).toString();
}
