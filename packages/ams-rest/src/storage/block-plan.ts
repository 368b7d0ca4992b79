/** Divides a blob into requests, within the service version's limits ("Scalability targets for Blob Storage"). Pure. */

const MIB = 1024 * 1024;
export const MAX_BLOCKS = 50_000;

export interface BlobLimits {
  readonly maxSinglePut: number;
  readonly maxBlock: number;
}

export interface BlockPlan {
  /** Size of each block except the last. */
  readonly blockBytes: number;
  /** Number of blocks; 0 for a single Put Blob. */
  readonly count: number;
}

/** The largest Put Blob and Put Block in bytes. Versions are dates, so they compare as text. */
export function blobLimits(serviceVersion: string): BlobLimits {
  if (serviceVersion >= '2019-12-12') return { maxSinglePut: 5000 * MIB, maxBlock: 4000 * MIB };
  if (serviceVersion >= '2016-05-31') return { maxSinglePut: 256 * MIB, maxBlock: 100 * MIB };
  return { maxSinglePut: 64 * MIB, maxBlock: 4 * MIB };
}

/**
 * Divides `size` bytes into blocks; what fits into one block is sent in one Put Blob.
 *
 * Uses larger blocks if 50 000 would not be enough.
 *
 * @param wantedBlock In bytes; default 8 MiB, lowered to what the version allows.
 * @throws TypeError when the blob is too large for the version, or the block is not a whole number above 0.
 */
export function planBlocks(size: number, serviceVersion: string, wantedBlock = 8 * MIB): BlockPlan {
  if (!Number.isSafeInteger(wantedBlock) || wantedBlock < 1)
    throw new TypeError('blockSizeBytes must be a whole number above 0');
  const { maxBlock } = blobLimits(serviceVersion);
  const blockBytes = Math.min(maxBlock, Math.max(wantedBlock, Math.ceil(size / MAX_BLOCKS)));
  if (size <= blockBytes) return { blockBytes, count: 0 };
  const count = Math.ceil(size / blockBytes);
  if (count > MAX_BLOCKS)
    throw new TypeError(`${size} bytes are more than a blob can have with storage version ${serviceVersion}`);
  return { blockBytes, count };
}

/**
 * Returns the id of a block, base64. All ids of a blob must have the same length, at most 64 bytes before encoding.
 *
 * @param tag 32 characters that distinguish the block from another writer's with the same number.
 */
export function blockId(tag: string, index: number): string {
  return btoa(`${tag}${String(index).padStart(7, '0')}`);
}

/** Builds the body of Put Block List. With `Latest` a repetition after a lost answer succeeds; with `Uncommitted` it fails. */
export function blockListXml(ids: readonly string[]): string {
  const items = ids.map((id) => `<Latest>${id}</Latest>`).join('');
  return `<?xml version="1.0" encoding="utf-8"?><BlockList>${items}</BlockList>`;
}
