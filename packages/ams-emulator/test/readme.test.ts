import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

test('the jest example of the README passes unchanged', () => {
  const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'ams-emulator-readme-'));
  try {
    const source = JSON.stringify(join(__dirname, '../src/index'));
    writeFileSync(join(folder, 'example.test.ts'), example.replace("'ams-emulator'", source));
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    const config = join(root, 'jest.config.js');
    const flags = ['--config', config, '--roots', folder, '--testMatch', `${folder}/*.test.ts`, '--silent'];
    const { status, stderr } = spawnSync(process.execPath, [jest, ...flags], { cwd: root, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stderr).toContain('1 passed');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
