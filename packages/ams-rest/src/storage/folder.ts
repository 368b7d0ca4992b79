/** Uploads a folder with everything below it into one container, such as the container of an asset. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transport } from '../http';
import { fileSource } from './file-source';
import { inParallel } from './in-parallel';
import { blobUrlInContainer } from './sas-url';
import { uploadBlob, type UploadOptions, type UploadResult } from './upload';

/** How the files of a folder are uploaded. */
export interface FolderUploadOptions extends Omit<
  UploadOptions,
  'onProgress' | 'contentType' | 'contentMd5'
> {
  /** Put before each name, e.g. `2024/`; default nothing. */
  readonly prefix?: string;
  /** The content type by blob name; default `application/octet-stream` for all. */
  readonly contentTypeOf?: (blobName: string) => string;
  /** Told after each file. */
  readonly onFile?: (file: UploadedFile) => void;
}

/** What the upload of one file of a folder came to. */
export interface UploadedFile extends UploadResult {
  /** With `/` between folders, whatever the system uses. */
  readonly blobName: string;
}

/**
 * Uploads all regular files below `folder`, each to the blob of its relative path; links are not followed.
 *
 * Files of one block go up `parallel` at a time, then larger ones one after the other with `parallel` blocks each,
 * so memory has the same bound as for one file.
 *
 * @param containerUrl With a SAS that may write, or for a transport that signs.
 * @returns What was uploaded, in the order of names.
 * @throws TypeError before anything is sent when a name cannot be a blob's; else what `uploadBlob` throws.
 */
export async function uploadFolder(
  transport: Transport,
  containerUrl: string,
  folder: string,
  options: FolderUploadOptions = {},
): Promise<UploadedFile[]> {
  const { prefix = '', contentTypeOf, onFile, ...rest } = options;
  const files = (await filesBelow(folder, prefix)).sort((a, b) => (a.blobName < b.blobName ? -1 : 1));
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

/** 4 MiB fit into one block under every service version. */
const SMALL_BYTES = 4 * 1024 * 1024;

interface FoundFile {
  readonly path: string;
  readonly blobName: string;
}

type Target = FoundFile & { readonly url: string };

async function filesBelow(folder: string, prefix: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile()) found.push({ path, blobName: prefix + entry.name });
    else if (entry.isDirectory()) found.push(...(await filesBelow(path, `${prefix}${entry.name}/`)));
  }
  return found;
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
