/** ams-rest conforms completely; and the judge says so, or says what is wrong, in each of its forms. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { judge, type Verdict } from '../src/judge';
import { PortNotStarted } from '../src/port';
import { conforms, jsonReport, junitReport, progressLine, summarize, textReport } from '../src/report';
import { openStand, type Stand } from '../src/stand';
import { loadRequirements, type Requirement } from '../src/vectors';

const FROM_SOURCE = [
  process.execPath,
  '--conditions=@ams-rest/source',
  '--require',
  'ts-node/register/transpile-only',
];
/** With the library as it was built, which starts in half the time. */
const OURS = [
  process.execPath,
  '--require',
  'ts-node/register/transpile-only',
  join(__dirname, 'typescript-port/main.ts'),
];

const folder = mkdtempSync(join(tmpdir(), 'ams-conformance-'));
let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(async () => {
  await stand.close();
  rmSync(folder, { recursive: true });
});

/** A port of a few lines: `answer` is the body of a function of the task. */
function smallPort(name: string, answer: string): string[] {
  const path = join(folder, `${name}.js`);
  const loop = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const task = JSON.parse(line);
    const answer = task.name === 'ready' ? { notAttempted: true } : (() => { ${answer} })();
    process.stdout.write(JSON.stringify(answer) + '\\n');
  });`;
  writeFileSync(path, loop);
  return [process.execPath, path];
}

test('ams-rest passes every requirement', async () => {
  const verdicts = await judge(OURS, { stand, jobs: 2 });
  const others = verdicts.filter(({ result }) => result !== 'pass');
  expect(others.map((verdict) => textReport([verdict]))).toEqual([]);
  expect(verdicts.map(({ requirement }) => requirement.id)).toEqual(loadRequirements().map(({ id }) => id));
  expect(conforms(verdicts)).toBe(true);
});

test('a port that attempts nothing has failed nothing, and does not conform', async () => {
  const verdicts = await judge(smallPort('nothing', 'return { notAttempted: true };'), { stand, jobs: 1 });
  expect(summarize(verdicts)).toEqual({ pass: 0, fail: 0, notAttempted: loadRequirements().length });
  expect(conforms(verdicts)).toBe(false);
});

test('a port that answers nonsense fails everything', async () => {
  const verdicts = await judge(smallPort('nonsense', 'return { output: "yes" };'), { stand, jobs: 1 });
  const passed = verdicts.filter(({ result }) => result !== 'fail').map(({ requirement }) => requirement.id);
  expect(passed).toEqual([]);
});

test('levels are cumulative, and single requirements can be asked for', async () => {
  const port = smallPort('nothing', 'return { notAttempted: true };');
  const count = async (level: 'core' | 'reliable' | 'storage' | 'complete') =>
    (await judge(port, { level, stand, jobs: 1 })).length;
  const counts = [
    await count('core'),
    await count('reliable'),
    await count('storage'),
    await count('complete'),
  ];
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(new Set(counts).size).toBe(4);
  const [only, ...more] = await judge(port, { only: ['TOK-03'], stand });
  expect([only?.requirement.id, more.length]).toEqual(['TOK-03', 0]);
  await expect(judge(port, { only: ['XXX-99'], stand })).rejects.toThrow('there is no requirement XXX-99');
});

test.each([
  ['ends', 'process.exit(3);', 'the port ended with 3', 60_000],
  ['writes no JSON', 'return undefined;', 'the port wrote something else', 60_000],
  [
    'writes an unknown kind of error',
    'return { error: { kind: "odd" } };',
    'the port wrote something else',
    60_000,
  ],
  ['says nothing', 'for (;;);', 'no answer within 300 ms', 300],
])('a port that %s is told so, and asked the next task all the same', async (_, body, reason, timeoutMs) => {
  const port = smallPort('half', `if (task.input.text === '') { ${body} } return { output: "''" };`);
  const [verdict] = await judge(port, { only: ['REQ-06'], timeoutMs, stand });
  const arrived = (verdict?.failures ?? []).map(({ where, arrived }) => [where, inline(arrived)]);
  expect(arrived.at(-1)).toEqual(['odata-string/empty', expect.stringContaining(reason)]);
  expect(arrived[0]?.[0]).toBe('odata-string/plain');
});

test.each([
  ['does not exist', () => [join(folder, 'no-such-program')], /no-such-program/],
  [
    'ends before it has answered',
    () => [process.execPath, 'no-such-file.js'],
    /the port ended with 1\. The command is run in /,
  ],
])('a command that %s cannot be judged', async (_, command, reason) => {
  const judged = judge(command(), { only: ['REQ-06'], stand });
  await expect(judged).rejects.toThrow(reason);
  await expect(judged).rejects.toThrow(PortNotStarted);
});

test('a port that reads dates in the zone of the machine is caught on a machine in UTC', async () => {
  const date =
    'const ms = Number(/^.Date.(-?\\d+)/.exec(task.input.value)?.[1] ?? Date.parse(task.input.value));' +
    "return { output: typeof task.input.value !== 'string' || Number.isNaN(ms) ? null : ms };";
  const { TZ } = process.env;
  process.env['TZ'] = 'UTC';
  const [verdict] = await judge(smallPort('local-dates', date), { only: ['REQ-09'], stand }).finally(
    () => (process.env['TZ'] = TZ),
  );
  const cases = verdict?.failures.map(({ where }) => where) ?? [];
  expect(cases).toContain('odata-date/iso-no-zone');
  expect(cases).not.toContain('odata-date/iso-z');
});

test('a scenario without an answer shows the requests that had arrived', async () => {
  const hang =
    'const { AZURE_AUTHORITY_HOST: host } = process.env;' +
    "require('node:child_process').spawnSync(process.execPath, ['-e', `fetch('${host}/half/way')`]);" +
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
  const [verdict] = await judge(smallPort('hangs', hang), { only: ['STO-06'], timeoutMs: 20_000, stand });
  expect(verdict?.failures[0]?.arrived).toBe(
    'no answer within 20000 ms; requests that had arrived: GET /half/way',
  );
});

test('requirements are reported as they are decided, each once', async () => {
  const decided: string[] = [];
  const onVerdict = (verdict: Verdict) => decided.push(progressLine(verdict));
  const port = smallPort('nothing', 'return { notAttempted: true };');
  await judge(port, { level: 'core', stand, onVerdict, jobs: 1 });
  const core = loadRequirements().filter(({ level }) => level === 'core');
  expect(decided.sort()).toEqual(core.map(({ id }) => `–     ${id}\n`).sort());
});

test('vectors are run without a local Azure', async () => {
  const verdicts = await judge(smallPort('vectors', 'return { notAttempted: true };'), { vectorsOnly: true });
  const ids = verdicts.map(({ requirement }) => requirement.id);
  expect(ids).toContain('KEY-01');
  expect(ids).not.toContain('CCH-01');
});

test('a failure shows the request that arrived beside the one expected, under the requirement’s id', async () => {
  const send =
    'if (task.name !== "get-token") return { notAttempted: true };' +
    'const { AZURE_AUTHORITY_HOST: host } = process.env;' +
    "require('node:child_process').spawnSync(process.execPath, ['-e', `fetch('${host}/wrong/oauth2/token', {method:'POST'})`]);" +
    'return { output: { answers: [] } };';
  const verdicts = await judge(smallPort('wrong', send), { only: ['TOK-01'], stand });
  const report = textReport(verdicts);
  expect(report).toContain('FAIL  TOK-01');
  expect(report).toContain(`expected  POST /${stand.emulator.tenantDomain}/oauth2/v2.0/token`);
  expect(report).toContain('arrived   POST /wrong/oauth2/token');
});

const inline = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

describe('the command', () => {
  const run = (...parameters: string[]) =>
    spawnSync(process.execPath, [...FROM_SOURCE.slice(1), join(__dirname, '../src/main.ts'), ...parameters], {
      encoding: 'utf8',
    });
  const quotes = () =>
    smallPort('quotes', `return { output: "'" + task.input.text.replaceAll("'", "''") + "'" };`);

  test('exit code 0, a summary, and a JUnit report', () => {
    const junit = join(folder, 'report.xml');
    const { status, stdout, stderr } = run('--only', 'REQ-06', '--junit', junit, '--', ...quotes());
    expect([status, stderr]).toEqual([0, 'pass  REQ-06\n']);
    expect(stdout).toContain('1 passed, 0 failed, 0 not attempted. The port conforms.');
    const { testsuite } = new XMLParser({ ignoreAttributes: false }).parse(readFileSync(junit, 'utf8')) as {
      testsuite: Record<string, string>;
    };
    expect([testsuite['@_tests'], testsuite['@_failures'], testsuite['@_skipped']]).toEqual(['1', '0', '0']);
  });

  test('exit code 1, and the report as JSON', () => {
    const { status, stdout } = run(
      '--only',
      'REQ-06',
      '--json',
      '--',
      ...smallPort('x', 'return { output: 1 };'),
    );
    const report = JSON.parse(stdout) as {
      conforms: boolean;
      requirements: { id: string; result: string }[];
    };
    expect([status, report.conforms]).toEqual([1, false]);
    expect(report.requirements).toMatchObject([{ id: 'REQ-06', result: 'fail' }]);
  });

  test('exit code 2 for a requirement that there is not, and for a wrong level', () => {
    const unknown = run('--only', 'XXX-99', '--', ...quotes());
    expect([unknown.status, unknown.stderr]).toEqual([2, 'there is no requirement XXX-99\n']);
    expect(run('--level', 'none', '--', 'x').status).toBe(2);
  });

  test('exit code 2 and one line for a command that is a flag, or does not start', () => {
    const flag = run('--', '--help');
    expect([flag.status, flag.stdout]).toEqual([2, '']);
    expect(flag.stderr).toBe('--help is not a command. Write flags of the judge before --.\n');
    const missing = run('--', join(folder, 'no-such-program'));
    expect([missing.status, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toMatch(/^The port could not be started: .*no-such-program.*\n$/);
  });
});

test('a headline is a whole sentence, whatever dots its code has', () => {
  const requirement = loadRequirements().find(({ id }) => id === 'REQ-04');
  const headline = textReport([
    {
      requirement: { ...(requirement as Requirement), text: 'Keep `- _ . ~` as it is. More.' },
      result: 'pass',
      passed: 1,
      skipped: 0,
      failures: [],
    },
  ]);
  expect(headline).toContain('Keep `- _ . ~` as it is.\n');
});

test('reports carry hostile text without breaking', async () => {
  const port = smallPort('hostile', 'return { output: "]]></failure>\\u0000\\ud800<&\\"" };');
  const verdicts = await judge(port, { only: ['REQ-06'], stand });
  expect(() => new XMLParser().parse(junitReport(verdicts), true) as unknown).not.toThrow();
  expect(() => JSON.parse(jsonReport(verdicts)) as unknown).not.toThrow();
});
