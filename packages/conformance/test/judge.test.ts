/** ams-rest conforms completely; and the judge says so, or says what is wrong, in each of its forms. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { judge } from '../src/judge';
import { conforms, jsonReport, junitReport, summarize, textReport } from '../src/report';
import { openStand, type Stand } from '../src/stand';
import { loadRequirements } from '../src/vectors';

const FROM_SOURCE = [
  process.execPath,
  '--conditions=@ams-rest/source',
  '--require',
  'ts-node/register/transpile-only',
];
const OURS = [...FROM_SOURCE, join(__dirname, 'typescript-port/main.ts')];

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
    const answer = ((task) => { ${answer} })(JSON.parse(line));
    process.stdout.write(JSON.stringify(answer) + '\\n');
  });`;
  writeFileSync(path, loop);
  return [process.execPath, path];
}

test('ams-rest passes every requirement', async () => {
  const verdicts = await judge(OURS, { stand });
  const others = verdicts.filter(({ result }) => result !== 'pass');
  expect(others.map((verdict) => textReport([verdict]))).toEqual([]);
  expect(verdicts.map(({ requirement }) => requirement.id)).toEqual(loadRequirements().map(({ id }) => id));
  expect(conforms(verdicts)).toBe(true);
}, 120_000);

test('a port that attempts nothing has failed nothing, and does not conform', async () => {
  const verdicts = await judge(smallPort('nothing', 'return { notAttempted: true };'), { stand });
  expect(summarize(verdicts)).toEqual({ pass: 0, fail: 0, notAttempted: loadRequirements().length });
  expect(conforms(verdicts)).toBe(false);
});

test('a port that answers nonsense fails everything', async () => {
  const verdicts = await judge(smallPort('nonsense', 'return { output: "yes" };'), { stand });
  const passed = verdicts.filter(({ result }) => result !== 'fail').map(({ requirement }) => requirement.id);
  expect(passed).toEqual([]);
});

test('levels are cumulative, and single requirements can be asked for', async () => {
  const port = smallPort('nothing', 'return { notAttempted: true };');
  const count = async (level: 'core' | 'reliable' | 'storage' | 'complete') =>
    (await judge(port, { level, stand })).length;
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

test('a command that does not exist fails with its name', async () => {
  const [verdict] = await judge([join(folder, 'no-such-program')], { only: ['REQ-06'], stand });
  expect(verdict?.failures[0]?.arrived).toMatch(/could not be started.*no-such-program/);
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

// Each loads the whole local Azure anew, on a machine that may be busy.
jest.setTimeout(90_000);

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
    expect([status, stderr]).toEqual([0, '']);
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
});

test('reports carry hostile text without breaking', async () => {
  const port = smallPort('hostile', 'return { output: "]]></failure>\\u0000\\ud800<&\\"" };');
  const verdicts = await judge(port, { only: ['REQ-06'], stand });
  expect(() => new XMLParser().parse(junitReport(verdicts), true) as unknown).not.toThrow();
  expect(() => JSON.parse(jsonReport(verdicts)) as unknown).not.toThrow();
});
