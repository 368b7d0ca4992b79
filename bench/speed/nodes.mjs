/** The versions of Node that cold starts are measured on: from the `node` packages of npm, into a folder of their own. */
import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** @returns {Promise<{ version: string, path: string }[]>} */
export async function nodes(majors = ['20', '24']) {
  return Promise.all(majors.map(nodeOf));
}

async function nodeOf(major) {
  if (process.version.startsWith(`v${major}.`)) return { version: major, path: process.execPath };
  const folder = fileURLToPath(new URL(`dist/node${major}`, import.meta.url));
  const path = `${folder}/node_modules/node/bin/node`;
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/package.json`, '{ "private": true }');
    // Its install script puts the binary of this platform in place.
    await run('npm', ['install', '--no-audit', '--no-fund', `node@${major}`], { cwd: folder });
  }
  return { version: major, path };
}
