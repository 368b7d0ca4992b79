/** The file that a person wants to upload, looked at before anything is created. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UsageError } from './settings';

/** @throws UsageError when it cannot be read, is no file, or is empty. */
export async function assertUsableFile(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new UsageError(`The file ${path} cannot be read${code ? ` (${code})` : ''}. Check its name.`);
  });
  if (!stats.isFile()) throw new UsageError(`${path} is not a file.`);
  if (stats.size === 0) throw new UsageError(`The file ${path} is empty; there is nothing to encode.`);
}

/** The name for the blob: an asset file's name must not have any of these characters, and one dot only. */
export function blobNameFor(path: string): string {
  const name = basename(path).replace(/[!*'();:@&=+$,/?%#[\]"\\\s\p{C}]/gu, '_');
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? name.replaceAll('.', '_') : name.slice(0, dot).replaceAll('.', '_') + name.slice(dot);
}
