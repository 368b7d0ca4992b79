/**
 * Downloads a blob in ranges, several under way at a time, given out in order.
 *
 * All ranges are of the blob as it was at the first look (`If-Match`): one that is changed meanwhile fails with 412
 * instead of becoming half old, half new.
 */
import { createReadStream } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { ProtocolError, ServiceError } from '../errors';
import type { Transport } from '../http';
import { getBlobProperties, readBlobRange, type BlobProperties } from './blob';
import { md5, md5Stream } from './digest';
import type { StorageOptions } from './storage-request';

const MIB = 1024 * 1024;

/** How a blob is read in ranges. */
export interface DownloadOptions extends StorageOptions {
  /** Bytes of one request; default 8 MiB, 4 MiB with `verifyMd5`. */
  readonly rangeSizeBytes?: number;
  /** Ranges under way at a time, each held in memory; default 4. */
  readonly parallel?: number;
  /** Has the service send the MD5 of each range and checks it, and that of the whole where there is one; default false. */
  readonly verifyMd5?: boolean;
}

/** How a blob is read into a file. */
export interface FileDownloadOptions extends DownloadOptions {
  /** Told each time bytes were written, those of a resumed download included. */
  readonly onProgress?: (progress: { receivedBytes: number; totalBytes: number }) => void;
}

/**
 * The bytes of `blob` from `offset` on, range by range.
 *
 * Leaving the loop early ends the requests under way.
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
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
  const underway: Promise<Uint8Array>[] = [];
  const request = { ...options, signal, etag: blob.etag, verifyMd5 };
  let next = offset;
  try {
    for (;;) {
      while (underway.length < parallel && next < blob.sizeBytes) {
        const length = Math.min(rangeBytes, blob.sizeBytes - next);
        const range = readBlobRange(transport, url, next, length, request);
        range.catch(() => undefined); // Its error comes out below, when it is its turn.
        underway.push(range);
        next += length;
      }
      const first = underway.shift();
      if (!first) return;
      yield await first;
    }
  } finally {
    left.abort();
    await Promise.allSettled(underway);
  }
}

/** The name that a download has until it is complete; it tells one state of the blob from another. */
export function partialPath(path: string, etag: string): string {
  const state = md5(Buffer.from(etag)).toString('hex').slice(0, 12);
  return `${path}.${state}.partial`;
}

/**
 * Downloads a blob into a file, which appears under its name only when it is complete.
 *
 * Until then it is in `partialPath` beside it, always a true beginning of the blob: call again to go on where it
 * broke off (process killed, disk full). A blob that was changed since starts from the beginning.
 *
 * @throws what `readBlobRange` throws, the error of the file system (`ENOSPC` when the disk is full), or ProtocolError
 *   when the MD5 of the whole is wrong; then the partial file is removed.
 */
export async function downloadToFile(
  transport: Transport,
  url: string,
  path: string,
  options: FileDownloadOptions = {},
): Promise<BlobProperties> {
  const blob = await getBlobProperties(transport, url, options);
  const partial = partialPath(path, blob.etag);
  // Not with 'a': that ignores positions. 'r+' keeps what an earlier run has written.
  const file = await open(partial, 'r+').catch(() => open(partial, 'w+'));
  try {
    await fill(transport, url, blob, partial, file, options);
  } catch (error) {
    const useless = error instanceof ProtocolError || (error instanceof ServiceError && error.status === 412);
    if (useless) await rm(partial, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(partial, path);
  return blob;
}

async function fill(
  transport: Transport,
  url: string,
  blob: BlobProperties,
  partial: string,
  file: FileHandle,
  options: FileDownloadOptions,
): Promise<void> {
  const totalBytes = blob.sizeBytes;
  const { size } = await file.stat();
  let position = size;
  if (size > totalBytes) {
    await file.truncate();
    position = 0;
  }
  const hash = options.verifyMd5 && blob.contentMd5 ? md5Stream() : undefined;
  if (hash && position > 0)
    for await (const chunk of createReadStream(partial)) hash.update(chunk as Uint8Array);
  options.onProgress?.({ receivedBytes: position, totalBytes });
  for await (const bytes of downloadRanges(transport, url, blob, options, position)) {
    await writeAll(file, bytes, position);
    hash?.update(bytes);
    position += bytes.length;
    options.onProgress?.({ receivedBytes: position, totalBytes });
  }
  await file.sync();
  if (hash && hash.digest('base64') !== blob.contentMd5)
    throw new ProtocolError({
      method: 'GET',
      url,
      reason: 'the MD5 of the blob is not the one it is said to have',
    });
}

/** A nearly full disk takes a part first, and says so with the rest. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
