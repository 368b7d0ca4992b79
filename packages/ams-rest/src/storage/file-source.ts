/** A file as a source of bytes for an upload. */
import { open } from 'node:fs/promises';
import { blockMemory } from './block-memory';
import type { ByteSource } from './sources';

/** A file as the source of an upload, open until it is closed. */
export type FileSource = ByteSource & {
  /** Closes the file. */
  close(): Promise<void>;
};

/**
 * Opens a file for `uploadBlob`.
 *
 * @throws the error of the file system when it cannot be opened, TypeError when it is not a regular file; `read` throws an
 *   Error when the file became shorter meanwhile.
 */
export async function fileSource(path: string): Promise<FileSource> {
  const file = await open(path, 'r');
  const stats = await file.stat();
  if (!stats.isFile()) {
    await file.close();
    throw new TypeError(`${path} is not a file`);
  }
  return {
    size: stats.size,
    async read(offset, length, memory = () => blockMemory(length)) {
      const buffer = memory();
      let filled = 0;
      while (filled < length) {
        // One read gives 2 GiB at most, and less where the file system likes.
        const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw new Error(`${path} became shorter while it was being read`);
        filled += bytesRead;
      }
      return buffer.subarray(0, length);
    },
    close: () => file.close(),
  };
}
