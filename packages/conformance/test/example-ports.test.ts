/** The example ports: the one in Go conforms, and each README says how long its port is. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from '../src/judge';
import { textReport } from '../src/report';

const EXAMPLES = join(__dirname, '../../../examples');

const hasGo = spawnSync('go', ['version']).status === 0;
if (!hasGo) process.stderr.write('go is missing: the Go port is not judged.\n');

(hasGo ? test : test.skip)(
  'the Go port conforms at the level complete',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ams-conformance-go-'));
    try {
      const program = join(folder, 'port');
      const build = spawnSync('go', ['build', '-o', program, './port'], {
        cwd: join(EXAMPLES, 'go'),
        encoding: 'utf8',
      });
      expect(build.stderr).toBe('');
      const verdicts = await judge([program]);
      const others = verdicts.filter(({ result }) => result !== 'pass');
      expect(others.map((verdict) => textReport([verdict]))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  300_000,
);

const LEVEL = /^\| (core|reliable|storage|complete|judge) +\| ([^|]+)\| (\d+) +\|$/gm;

test.each(['python', 'go'])('the README of examples/%s counts the lines of each level', (name) => {
  const page = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
  const rows = [...page.matchAll(LEVEL)].map(([, level, files = '', lines]) => ({ level, files, lines }));
  expect(rows.map(({ level }) => level)).toEqual(['core', 'reliable', 'storage', 'complete', 'judge']);
  for (const { level, files, lines } of rows) {
    const counted = [...files.matchAll(/`([^`]+)`/g)].map(
      ([, file = '']) => readFileSync(join(EXAMPLES, name, file), 'utf8').split('\n').length - 1,
    );
    expect([level, Number(lines)]).toEqual([level, counted.reduce((sum, count) => sum + count, 0)]);
  }
});
