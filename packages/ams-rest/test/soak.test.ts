/** A short run of bench/soak: under random faults every creation ends exactly once. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Report {
  readonly madeExactlyOnce: number;
  readonly madeTwice: number;
  readonly missing: number;
  readonly foundByLooking: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly leftOpen: readonly string[];
}

test('with a seed', async () => {
  const folder = join(__dirname, '../../../bench/soak');
  const flags = ['--conditions=@ams-rest/source', '--require', 'ts-node/register/transpile-only', 'soak.ts'];
  const args = [...flags, '--creations', '200', '--seed', '7'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  const report = JSON.parse(stdout) as Report;
  expect(report).toMatchObject({ madeExactlyOnce: 200, madeTwice: 0, missing: 0, leftOpen: [] });
  // There was something to survive.
  expect(Object.keys(report.faults).length).toBeGreaterThan(8);
  expect(report.foundByLooking).toBeGreaterThan(0);
});
