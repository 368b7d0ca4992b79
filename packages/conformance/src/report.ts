/** The verdicts as text for people, as JSON, and as JUnit XML for build servers. */
import type { Verdict } from './judge';
import type { Json } from './protocol';

export interface Summary {
  readonly pass: number;
  readonly fail: number;
  readonly notAttempted: number;
}

export function summarize(verdicts: readonly Verdict[]): Summary {
  const count = (wanted: Verdict['result']) => verdicts.filter(({ result }) => result === wanted).length;
  return { pass: count('pass'), fail: count('fail'), notAttempted: count('not attempted') };
}

/** Whether the port may call itself conforming: nothing failed, and every `must` was attempted. */
export function conforms(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(
    ({ result, requirement: { keyword } }) =>
      result === 'pass' || (result === 'not attempted' && keyword === 'should'),
  );
}

const MARKS: Readonly<Record<Verdict['result'], string>> = {
  pass: 'pass',
  fail: 'FAIL',
  'not attempted': '–   ',
};
/** Of one requirement; more of the same kind would only scroll the first away. */
const MAX_FAILURES = 3;

export function textReport(verdicts: readonly Verdict[]): string {
  const lines = verdicts.flatMap((verdict) => [headline(verdict), ...failureLines(verdict)]);
  const { pass, fail, notAttempted } = summarize(verdicts);
  const end = conforms(verdicts) ? 'The port conforms.' : 'The port does not conform.';
  return [...lines, '', `${pass} passed, ${fail} failed, ${notAttempted} not attempted. ${end}`, ''].join(
    '\n',
  );
}

function headline({ requirement: { id, keyword, text }, result }: Verdict): string {
  // A dot inside a code span does not end the sentence.
  const sentence = /^(?:`[^`]*`|[^`])*?\.(?= |$)/.exec(text)?.[0] ?? text;
  return `${MARKS[result]}  ${id} ${keyword.padEnd(6)} ${sentence.length > 110 ? `${sentence.slice(0, 109)}…` : sentence}`;
}

/** One requirement, in one line. */
export const progressLine = ({ requirement: { id }, result }: Verdict): string => `${MARKS[result]}  ${id}\n`;

function failureLines({ failures, requirement }: Verdict): string[] {
  const shown = failures
    .slice(0, MAX_FAILURES)
    .flatMap(({ where, expected, arrived }) => [
      `        ${requirement.id}, ${where}`,
      `          expected  ${inline(expected)}`,
      `          arrived   ${inline(arrived)}`,
    ]);
  const more = failures.length - MAX_FAILURES;
  return more > 0 ? [...shown, `        and ${more} more`] : shown;
}

const inline = (value: Json) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text;
};

export function jsonReport(verdicts: readonly Verdict[]): string {
  const results = verdicts.map(
    ({ requirement: { id, keyword, level }, result, passed, skipped, failures }) => ({
      id,
      keyword,
      level,
      result,
      passed,
      skipped,
      failures,
    }),
  );
  const report = { conforms: conforms(verdicts), ...summarize(verdicts), requirements: results };
  return `${JSON.stringify(report, null, 2)}\n`;
}

export function junitReport(verdicts: readonly Verdict[]): string {
  const { fail, notAttempted } = summarize(verdicts);
  const cases = verdicts.map(({ requirement: { id, text }, result, failures }) => {
    const inside =
      result === 'pass' ? '' : result === 'fail' ? failures.map(junitFailure).join('') : '<skipped/>';
    return `  <testcase classname="${id.slice(0, 3)}" name="${escapeXml(`${id} ${text}`)}">${inside}</testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="ams-conformance" tests="${verdicts.length}" failures="${fail}" skipped="${notAttempted}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

function junitFailure({ where, expected, arrived }: Verdict['failures'][number]): string {
  const text = `expected ${inline(expected)}\narrived  ${inline(arrived)}`;
  return `<failure message="${escapeXml(where)}">${escapeXml(text)}</failure>`;
}

/** Also without the control characters that XML cannot carry at all. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '�')
    .replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
