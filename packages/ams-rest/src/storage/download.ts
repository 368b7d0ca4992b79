/**
 * Downloads a blob in ranges, several at a time, and returns them in order.
 *
 * All ranges have the ETag of the first request (`If-Match`): if the blob changes during the download, it fails with 412
 * instead of mixing old and new content.
 */
import { constants, createReadStream } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { onAbort } from '../http/abort';
import { errorCode, ProtocolError, ServiceError } from '../http/errors';
import type { Transport } from '../http/messages';
import { getBlobProperties, readBlobRange, type BlobProperties } from './blob';
import { md5, md5Stream } from './digest';
import type { StorageOptions } from './storage-request';

const MIB = 1024 * 1024;

/** Options of a download in ranges. */
export interface DownloadOptions extends StorageOptions {
  /** Bytes per request; default 8 MiB, 4 MiB with `verifyMd5`. */
  readonly rangeSizeBytes?: number;
  /** Ranges requested at a time, each held in memory; default 4. */
  readonly parallel?: number;
  /** Requests and checks the MD5 of each range, and checks the blob's MD5 if it has one; default false. */
  readonly verifyMd5?: boolean;
}

/** Options of a download to a file. */
export interface FileDownloadOptions extends DownloadOptions {
  /** Called each time bytes are written. The counts include a resumed download. */
  readonly onProgress?: (progress: { receivedBytes: number; totalBytes: number }) => void;
}

/**
 * Yields the content of `blob` from `offset`, range by range. Leaving the loop early ends the requests under way.
 *
 * @param blob From `getBlobProperties`.
 * @throws what `readBlobRange` throws.
 */
export async function* downloadRanges(
  transport: Transport,
  url: string,
  blob: Pick<BlobProperties, 'etag' | 'sizeBytes'>,
  { rangeSizeBytes, parallel = 4, verifyMd5 = false, ...options }: DownloadOptions = {},
  offset = 0,
): AsyncGenerator<Uint8Array, void> {
  const rangeBytes = verifyMd5 ? Math.min(rangeSizeBytes ?? 4 * MIB, 4 * MIB) : (rangeSizeBytes ?? 8 * MIB);
  if (!(rangeBytes >= 1 && parallel >= 1)) throw new TypeError('rangeSizeBytes and parallel must be above 0');
  const stop = new AbortController();
  const { signal } = stop;
  const forget = onAbort(options.signal, () => stop.abort(options.signal?.reason));
  const underway: Promise<Uint8Array>[] = [];
  const request = { ...options, signal, etag: blob.etag, verifyMd5 };
  let next = offset;
  try {
    for (;;) {
      while (underway.length < parallel && next < blob.sizeBytes) {
        const length = Math.min(rangeBytes, blob.sizeBytes - next);
        const range = readBlobRange(transport, url, next, length, request);
        range.catch(() => undefined); // Its error is thrown below, in order.
        underway.push(range);
        next += length;
      }
      const first = underway.shift();
      if (!first) return;
      yield await first;
    }
  } finally {
    forget();
    stop.abort();
    await Promise.allSettled(underway);
  }
}

/**
 * The path of an incomplete download: in the folder of `path`, with a short name, so that names of any length work. It
 * differs by target path and ETag.
 */
export function partialPath(path: string, etag: string): string {
  const state = md5(new TextEncoder().encode(`${basename(path)}\n${etag}`))
    .toString('hex')
    .slice(0, 24);
  return join(dirname(path), `${state}.partial`);
}

/**
 * Downloads a blob to a file, which gets its name only when it is complete.
 *
 * Until then it is at `partialPath`. After an interruption (process killed, disk full, bad answers from a proxy), call
 * again to continue; if the blob has changed, the download starts again. Several downloads of the same blob to the same
 * path do not disturb each other.
 *
 * @throws what `readBlobRange` throws, the error of the file system (`ENOSPC` when the disk is full), or ProtocolError
 *   when the blob's MD5 is wrong. In the last case and after a 412 the partial file is removed.
 */
export async function downloadToFile(
  transport: Transport,
  url: string,
  path: string,
  options: FileDownloadOptions = {},
): Promise<BlobProperties> {
  const blob = await getBlobProperties(transport, url, options);
  const partial = partialPath(path, blob.etag);
  // Does not append, which would ignore positions, or truncate what another download has written.
  const file = await open(partial, constants.O_RDWR | constants.O_CREAT, 0o666);
  try {
    const intact = await fill(transport, url, blob, partial, file, options);
    if (!intact) throw new ProtocolError({ method: 'GET', url, reason: WRONG_MD5 });
    await complete(file, partial, path);
  } catch (error) {
    const useless =
      (error instanceof ProtocolError && error.reason === WRONG_MD5) ||
      (error instanceof ServiceError && error.status === 412) ||
      (await file.stat()).size === 0;
    if (useless) await rm(partial, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return blob;
}

const WRONG_MD5 = 'the MD5 of the downloaded bytes differs from the MD5 of the blob';

/** Renames the file, unless another download of the same blob to the same path already has. */
async function complete(file: FileHandle, partial: string, path: string): Promise<void> {
  try {
    await rename(partial, path);
  } catch (error) {
    const [ours, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
    if (errorCode(error) !== 'ENOENT' || there?.ino !== ours.ino || there.dev !== ours.dev) throw error;
  }
}

/** Writes the missing bytes. Returns false if the blob's MD5 is wrong. */
async function fill(
  transport: Transport,
  url: string,
  blob: BlobProperties,
  partial: string,
  file: FileHandle,
  options: FileDownloadOptions,
): Promise<boolean> {
  const totalBytes = blob.sizeBytes;
  const { size } = await file.stat();
  let position = size;
  if (size > totalBytes) {
    await file.truncate();
    position = 0;
  }
  const hash = options.verifyMd5 && blob.contentMd5 ? md5Stream() : undefined;
  // Only up to here, as another download may still be writing.
  if (hash && position > 0)
    for await (const chunk of createReadStream(partial, { end: position - 1 }))
      hash.update(chunk as Uint8Array);
  options.onProgress?.({ receivedBytes: position, totalBytes });
  for await (const bytes of downloadRanges(transport, url, blob, options, position)) {
    await writeAll(file, bytes, position);
    hash?.update(bytes);
    position += bytes.length;
    options.onProgress?.({ receivedBytes: position, totalBytes });
  }
  await file.sync();
  return !hash || hash.digest('base64') === blob.contentMd5;
}

/** A nearly full disk first writes a part, and fails on the rest. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
