/** What is shown on a terminal, and what in a log. */
import { PassThrough } from 'node:stream';
import { colorsFor, layOutTable, type Output } from '../src/output/layout';
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

  it('fit a terminal: the last column wraps', () => {
    const lines = layOutTable(['Id', 'Name'], rows, 50).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
    expect(lines.map((line) => line.split('│')[1]?.trim()).join(' ')).toContain(rows[0]?.[1] ?? '');
  });

  it('cut a word that is longer than the line', () => {
    const lines = layOutTable(['Id', 'Path'], [['1', 'x'.repeat(300)]], 60).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.join('').match(/x/g)).toHaveLength(300);
  });
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
  it('never shows a secret, whatever text it comes in', async () => {
    const { out, text } = output(false);
    const secret = 'pl4nted secret';
    const report = createReport({
      out,
      verbosity: 'verbose',
      colors: colorsFor(out, true, {}),
      secrets: [secret],
      shorten: (url) => url,
    });
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
  });
});
