/** How a blob is cut into requests; pure, and dictated by the service version ("Scalability targets for Blob Storage"). */

const MIB = 1024 * 1024;
const MAX_BLOCKS = 50_000;

export interface BlobLimits {
  readonly maxSinglePut: number;
  readonly maxBlock: number;
}

export interface Block {
  /** Base64; all ids of a blob have the same length, as the service demands. */
  readonly id: string;
  readonly offset: number;
  readonly length: number;
}

/** The largest Put Blob and Put Block in bytes; versions are dates, so text comparison orders them. */
export function blobLimits(serviceVersion: string): BlobLimits {
  if (serviceVersion >= '2019-12-12') return { maxSinglePut: 5000 * MIB, maxBlock: 4000 * MIB };
  if (serviceVersion >= '2016-05-31') return { maxSinglePut: 256 * MIB, maxBlock: 100 * MIB };
  return { maxSinglePut: 64 * MIB, maxBlock: 4 * MIB };
}

/**
 * Cuts `size` bytes into blocks; an empty plan means: one Put Blob.
 *
 * The block grows when 50 000 of them would not be enough.
 *
 * @param wantedBlock Default 8 MiB, lowered to what the version allows.
 * @param prefix 16 characters that set this upload's ids apart from another writer's.
 * @throws TypeError when the blob is too large for the version.
 */
export function planBlocks(
  size: number,
  serviceVersion: string,
  prefix: string,
  wantedBlock = 8 * MIB,
): Block[] {
  const { maxBlock, maxSinglePut } = blobLimits(serviceVersion);
  const length = Math.min(maxBlock, Math.max(wantedBlock, Math.ceil(size / MAX_BLOCKS)));
  if (size <= Math.min(length, maxSinglePut)) return [];
  const count = Math.ceil(size / length);
  if (count > MAX_BLOCKS)
    throw new TypeError(`${size} bytes are more than a blob can have with storage version ${serviceVersion}`);
  return Array.from({ length: count }, (_, index) => ({
    id: btoa(`${prefix}${String(index).padStart(5, '0')}`),
    offset: index * length,
    length: Math.min(length, size - index * length),
  }));
}

/** The body of Put Block List. `Latest` makes a repetition after a lost answer succeed, `Uncommitted` would not. */
export function blockListXml(blocks: readonly Block[]): string {
  const items = blocks.map(({ id }) => `<Latest>${id}</Latest>`).join('');
  return `<?xml version="1.0" encoding="utf-8"?><BlockList>${items}</BlockList>`;
}
