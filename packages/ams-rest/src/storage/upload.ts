/**
 * Uploads a block blob of any size: one Put Blob when it fits into a block, else blocks and a Put Block List.
 *
 * Nothing is visible until the last request, so an upload that breaks off leaves no half blob; the service drops
 * uncommitted blocks after a week. Memory is `parallel` blocks, whatever the size.
 */
import { ServiceError } from '../errors';
import type { Transport } from '../http';
import { blockMemory } from './block-memory';
import { blockId, MAX_BLOCKS, planBlocks } from './block-plan';
import { getBlockList, putBlob, putBlock, putBlockList, type BlobContent } from './block-blob';
import { md5 } from './digest';
import { inParallel } from './in-parallel';
import { effectiveVersion } from './sas-url';
import { streamParts, type ByteSource } from './sources';
import { SERVICE_VERSION, type StorageOptions } from './storage-request';

/** How a stream is uploaded. */
export interface StreamUploadOptions extends StorageOptions, BlobContent {
  /** Default 8 MiB, or 4 MiB where the SAS is of an old version; more where 50 000 blocks would not do. */
  readonly blockSizeBytes?: number;
  /** Blocks under way at a time, each held in memory; default 4. */
  readonly parallel?: number;
  /** Sends the MD5 of each block, which the service checks; default false, as TLS checks too. */
  readonly md5?: boolean;
  /** False fails with 409 when there is a blob of that name already; default true. */
  readonly overwrite?: boolean;
  /**
   * Names each block by its MD5 and does not send those that an earlier, broken off upload has staged; default false.
   *
   * Just do the same again to resume. Sends `md5` too; needs permission to read besides to write.
   */
  readonly resumable?: boolean;
  /** Told each time bytes have arrived, those of a resumed upload included. */
  readonly onProgress?: (progress: { sentBytes: number }) => void;
}

/** How a source of known size is uploaded. */
export interface UploadOptions extends Omit<StreamUploadOptions, 'onProgress'> {
  /** Told each time bytes have arrived, those of a resumed upload included. */
  readonly onProgress?: (progress: { sentBytes: number; totalBytes: number }) => void;
}

/** What an upload came to. */
export interface UploadResult {
  readonly etag: string | undefined;
  readonly sizeBytes: number;
  /** 0 when the blob went up in a single Put Blob. */
  readonly blocks: number;
  /** Bytes that an earlier upload had staged already. */
  readonly resumedBytes: number;
}

type Options = Omit<StreamUploadOptions, 'onProgress'>;

