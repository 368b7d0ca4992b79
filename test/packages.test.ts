/** What the release workflow needs of each package that is published: those that are not private. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
}
const published = readdirSync(join(ROOT, 'packages'))
  .map((folder) => ({ folder, manifest: JSON.parse(read('packages', folder, 'package.json')) as Manifest }))
  .filter(({ manifest }) => !manifest.private);
const folders = published.map(({ folder }) => folder);

it('three are published, all of one version', () => {
  expect(folders).toEqual(['ams-emulator', 'ams-rest', 'conformance']);
  expect(new Set(published.map(({ manifest }) => manifest.version)).size).toBe(1);
});

it.each(published)('$manifest.name tells what it is, and may be published', ({ manifest }) => {
  expect(manifest).toMatchObject({
    description: expect.any(String) as string,
    keywords: expect.arrayContaining(['azure']) as string[],
    license: 'MIT',
    publishConfig: { access: 'public', provenance: true },
    scripts: { prepublishOnly: expect.any(String) as string },
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

it('the changelog has a part for the version', () => {
  const [version] = published.map(({ manifest }) => manifest.version);
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## (Unreleased: )?${version ?? ''}$`, 'm'));
});
