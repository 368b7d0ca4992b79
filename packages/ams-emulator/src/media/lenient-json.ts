import type { Value } from '../model';
import { badRequest } from './errors';

const depthLimit = 64;

/**
 * Reads JSON as leniently as the service did: names without quotes, single-quoted strings, raw line breaks inside
 * strings. Throws 400 for what even that reader refused.
 */
export function parseLenientJson(text: string): Value {
  const reader = /[\s\uFEFF]*(?:([{}[\]:,])|"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|([^\s{}[\]:,"']+))/y;
  let punctuation: string | undefined;
  let quoted: string | undefined;
  let bare: string | undefined;

  function advance(): void {
    const at = reader.lastIndex;
    const match = reader.exec(text);
    if (match === null) {
      if (text.slice(at).trim() !== '') throw malformed();
      punctuation = quoted = bare = undefined;
      reader.lastIndex = text.length;
      return;
    }
    punctuation = match[1];
    const body = match[2] ?? match[3];
    quoted = body === undefined ? undefined : unescape(body);
    bare = match[4];
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
  return Number(text);
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescape(body: string): string {
  return body.replace(/\\(?:u([\da-fA-F]{4})|([^]))/g, (_, hex: string | undefined, letter = '') =>
    hex === undefined
      ? (escapes[letter as string] ?? String(letter))
      : String.fromCharCode(parseInt(hex, 16)),
  );
}
