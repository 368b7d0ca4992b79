/** The Python port, and the same with one mistake at a time. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { difference } from '../../src/compare';
import { judge, type Verdict } from '../../src/judge';
import type { Answer } from '../../src/protocol';
import type { Stand } from '../../src/stand';
import { loadVectors } from '../../src/vectors';

/** The interpreter itself: version managers put a shell script in front of it, which starts slowly. */
const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
// The mistakes are made in forks, which Windows does not have.
export const hasPython = python.status === 0 && process.platform !== 'win32';

export const PYTHON = hasPython ? python.stdout.trim() : 'python3';
export const PORT = [PYTHON, join(__dirname, '../../../../examples/python/port.py')];
const BROKEN = [PYTHON, join(__dirname, 'broken.py')];

/** By mistake, the requirements whose vectors catch it. All run in one Python process and its forks. */
export function caughtByVectors(): ReadonlyMap<string, ReadonlySet<string>> {
  const cases = loadVectors().flatMap((group) => group.cases.map((vector) => ({ group, vector })));
  const tasks = cases.map(({ group, vector }) => ({ name: group.function, input: vector.input }));
  const [file = '', ...parameters] = BROKEN;
  const { stdout, stderr, status } = spawnSync(file, parameters, {
    input: `${JSON.stringify(tasks)}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [mistake, answers] = JSON.parse(line) as [string, Record<string, Answer>];
      const caught = Object.entries(answers).flatMap(([index, answer]) => {
        const { group, vector } = cases[Number(index)] as (typeof cases)[number];
        return difference(group, vector, answer) ? [vector.requirement] : [];
      });
      return [mistake, new Set(caught)];
    }),
  );
}

/**
 * Judges the port with each of the mistakes. Scenarios mostly wait, so many run at the same time.
 *
 * @param only the requirements to judge; all when undefined.
 */
export async function judgeMistakes(
  mistakes: readonly string[],
  only: (mistake: string) => readonly string[] | undefined,
  { stand, atOnce = 10, jobs = 1 }: { stand: Stand; atOnce?: number; jobs?: number },
): Promise<ReadonlyMap<string, readonly Verdict[]>> {
  const verdicts = new Map<string, readonly Verdict[]>();
  const queue = [...mistakes];
  const work = async () => {
    for (let mistake = queue.shift(); mistake !== undefined; mistake = queue.shift()) {
      const ids = only(mistake);
      verdicts.set(mistake, await judge([...BROKEN, mistake], { ...(ids && { only: ids }), stand, jobs }));
    }
  };
  for (const result of await Promise.allSettled(Array.from({ length: atOnce }, work)))
    if (result.status === 'rejected') throw result.reason;
  return verdicts;
}
