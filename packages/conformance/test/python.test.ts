/** The Python port of examples/python conforms; with one mistake in it, it is caught by the requirement about that. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { judge } from '../src/judge';
import { textReport } from '../src/report';
import { openStand, type Stand } from '../src/stand';

const PORT = ['python3', join(__dirname, '../../../examples/python/port.py')];
const BROKEN = ['python3', join(__dirname, 'broken/broken.py')];

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) process.stderr.write('python3 is missing: the Python port is not judged.\n');

const MISTAKES: readonly [mistake: string, requirement: string][] = [
  ['no-percent-encoding', 'TOK-03'],
  ['resource-with-a-slash', 'TOK-04'],
  ['numbers-must-be-numbers', 'TOK-06'],
  ['ignores-the-servers-clock', 'TOK-06'],
  ['secret-in-errors', 'TOK-09'],
  ['versions-left-out', 'REQ-02'],
  ['quotes-not-doubled', 'REQ-04'],
  ['plus-for-space', 'REQ-05'],
  ['light-envelope-stays-on', 'REQ-07'],
  ['every-value-is-the-answer', 'REQ-07'],
  ['empty-body-is-parsed', 'REQ-08'],
  ['naive-date', 'REQ-09'],
  ['no-second-try-after-401', 'REQ-12'],
  ['path-as-given', 'REQ-13'],
  ['token-in-errors', 'ERR-05'],
  ['token-per-request', 'CCH-01'],
  ['parallel-callers-do-not-share', 'CCH-02'],
  ['refused-callers-do-not-share', 'CCH-02'],
  ['expired-token', 'CCH-03'],
  ['never-refreshes-ahead', 'CCH-04'],
  ['failed-refresh-is-an-error', 'CCH-05'],
  ['failure-remembered', 'CCH-06'],
  ['one-token-for-all-scopes', 'CCH-07'],
  ['never-retries', 'RET-01'],
  ['retries-post', 'RET-02'],
  ['ignores-retry-after', 'RET-04'],
  ['blanks-are-nonsense', 'RET-04'],
  ['retries-what-is-not-found', 'RET-08'],
  ['repeats-without-body', 'RET-10'],
  ['redirect-turns-post-into-get', 'RED-01'],
  ['moved-root-forgotten', 'RED-02'],
  ['redirect-to-strangers', 'RED-04'],
  ['follows-redirects-with-the-token', 'RED-05'],
  ['sas-sorted-and-encoded-anew', 'UPL-01'],
  ['words-for-an-empty-body', 'UPL-04'],
  ['block-ids-grow', 'BLK-03'],
  ['block-list-uncommitted', 'BLK-04'],
  ['block-ids-are-numbers', 'BLK-07'],
  ['headers-not-sorted', 'KEY-01'],
  ['length-zero-is-signed', 'KEY-03'],
  ['basic-without-form-encoding', 'TOK-10'],
  ['basic-pair-stays-in-the-form', 'TOK-10'],
  ['secret-beside-the-assertion', 'CRT-04'],
  ['claims-challenge-ignored', 'CHL-03'],
  ['first-page-is-all', 'PAG-01'],
  ['pages-overlap', 'PAG-01'],
  ['top-of-the-caller-ignored', 'PAG-02'],
  ['options-on-the-first-page-alone', 'PAG-03'],
  ['next-link-ignored', 'PAG-04'],
  ['thumbprint-of-the-hexadecimal-text', 'CRT-01'],
  ['asset-id-without-quotes', 'STO-01'],
  ['first-processor', 'STO-02'],
  ['versions-compared-as-text', 'STO-02'],
  ['published-before-the-job-is-finished', 'STO-03'],
  ['published-after-a-failed-job', 'STO-03'],
  ['published-with-a-policy-that-writes', 'STO-04'],
  ['policies-left-behind', 'STO-05'],
  ['all-left-behind-after-a-failure', 'STO-05'],
  ['clean-up-stops-at-a-failure', 'STO-05'],
  ['failed-operation-is-a-success', 'STO-06'],
  ['operation-not-waited-for', 'STO-06'],
];

/** Of what no mistake above touches. */
const UNTOUCHED = 'ERR-03';

(hasPython ? describe : describe.skip)('the Python port', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand();
  });
  afterAll(() => stand.close());

  test('conforms at the level complete', async () => {
    const verdicts = await judge(PORT, { level: 'complete', stand });
    expect(
      verdicts.filter(({ result }) => result !== 'pass').map((verdict) => textReport([verdict])),
    ).toEqual([]);
  }, 120_000);

  test.each(MISTAKES)('%s is caught by %s', async (mistake, requirement) => {
    const verdicts = await judge([...BROKEN, mistake], { only: [requirement, UNTOUCHED], stand });
    const results = Object.fromEntries(verdicts.map((verdict) => [verdict.requirement.id, verdict.result]));
    expect(results).toEqual({ [requirement]: 'fail', [UNTOUCHED]: 'pass' });
    // An answer that was expected and came otherwise, not a port that fell over.
    expect(textReport(verdicts)).not.toMatch(/the port ended|no answer within/);
  });
});
