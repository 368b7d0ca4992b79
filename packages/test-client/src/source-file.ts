/** The file to upload, checked before anything is created. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { MediaError, readMp4 } from 'ams-packager';
import { fileSource } from 'ams-rest/storage';
import { UsageError } from './errors';

/** @throws UsageError when it cannot be read, is not a file, or is empty. */
export async function assertUsableFile(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new UsageError(`The file ${path} cannot be read${code ? ` (${code})` : ''}. Check its name.`);
  });
  if (!stats.isFile()) throw new UsageError(`${path} is not a file.`);
  if (stats.size === 0) throw new UsageError(`The file ${path} is empty; there is nothing to encode.`);
}

/** Returns why the local Azure cannot encode a file, or undefined if it can; it takes MP4 files with H.264 only. */
export async function encodingProblem(path: string): Promise<string | undefined> {
  const file = await fileSource(path);
  try {
    const tracks = await readMp4(file);
    const video = tracks.find(
      (track) => track.kind === 'video' || (track.kind === 'unusable' && track.media === 'video'),
    );
    if (video === undefined) return 'has no video track';
    return video.kind === 'unusable' ? video.error.message : undefined;
  } catch (error) {
    if (error instanceof MediaError) return error.message;
    throw error;
  } finally {
    await file.close();
  }
}

/** The name for the blob: an asset file's name must not have any of these characters, and one dot only. */
export function blobNameFor(path: string): string {
  const name = basename(path).replace(/[!*'();:@&=+$,/?%#[\]{}"\\\s\p{C}]/gu, '_');
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? name.replaceAll('.', '_') : name.slice(0, dot).replaceAll('.', '_') + name.slice(dot);
}
