/** Uploads a folder and its subfolders to a container, such as an asset's. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transport } from '../http/messages';
import { fileSource } from './file-source';
import { inParallel } from './in-parallel';
import { blobUrlInContainer } from './sas-url';
import { uploadBlob, type UploadOptions, type UploadResult } from './upload';

/** Options of a folder upload. */
export interface FolderUploadOptions extends Omit<
  UploadOptions,
  'onProgress' | 'contentType' | 'contentMd5'
> {
  /** Added before each name, for example `2024/`; default empty. */
  readonly prefix?: string;
  /** The content type by blob name; default `application/octet-stream` for all. */
  readonly contentTypeOf?: (blobName: string) => string;
  /** Called after each file. */
  readonly onFile?: (file: UploadedFile) => void;
}

/** The result of uploading one file of a folder. */
export interface UploadedFile extends UploadResult {
  /** With `/` between folders on every system. */
  readonly blobName: string;
}

/**
 * Uploads all regular files below `folder`, each to a blob named by its relative path; links are not followed.
 *
 * Files of one block are uploaded `parallel` at a time, then larger ones one after another with `parallel` blocks each, so
 * the memory limit is that of one file.
 *
 * @param containerUrl With a SAS that allows writing, or for a transport that signs.
 * @returns The uploaded files, ordered by name.
 * @throws TypeError, before anything is sent, when a file name cannot be a blob name; and what `uploadBlob` throws.
 */
export async function uploadFolder(
  transport: Transport,
  containerUrl: string,
  folder: string,
  options: FolderUploadOptions = {},
): Promise<UploadedFile[]> {
  const { prefix = '', contentTypeOf, onFile, ...rest } = options;
  const files: FoundFile[] = [];
  for await (const file of filesBelow(folder, prefix)) files.push(file);
  files.sort((a, b) => (a.blobName < b.blobName ? -1 : 1));
  const targets = files.map((file) => ({ ...file, url: blobUrlInContainer(containerUrl, file.blobName) }));
  const uploaded: UploadedFile[] = [];
  const large: Target[] = [];

  async function upload(
    { path, blobName, url }: Target,
    signal: AbortSignal,
    mayBeLarge: boolean,
  ): Promise<void> {
    const source = await fileSource(path);
    try {
      if (!mayBeLarge && source.size > (options.blockSizeBytes ?? SMALL_BYTES)) {
        large.push({ path, blobName, url });
        return;
      }
      const contentType = contentTypeOf?.(blobName);
      const result = await uploadBlob(transport, url, source, {
        ...rest,
        ...(contentType !== undefined && { contentType }),
        signal,
      });
      uploaded.push({ blobName, ...result });
      onFile?.({ blobName, ...result });
    } finally {
      await source.close();
    }
  }

  await forEach(targets, options.parallel ?? 4, options.signal, (target, signal) =>
    upload(target, signal, false),
  );
  await forEach(large, 1, options.signal, (target, signal) => upload(target, signal, true));
  return uploaded.sort((a, b) => (a.blobName < b.blobName ? -1 : 1));
}

/** Fits into one block in every service version. */
const SMALL_BYTES = 4 * 1024 * 1024;

interface FoundFile {
  readonly path: string;
  readonly blobName: string;
}

type Target = FoundFile & { readonly url: string };

async function* filesBelow(folder: string, prefix: string): AsyncGenerator<FoundFile, void> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield { path, blobName: prefix + entry.name };
    else if (entry.isDirectory()) yield* filesBelow(path, `${prefix}${entry.name}/`);
  }
}

function forEach<T>(
  items: readonly T[],
  workers: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  return inParallel(workers, signal, (stop) => async () => {
    const next = queue.next();
    if (next.done) return false;
    await work(next.value, stop);
    return true;
  });
}
