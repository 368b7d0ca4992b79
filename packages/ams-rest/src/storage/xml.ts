/**
 * Reads the subset of XML that Blob Storage uses.
 *
 * It refuses document type declarations, so only the five built-in entities and character references are expanded. Depth is
 * limited. Attributes, comments and processing instructions are skipped.
 */

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The element's own text, entities decoded. */
  readonly text: string;
}

export const MAX_XML_DEPTH = 32;
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[(?<cdata>[\s\S]*?)\]\]>|<(?<end>\/?)(?<name>[^\s<>/!?"'=]+)(?:\s+[^\s<>/"'=]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(?<empty>\/?)>|(?<text>[^<]+)/y;

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

/** @throws SyntaxError for malformed XML and for features that are not supported here. */
export function parseXml(document: string): XmlElement {
  const root: OpenElement = { name: '', children: [], text: '' };
  const open = [root];
  const source = document.replace(/^\uFEFF/, '');
  const tokens = new RegExp(TOKEN);
  while (tokens.lastIndex < source.length) {
    const at = tokens.lastIndex;
    const token = tokens.exec(source)?.groups;
    const current = open.at(-1);
    if (!token || !current) throw new SyntaxError(`not XML as the storage service writes it, at ${at}`);
    const { cdata, end, name, empty, text } = token;
    if (cdata !== undefined) current.text += cdata;
    else if (text !== undefined) current.text += decodeEntities(text);
    else if (name === undefined) continue;
    else if (end) {
      if (current.name !== name) throw new SyntaxError(`</${name}> does not close <${current.name}>`);
      open.pop();
    } else {
      const element: OpenElement = { name, children: [], text: '' };
      current.children.push(element);
      if (!empty) open.push(element);
      if (open.length > MAX_XML_DEPTH) throw new SyntaxError('the XML is nested too deeply');
    }
  }
  const [top, ...more] = root.children;
  if (!top || more.length > 0 || open.length > 1 || root.text.trim() !== '')
    throw new SyntaxError('the XML has not exactly one complete element');
  return top;
}

/** The first child of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

/** The text of the first child of that name; empty if there is none. */
export function childText(element: XmlElement | undefined, name: string): string {
  return child(element, name)?.text ?? '';
}

/** Escapes `text` for use between tags. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (char) => (char === '&' ? '&amp;' : char === '<' ? '&lt;' : '&gt;'));
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function decodeEntities(text: string): string {
  return text.replace(/&([^;&\s]*);?/g, (whole, entity: string) => {
    const named = NAMED[entity];
    if (named !== undefined && whole.endsWith(';')) return named;
    const number = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(entity);
    const code = number ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10) : Number.NaN;
    if (Number.isNaN(code) || code > 0x10ffff || !whole.endsWith(';'))
      throw new SyntaxError('the XML has an unknown entity');
    return String.fromCodePoint(code);
  });
}
