/**
 * `pnpm consumers [word]`: installs the packed tarball into a fresh folder for each consumer whose name contains the
 * word, from the registry, and runs it against the emulator. Prints one line each; exits with 1 if one failed.
 */
import { startEmulator } from 'ams-emulator';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONSUMERS } from './consumers';
import { installAndRun } from './install';
import { packPackage } from './pack';

async function main(word = ''): Promise<void> {
  const workshop = await mkdtemp(join(tmpdir(), 'consumers-'));
  const emulator = await startEmulator();
  let failed = 0;
  try {
    const chosen = CONSUMERS.filter(({ name }) => name.toLowerCase().includes(word.toLowerCase()));
    const library = await packPackage('ams-rest', join(workshop, 'library'));
    console.log(`ams-rest, packed: ${Math.round(library.size / 1000)} kB, ${library.files.length} files`);
    const both = chosen.some(({ withEmulator }) => withEmulator)
      ? [
          library.path,
          (await packPackage('packager', join(workshop, 'packager'))).path,
          (await packPackage('ams-emulator', join(workshop, 'emulator'))).path,
        ]
      : [];
    for (const consumer of chosen) {
      const folder = join(workshop, consumer.name.replace(/\W+/g, '-'));
      const tarballs = consumer.withEmulator ? both : [library.path];
      const problem = await installAndRun(consumer, folder, tarballs, {
        ...emulator.env,
        EMULATOR_CONTROL: emulator.controlEndpoint,
      });
      console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${consumer.name}${problem ?? ''}`);
      if (problem !== undefined) failed++;
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    await emulator.close();
    await rm(workshop, { recursive: true, force: true });
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

void main(process.argv[2]);
