/** Builds and packs a package of the workspace in a separate folder, so that no stale or other file gets in. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ROOT = join(__dirname, '../../..');

export interface Tarball {
  readonly path: string;
  /** Of the tarball, in bytes. */
  readonly size: number;
  readonly files: readonly string[];
}

/**
 * Makes the tarball that would be published. Needs npm, which comes with Node, and no network.
 *
 * @param workshop An empty folder for the build.
 */
export async function packPackage(
  name: 'ams-rest' | 'ams-emulator' | 'packager',
  workshop: string,
): Promise<Tarball> {
  const folder = await copySource(name, workshop);
  // The emulator is built against the packager.
  if (name === 'ams-emulator') await copySource('packager', workshop);
  await cp(join(ROOT, 'tsconfig.base.json'), join(workshop, 'tsconfig.base.json'));
  await symlink(join(ROOT, 'node_modules'), join(workshop, 'node_modules'), 'junction');
  const npm = (...parameters: string[]) =>
    run('npm', parameters, {
      cwd: folder,
      // Set here, because npm's settings would otherwise decide.
      env: {
        ...process.env,
        npm_config_cache: join(workshop, 'npm-cache'),
        npm_config_update_notifier: 'false',
      },
      shell: process.platform === 'win32',
    });
  // Builds by `prepack`, as it does for every user.
  const { stdout } = await npm('pack', '--json', '--offline', '--foreground-scripts=false');
  const [packed] = JSON.parse(stdout) as { filename: string; size: number; files: { path: string }[] }[];
  if (!packed) throw new Error('npm pack printed nothing');
  return {
    path: join(folder, packed.filename),
    size: packed.size,
    files: packed.files.map(({ path }) => path),
  };
}

/** The folder that the source of a package was copied to. */
async function copySource(name: string, workshop: string): Promise<string> {
  const source = join(ROOT, 'packages', name);
  const folder = join(workshop, 'packages', name);
  await mkdir(join(workshop, 'packages'), { recursive: true });
  await cp(source, folder, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist|test|[^\\/]*\.tsbuildinfo)$/.test(path),
  });
  await symlink(join(source, 'node_modules'), join(folder, 'node_modules'), 'junction');
  // As pnpm does when it publishes; all packages have the same version.
  const manifest = await readFile(join(folder, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  await writeFile(join(folder, 'package.json'), manifest.replaceAll('workspace:*', version));
  return folder;
}

/** Puts the tarball where `npm install` would, without asking a registry: dependencies are those installed here. */
export async function installOffline(name: string, tarball: Tarball, project: string): Promise<void> {
  const target = join(project, 'node_modules', name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball.path, '-C', target, '--strip-components=1']);
}
