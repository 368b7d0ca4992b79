/** The XML reader: what it reads, and what it refuses to. */
import fc from 'fast-check';
import { child, childText, escapeXml, parseXml } from '../src/storage/xml';

test('elements, text, entities, attributes, comments, CDATA', () => {
  const root = parseXml(
    '\uFEFF<?xml version="1.0" encoding="utf-8"?>\n<!-- <a> -->\n' +
      '<List Of="&lt;1>" x=\'y\'><Name>a &amp; b &lt;&#233;&#xE9;&#x1F3AC;&gt; &quot;&apos;</Name><Empty/>' +
      '<ns:Other  /><Raw><![CDATA[<&]]> text</Raw></List>\n',
  );
  expect(root.name).toBe('List');
  expect(childText(root, 'Name')).toBe('a & b <éé🎬> "\'');
  expect(childText(root, 'Raw')).toBe('<& text');
  expect(root.children.map(({ name }) => name)).toEqual(['Name', 'Empty', 'ns:Other', 'Raw']);
  expect([childText(root, 'Empty'), childText(root, 'None'), child(undefined, 'x')]).toEqual([
    '',
    '',
    undefined,
  ]);
});

test.each([
  ['a document type', '<!DOCTYPE a><a/>'],
  ['entities to expand', '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;&c;</a>'],
  ['an outside entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ['an unknown entity', '<a>&b;</a>'],
  ['a bare ampersand', '<a>1 & 2</a>'],
  ['an entity without its end', '<a>&amp</a>'],
  ['a character beyond Unicode', '<a>&#x110000;</a>'],
  ['nothing', ''],
  ['text alone', 'text'],
  ['text around', '<a/>text'],
  ['two elements', '<a/><b/>'],
  ['no end', '<a><b></b>'],
  ['a wrong end', '<a></b>'],
  ['an end too many', '<a/></a>'],
  ['half a tag', '<a'],
  ['half a comment', '<a><!-- '],
  ['HTML', '<html><br><p class=x></html>'],
  ['great depth', '<a>'.repeat(100_000)],
])('%s is refused', (_, text) => {
  expect(() => parseXml(text)).toThrow(SyntaxError);
});

test('a long text takes no longer than its length', () => {
  const text = `<a>${'<b x="1" y="2">t</b>'.repeat(100_000)}</a>`;
  expect(parseXml(text).children).toHaveLength(100_000);
  // What a careless pattern tries in exponentially many ways.
  expect(() => parseXml(`<a ${'x="1" '.repeat(50_000)}`)).toThrow(SyntaxError);
  expect(() => parseXml(`<a${' '.repeat(50_000)}`)).toThrow(SyntaxError);
});

test('any text comes through escaping and reading', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(parseXml(`<a>${escapeXml(text)}</a>`).text).toBe(text);
    }),
  );
});

test('any input is read or refused, never anything else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('<', '>', '/', 'a', '&', ';', '!', '-', '"', '=', ' ', '[', ']', '?', '#')),
      (parts) => {
        try {
          parseXml(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      },
    ),
  );
});