interface Part {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Gives the next part of the source, in the memory given if it needs some; undefined after the last. */
type NextPart = (memory: () => Uint8Array) => Promise<Part | undefined>;

/**
 * Uploads `source` to the blob at `url`, replacing what is there.
 *
 * @param url A blob's URL, with a SAS that may write (see `blobUrlInContainer`) or for a transport that signs.
 * @throws ServiceError with the storage error code, NetworkError, TypeError when the blob is too large for the SAS's
 *   version, what `source.read` rejects with, or the reason of `options.signal`.
 */
export async function uploadBlob(
  transport: Transport,
  url: string,
  source: ByteSource,
  options: UploadOptions = {},
): Promise<UploadResult> {
  const totalBytes = source.size;
  const plan = planBlocks(totalBytes, effectiveVersion(url, SERVICE_VERSION), options.blockSizeBytes);
  const onProgress = (sentBytes: number) => options.onProgress?.({ sentBytes, totalBytes });
  if (plan.count === 0 && mayBeOnePut(options)) {
    const bytes = await source.read(0, totalBytes);
    return putWhole(transport, url, bytes, options, onProgress);
  }
  let next = 0;
  const nextPart: NextPart = async (memory) => {
    const index = next++;
    const offset = index * plan.blockBytes;
    if (offset >= totalBytes) return undefined;
    const length = Math.min(plan.blockBytes, totalBytes - offset);
    return { index, bytes: await source.read(offset, length, memory) };
  };
  return putParts(transport, url, nextPart, plan.blockBytes, options, onProgress);
}

/**
 * Uploads a stream whose length need not be known: a Node or web stream, or any async iterable of bytes.
 *
 * 50 000 blocks of 8 MiB are 390 GiB; ask for larger blocks if it may be more.
 *
 * @throws what `uploadBlob` throws, the stream's own error, TypeError when it is not one of bytes.
 */
export async function uploadStream(
  transport: Transport,
  url: string,
  stream: AsyncIterable<Uint8Array>,
  options: StreamUploadOptions = {},
): Promise<UploadResult> {
  const version = effectiveVersion(url, SERVICE_VERSION);
  const { blockBytes } = planBlocks(0, version, options.blockSizeBytes);
  const onProgress = (sentBytes: number) => options.onProgress?.({ sentBytes });
  const parts = streamParts(stream, options.signal);
  try {
    const first = await parts.next(blockMemory(blockBytes));
    if (first?.last && (mayBeOnePut(options) || first.bytes.length === 0))
      return await putWhole(transport, url, first.bytes, options, onProgress);
    let pending: Part | undefined = first;
    const nextPart: NextPart = async (memory) => {
      const part = pending ?? (await parts.next(memory()));
      pending = undefined;
      if (part && part.index >= MAX_BLOCKS)
        throw new TypeError(`the stream is longer than ${MAX_BLOCKS} blocks of ${blockBytes} bytes`);
      return part;
    };
    return await putParts(transport, url, nextPart, blockBytes, options, onProgress);
  } finally {
    parts.release();
  }
}

/** A blob of blocks tells by their ids who wrote it; one by Put Blob does not, see `commit`. */
function mayBeOnePut({ overwrite = true }: Options): boolean {
  return overwrite;
}

async function putWhole(
  transport: Transport,
  url: string,
  bytes: Uint8Array,
  options: Options,
  onProgress: (sentBytes: number) => void,
): Promise<UploadResult> {
  const bodyMd5 = options.md5 ? md5(bytes).toString('base64') : undefined;
  const onlyIf = options.overwrite === false ? { onlyIf: 'new' as const } : {};
  const { response } = await putBlob(transport, url, bytes, { ...options, ...onlyIf, bodyMd5 });
  onProgress(bytes.length);
  return { etag: response.headers['etag'], sizeBytes: bytes.length, blocks: 0, resumedBytes: 0 };
}

async function putParts(
  transport: Transport,
  url: string,
  nextPart: NextPart,
  blockBytes: number,
  options: Options,
  onProgress: (sentBytes: number) => void,
): Promise<UploadResult> {
  const { parallel = 4, resumable = false } = options;
  const upload = crypto.randomUUID().replaceAll('-', '');
  const staged = resumable ? await stagedBlocks(transport, url, options) : new Map<string, number>();
  const ids: string[] = [];
  let sentBytes = 0;
  let resumedBytes = 0;

  await inParallel(parallel, options.signal, (signal) => {
    let own: Uint8Array | undefined;
    // One piece of memory for each worker, reused: allocating 8 MiB anew for each block would be half the work.
    const memory = () => (own ??= blockMemory(blockBytes));
    return async () => {
      const part = await nextPart(memory);
      if (!part) return false;
      const { index, bytes } = part;
      const digest = resumable || options.md5 ? md5(bytes) : undefined;
      const id = blockId(resumable && digest ? digest.toString('hex') : upload, index);
      ids[index] = id;
      if (staged.get(id) === bytes.length) resumedBytes += bytes.length;
      else
        await putBlock(transport, url, id, bytes, {
          ...options,
          signal,
          bodyMd5: digest?.toString('base64'),
        });
      sentBytes += bytes.length;
      onProgress(sentBytes);
      return true;
    };
  });
  const etag = await commit(transport, url, ids, options);
  return { etag, sizeBytes: sentBytes, blocks: ids.length, resumedBytes };
}

async function stagedBlocks(
  transport: Transport,
  url: string,
  options: Options,
): Promise<Map<string, number>> {
  const { blocks } = await getBlockList(transport, url, 'uncommitted', options);
  return new Map(blocks.map(({ id, sizeBytes }) => [id, sizeBytes]));
}

/**
 * Commits the blocks. When there must not be a blob yet and the service says there is one, it may be ours: made by a
 * try whose answer got lost, or by the run that this one resumes. Its block ids tell.
 */
async function commit(
  transport: Transport,
  url: string,
  ids: readonly string[],
  options: Options,
): Promise<string | undefined> {
  const onlyIf = options.overwrite === false ? { onlyIf: 'new' as const } : {};
  try {
    const { response } = await putBlockList(transport, url, ids, { ...options, ...onlyIf });
    return response.headers['etag'];
  } catch (error) {
    const mayBeOurs =
      error instanceof ServiceError && (error.status === 409 || error.status === 412) && ids.length > 0;
    if (!mayBeOurs || !(error.attempts > 1 || options.resumable)) throw error;
    // Without permission to read it cannot be told, and the refusal stands.
    const found = await getBlockList(transport, url, 'committed', options).catch(() => undefined);
    if (found?.blocks.map(({ id }) => id).join() === ids.join()) return found.etag;
    throw error;
  }
}
