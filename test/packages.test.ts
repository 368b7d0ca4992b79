/** What the release workflow needs of each package that is published: those that are not private. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
}
const published = readdirSync(join(ROOT, 'packages'))
  .filter((folder) => existsSync(join(ROOT, 'packages', folder, 'package.json')))
  .map((folder) => ({ folder, manifest: JSON.parse(read('packages', folder, 'package.json')) as Manifest }))
  .filter(({ manifest }) => !manifest.private);
const folders = published.map(({ folder }) => folder);

it('four are published, all of one version', () => {
  expect(folders).toEqual(['ams-emulator', 'ams-rest', 'conformance', 'packager']);
  expect(new Set(published.map(({ manifest }) => manifest.version)).size).toBe(1);
});

it.each(published)('$manifest.name tells what it is, and may be published', ({ manifest }) => {
  expect(manifest).toMatchObject({
    description: expect.any(String) as string,
    keywords: expect.arrayContaining(['azure']) as string[],
    license: 'MIT',
    publishConfig: { access: 'public', provenance: true },
    scripts: { prepack: expect.any(String) as string },
  });
});

it.each(folders)('%s has the licence of the whole', (folder) => {
  expect(read('packages', folder, 'LICENSE')).toBe(read('LICENSE'));
});

it('the release names the repository in each of them', () => {
  const named = /for package in (.*); do/.exec(read('.github/workflows/release.yml'))?.[1]?.split(' ');
  expect(named?.sort()).toEqual([...folders].sort());
});

it('each is checked before it is published', () => {
  for (const folder of folders) expect(read('package.json')).toContain(`publint --strict packages/${folder}`);
});

it('running the packages, as the demo does, takes at most 430 npm packages', () => {
  const [, locked = ''] = /^packages:$([^]*)^snapshots:$/m.exec(read('packages/pnpm-lock.yaml')) ?? [];
  const entries = locked.split(/^(?= {2}\S)/m).slice(1);
  // Of those for one operating system each, a machine gets one.
  const installed = entries.filter((entry) => !/^ {4}os:/m.test(entry));
  expect(installed.length).toBeGreaterThan(300);
  expect(installed.length).toBeLessThanOrEqual(430);
});

it('the changelog has a part for the version', () => {
  const [version] = published.map(({ manifest }) => manifest.version);
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## (Unreleased: )?${version ?? ''}$`, 'm'));
});
