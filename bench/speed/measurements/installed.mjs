/** What is installed: packages and bytes below node_modules, and the size of the tarball. Needs the registry. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const library = fileURLToPath(new URL('../../../packages/ams-rest', import.meta.url));

const INSTALLED = {
  undici: ['undici@7'],
  '@azure/identity': ['@azure/identity'],
  '@azure/identity, arm-mediaservices, storage-blob': [
    '@azure/identity',
    '@azure/arm-mediaservices',
    '@azure/storage-blob',
  ],
};

export async function measure() {
  const folder = await mkdtemp(join(tmpdir(), 'bench-installed-'));
  try {
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
      { cwd: library },
    );
    const [{ filename, size }] = JSON.parse(stdout);
    const rows = [];
    const facts = new Map();
    for (const [name, packages] of [['ams-rest', [join(folder, filename)]], ...Object.entries(INSTALLED)]) {
      const { count, bytes } = await install(await mkdtemp(join(folder, 'project-')), packages);
      facts.set(name, { count, bytes });
      rows.push([name, count, (bytes / 1e6).toFixed(1)]);
    }
    rows.push(['the tarball of ams-rest', '', (size / 1e6).toFixed(3)]);
    return {
      title: 'Installed',
      text: 'Packages and their files below node_modules after `npm install`.',
      head: ['what', 'packages', 'MB'],
      rows,
      targets: [
        { what: 'packages installed', limit: 2, value: facts.get('ams-rest').count },
        { what: 'MB installed', limit: 2.5, value: facts.get('ams-rest').bytes / 1e6 },
        { what: 'kB of the tarball, with types, maps and sources', limit: 60, value: size / 1000 },
      ],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function install(folder, packages) {
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], { cwd: folder });
  const files = await readdir(join(folder, 'node_modules'), { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: folder });
  // The first line is the project itself.
  return {
    count: new Set(stdout.trim().split('\n').slice(1)).size,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}
