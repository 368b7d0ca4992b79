/** Memory to read a block into, before it is sent. */

/**
 * Skipped, so that a block starts where a page of memory does.
 *
 * malloc of the GNU C library gives large pieces at a page's 16th byte. That is the worst place for the copy out of the file
 * cache: on an AMD Zen 3 it takes 3.2 ms for 8 MiB there, 1.1 ms at 32 and 0.8 ms at 0, which made an upload over
 * http a third slower as a whole (`bench/storage`).
 */
const SKIPPED = 4096 - 16;

/** So many bytes that hold anything. */
export function blockMemory(length: number): Buffer {
  return Buffer.allocUnsafeSlow(SKIPPED + length).subarray(SKIPPED);
}
