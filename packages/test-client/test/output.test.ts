/** What is shown on a terminal, and what in a log. */
import { PassThrough } from 'node:stream';
import stringWidth from 'string-width';
import { colorsFor, fitLines, layOutTable, type Output } from '../src/output/layout';
import { createProgress } from '../src/output/progress';
import { createReport } from '../src/output/report';

const ESCAPE = '\u001b[';

function output(isTTY: boolean, columns = 80): { out: Output; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns });
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { out: stream, text: () => text };
}

describe('colours', () => {
  it.each([
    ['on a terminal', true, true, {}, true],
    ['not in a pipe', false, true, {}, false],
    ['not with NO_COLOR', true, true, { NO_COLOR: '1' }, false],
    ['not with --no-color', true, false, {}, false],
    ['not on a dumb terminal', true, true, { TERM: 'dumb' }, false],
  ])('%s', (_, isTTY, wanted, env, expected) => {
    expect(colorsFor(output(isTTY).out, wanted, env).green('x').includes(ESCAPE)).toBe(expected);
  });
});

describe('tables', () => {
  const rows = [['nb:cid:UUID:1', 'a name that is longer than there is room for on this line']];

  it('are as wide as what is in them', () => {
    expect(layOutTable(['Id', 'Name'], rows).split('\n')).toHaveLength(2);
  });

  const ID = 'nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56';
  const HEAD = ['Id', 'Name', 'Vendor', 'Version'];
  const PROCESSORS = [
    [ID, 'Media Encoder Premium Workflow', 'Microsoft', '1.0'],
    [ID, '日本語の名前がついたとても長いもの', 'Microsoft', '1.0'],
  ];
  const lay = (width: number, narrow: 'drop' | 'stack') => {
    const dropped: string[] = [];
    const options = { width, narrow, dropped: (names: readonly string[]) => dropped.push(...names) };
    const lines = layOutTable(HEAD, PROCESSORS, options).split('\n');
    return { lines, dropped };
  };

  it.each([120, 100, 80, 70, 60])('fit %d columns, with the whole id', (width) => {
    for (const narrow of ['drop', 'stack'] as const) {
      const { lines } = lay(width, narrow);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      expect(lines.filter((line) => line.includes(ID))).toHaveLength(PROCESSORS.length);
    }
  });

  it('drop: the last columns are left out and named, the last one that is left is cut', () => {
    const { lines, dropped } = lay(80, 'drop');
    expect(lines[0]).toMatch(/^ Id +│ Name$/);
    expect(lines[1]).toMatch(/ │ Media Encoder Premium Work…$/);
    expect(dropped).toEqual(['Vendor', 'Version']);
  });

  it('stack: every value is there, in whole words', () => {
    const { lines, dropped } = lay(60, 'stack');
    expect(lines.slice(0, 4)).toEqual([
      ` ${ID}`,
      '   Name     Media Encoder Premium Workflow',
      '   Vendor   Microsoft',
      '   Version  1.0',
    ]);
    expect(dropped).toEqual([]);
  });

  it('have no limit of rows', () => {
    const many = Array.from({ length: 130_000 }, (_, index) => [String(index), 'name']);
    expect(layOutTable(['Id', 'Name'], many, { width: 80 }).split('\n')).toHaveLength(many.length + 1);
  });

  it('show control characters instead of sending them', () => {
    const table = layOutTable(['Name'], [['\u001b]0;title\u0007 a\nb \u009b31m \u202e']]);
    expect(table).toBe(' Name\n \\u001b]0;title\\u0007 a\\u000ab \\u009b31m \\u202e');
  });
});

it('messages: lines are broken between words, but not suggested commands', () => {
  const suggestion = `To start it: node ams emulator ${'x'.repeat(60)}`;
  const message = `\n${'word '.repeat(30).trim()}\n${suggestion}`;
  const lines = fitLines(message, output(true, 60).out, 'node ams').split('\n');
  expect(lines).toEqual([
    '',
    'word '.repeat(12).trim(),
    'word '.repeat(12).trim(),
    'word '.repeat(6).trim(),
    suggestion,
  ]);
});

describe('progress', () => {
  const MIB = 1024 * 1024;

  it('in a log: a line for each tenth', () => {
    const { out, text } = output(false);
    const progress = createProgress(out, '  ');
    for (let done = 0; done <= 100; done++)
      progress.show({ label: 'a.mp4', done: done * MIB, total: 100 * MIB, unit: 'bytes' });
    expect(text().split('\n').filter(Boolean)).toEqual(
      Array.from({ length: 11 }, (_, tenth) => `  a.mp4 ${tenth * 10} %`),
    );
  });

  it('on a terminal: a bar with rate and time left, gone when it is done', () => {
    const { out, text } = output(true);
    const progress = createProgress(out, '  ');
    progress.show({ label: 'a.mp4', done: 0, total: 10 * MIB, unit: 'bytes' });
    expect(text()).toMatch(/░+ 0 % a\.mp4, [\d.]+ MiB\/s, .* left/);
    progress.show({ label: 'a.mp4', done: 10 * MIB, total: 10 * MIB, unit: 'bytes' });
    expect(text().endsWith('\n')).toBe(false);
    expect(text()).toContain(ESCAPE);
  });
});

describe('a report', () => {
  const reportOn = (out: Output, secrets: readonly string[] = []) =>
    createReport({
      out,
      verbosity: 'verbose',
      colors: colorsFor(out, false, {}),
      secrets,
      shorten: (url) => url,
    });

  it.each([120, 80, 60])('breaks lines between words in %d columns', async (columns) => {
    const { out, text } = output(true, columns);
    const report = reportOn(out);
    const words = 'Encoded on this machine by ffmpeg, not by Media Encoder Standard. '.repeat(4).trim();
    await report.step(
      words,
      () => Promise.resolve(),
      () => words,
    );
    report.line(`  ${words}`);
    const lines = text().split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines.filter((line) => line.startsWith('     '))).not.toHaveLength(0);
    expect(
      text()
        .replace(/ \(\d+ ms\)/, '')
        .match(/\S+/g),
    ).toEqual(`1. ${`${words} `.repeat(3)}`.match(/\S+/g));
    expect(text()).toMatch(/^ {7}Encoded.*\n {7}\w/m);
  });

  it('leaves a URL whole, with its method, and a status after its arrow', () => {
    const { out, text } = output(true, 60);
    const url = `http://127.0.0.1/${'a'.repeat(60)}`;
    reportOn(out).line(`GET ${url} → 200, 3 times`);
    expect(text()).toBe(`     GET ${url}\n       → 200, 3 times\n`);
  });

  it.each([200, 60, 20])(
    'never shows a secret, whatever text it comes in, in %d columns',
    async (columns) => {
      const { out, text } = output(true, columns);
      const secret = 'pl4nted secret';
      const report = reportOn(out, [secret]);
      report.line(`a line that ends in the ${secret}`);
      report.heading(secret);
      report.line(`x ${encodeURIComponent(secret)}`);
      report.table(['a'], [[secret]]);
      report.result(`Bearer ${'t0ken'.repeat(5)}`);
      await expect(report.step(secret, () => Promise.reject(new Error(secret)))).rejects.toThrow();
      await report.step(
        'outcome',
        () => Promise.resolve(secret),
        (value) => value,
      );
      expect(text()).not.toContain('pl4nted');
      expect(text()).not.toContain('t0ken');
      expect(JSON.stringify(report.steps)).not.toContain('pl4nted secret');
    },
  );
});
