/**
 * Uploads a block blob of any size: one Put Blob if it fits into a block, otherwise blocks and a Put Block List.
 *
 * The blob appears with the last request, so an interrupted upload leaves no partial blob; the service drops uncommitted
 * blocks after a week. Memory use is `parallel` blocks for any size.
 */
import { ServiceError } from '../http/errors';
import type { Transport } from '../http/messages';
import { blockId, MAX_BLOCKS, planBlocks } from './block-plan';
import { findCommitted, getBlockList, putBlob, putBlock, putBlockList, type BlobContent } from './block-blob';
import { md5 } from './digest';
import { inParallel } from './in-parallel';
import { effectiveVersion } from './sas-url';
import { blockMemory, streamParts, type ByteSource } from './sources';
import { SERVICE_VERSION, type StorageOptions } from './storage-request';

/** Options of a stream upload. */
export interface StreamUploadOptions extends StorageOptions, BlobContent {
  /** Default 8 MiB, or 4 MiB for a SAS of an old version; larger if 50 000 blocks would not be enough. */
  readonly blockSizeBytes?: number;
  /** Blocks sent at a time, each held in memory; default 4. */
  readonly parallel?: number;
  /** Sends the MD5 of each block for the service to check; default false, as TLS already detects errors. */
  readonly md5?: boolean;
  /** If false, fails with 409 when the blob exists; default true. */
  readonly overwrite?: boolean;
  /**
   * Derives block ids from their MD5 and skips blocks that an earlier, interrupted upload has staged; default false.
   *
   * To resume, call again. Implies `md5`; needs permission to read and write.
   */
  readonly resumable?: boolean;
  /** Called each time bytes have arrived. The counts include a resumed upload. */
  readonly onProgress?: (progress: { sentBytes: number }) => void;
}

/** Options of an upload of known size. */
export interface UploadOptions extends Omit<StreamUploadOptions, 'onProgress'> {
  /** Called each time bytes have arrived. The counts include a resumed upload. */
  readonly onProgress?: (progress: { sentBytes: number; totalBytes: number }) => void;
}

/** The result of an upload. */
export interface UploadResult {
  readonly etag: string | undefined;
  readonly sizeBytes: number;
  /** 0 for a single Put Blob. */
  readonly blocks: number;
  /** Bytes that an earlier upload had staged. */
  readonly resumedBytes: number;
}

type Options = Omit<StreamUploadOptions, 'onProgress'>;

interface Part {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Returns the next part of the source, read into `memory` if needed; undefined after the last. */
type NextPart = (memory: () => Uint8Array, signal: AbortSignal) => Promise<Part | undefined>;

/**
 * Uploads `source` to the blob at `url`, replacing an existing one.
 *
 * @param url A blob's URL, with a SAS that allows writing (see `blobUrlInContainer`), or for a transport that signs.
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
 * Uploads a stream of unknown length: a Node or web stream, or any async iterable of bytes.
 *
 * 50 000 blocks of 8 MiB are 390 GiB; set `blockSizeBytes` if the stream may be longer.
 *
 * @throws what `uploadBlob` throws, the stream's own error, TypeError when it does not yield bytes.
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
  const parts = streamParts(stream);
  try {
    const first = await parts.next(blockMemory(blockBytes), options.signal);
    if (first?.last && (mayBeOnePut(options) || first.bytes.length === 0))
      return await putWhole(transport, url, first.bytes, options, onProgress);
    let pending: Part | undefined = first;
    const nextPart: NextPart = async (memory, signal) => {
      // The signal also aborts when another worker fails, because a live source may be silent for hours.
      const part = pending ?? (await parts.next(memory(), signal));
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

/** Block ids show which run wrote a blob; a Put Blob leaves no such trace. See `commit`. */
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
    // One buffer for each worker, reused, as allocating 8 MiB for each block would be half the work.
    const memory = () => (own ??= blockMemory(blockBytes));
    return async () => {
      const part = await nextPart(memory, signal);
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
 * Commits the blocks. If the blob must be new but exists, an earlier run that this one resumes may have committed it; the
 * block ids show that.
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
    const isRefused = error instanceof ServiceError && (error.status === 409 || error.status === 412);
    if (!isRefused || !options.resumable || ids.length === 0) throw error;
    // Without permission to read, throw the refusal.
    const found = await findCommitted(transport, url, ids, options).catch(() => undefined);
    if (!found) throw error;
    return found.headers['etag'];
  }
}
