/** Writes traces to the files that were asked for, whole or not at all. */
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { UsageError } from '../errors';
import { toHar } from './har';
import { toPage } from './page';
import type { Recorded } from './recorder';

const FORMATS: Readonly<Record<string, (exchanges: readonly Recorded[]) => string>> = {
  '.har': (exchanges) => JSON.stringify(toHar(exchanges), null, 2),
  '.html': toPage,
};

/**
 * Checked before the run, so that a trace is not lost at its end.
 *
 * @throws UsageError when a name has another ending than .har or .html, or its folder cannot be written to.
 */
export async function assertTraceable(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (!FORMATS[extname(path).toLowerCase()])
      throw new UsageError(`--trace ${path}: the name must end in .har or .html.`);
    if ((await stat(path).catch(() => undefined))?.isDirectory())
      throw new UsageError(`--trace ${path}: that is a folder.`);
    await access(dirname(path), constants.W_OK).catch(() => {
      throw new UsageError(
        `--trace ${path}: the folder ${dirname(path)} is not there or cannot be written to.`,
      );
    });
  }
}

export async function writeTraces(
  paths: readonly string[],
  exchanges: readonly Recorded[],
  written: (path: string) => void,
): Promise<void> {
  for (const path of paths) {
    const format = FORMATS[extname(path).toLowerCase()];
    if (!format) continue;
    const partial = `${path}.partial`;
    try {
      await writeFile(partial, format(exchanges));
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined);
      throw error;
    }
    written(path);
  }
}
