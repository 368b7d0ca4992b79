/** The Python port of examples/python conforms; with one mistake in it, it is caught by the requirements on record. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge, type Verdict } from '../src/judge';
import { textReport } from '../src/report';
import { openStand } from '../src/stand';
import { loadRequirements } from '../src/vectors';
import { caughtByVectors, hasPython, judgeMistakes, PORT, PYTHON } from './broken/variants';

const ROOT = join(__dirname, '../../..');

/**
 * By mistake, the requirements that catch it: all others hold. `pnpm --dir packages/conformance caught` writes it from
 * whole runs of the judge; it takes names of mistakes, so that a new one is judged without the others.
 */
const CAUGHT = JSON.parse(readFileSync(join(__dirname, 'broken/caught.json'), 'utf8')) as Record<
  string,
  readonly string[]
>;

test('each requirement has a mistake that only it catches', () => {
  const only = new Set(Object.values(CAUGHT).flatMap((ids) => (ids.length === 1 ? ids : [])));
  expect(loadRequirements().flatMap(({ id }) => (only.has(id) ? [] : [id]))).toEqual([]);
});

test('each mistake is caught, by requirements that exist', () => {
  const known = loadRequirements().map(({ id }) => id);
  for (const [mistake, ids] of Object.entries(CAUGHT)) {
    expect([mistake, ids.length > 0]).toEqual([mistake, true]);
    for (const id of ids) expect(known).toContain(id);
  }
});

if (!hasPython) process.stderr.write('python3 is missing: the Python port is not judged.\n');

(hasPython ? describe : describe.skip)('the Python port', () => {
  const byVectors = hasPython ? caughtByVectors() : new Map<string, ReadonlySet<string>>();
  /** What no vector catches must be caught on the wire. */
  const onTheWire = (mistake: string) =>
    (CAUGHT[mistake] ?? []).filter((id) => !byVectors.get(mistake)?.has(id));
  let right: readonly Verdict[];
  let wrong: ReadonlyMap<string, readonly Verdict[]>;

  beforeAll(async () => {
    const stand = await openStand();
    try {
      const mistakes = Object.keys(CAUGHT).filter((mistake) => onTheWire(mistake).length > 0);
      [right, wrong] = await Promise.all([
        judge(PORT, { level: 'complete', stand }),
        judgeMistakes(mistakes, onTheWire, { stand }),
      ]);
    } finally {
      await stand.close();
    }
  }, 300_000);

  test('conforms at the level complete', () => {
    expect(right.filter(({ result }) => result !== 'pass').map((verdict) => textReport([verdict]))).toEqual(
      [],
    );
  });

  test('has a record of each mistake', () => {
    expect(Object.keys(CAUGHT).sort()).toEqual([...byVectors.keys()].sort());
  });

  test.each(Object.entries(CAUGHT))('%s is caught by %j', (mistake, ids) => {
    const verdicts = wrong.get(mistake) ?? [];
    const failed = verdicts.flatMap(({ result, requirement }) => (result === 'fail' ? [requirement.id] : []));
    expect([...new Set([...(byVectors.get(mistake) ?? []), ...failed])].sort()).toEqual([...ids].sort());
    // Some answer came and was wrong: the port did more than fall over.
    const arrived = verdicts.flatMap(({ failures }) =>
      failures.map((failure) => JSON.stringify(failure.arrived)),
    );
    if (failed.length > 0)
      expect(arrived.some((one) => !/the port ended|no answer within/.test(one))).toBe(true);
  });

  test('block ids from a counter are caught after other uploads, too', async () => {
    const uploads = ['BLK-03', 'BLK-06', 'BLK-07'];
    const options = { stand: await openStand(), jobs: 1 };
    const verdicts = await judgeMistakes(['block-ids-from-a-counter'], () => uploads, options).finally(() =>
      options.stand.close(),
    );
    const failed = verdicts.get('block-ids-from-a-counter')?.filter(({ result }) => result === 'fail');
    expect(failed?.map(({ requirement }) => requirement.id)).toEqual(['BLK-07']);
  });

  test('the runner of the documents prints only forms in another order for it, and what a wrong port fails', () => {
    const page = readFileSync(join(ROOT, 'docs/translating/README.md'), 'utf8');
    const runner = (/^ {3}```python\n([^]*?)^ {3}```$/m.exec(page)?.[1] ?? '').replace(/^ {3}/gm, '');
    const program = [
      'import sys',
      `sys.path.insert(0, ${JSON.stringify(join(ROOT, 'examples/python'))})`,
      'import port',
      runner,
      `vectors = ${JSON.stringify(join(ROOT, 'packages/conformance/vectors'))}`,
      'run_vectors(vectors, port.answer)',
      'print("wrong:")',
      'wrong = {"odata-string": {"output": "wrong"}, "entity-path": {"error": {"kind": "network"}}}',
      'run_vectors(vectors, lambda task: wrong.get(task["name"], {"notAttempted": True}))',
    ];
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', program.join('\n')], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const [before = '', after = ''] = stdout.split('wrong:\n');
    const isForm = / (?:service-sas|account-sas|token-request)\//;
    expect(before.split('\n').filter((line) => line !== '' && !isForm.test(line))).toEqual([]);
    expect(after).toContain("REQ-06 odata-string/plain arrived {'output': 'wrong'}");
    expect(after).toContain("REQ-04 entity-path/empty arrived {'error': {'kind': 'network'}}");
  });
});
