/** A file as a source of bytes; the only file of the library that reads a disk. */
import { open } from 'node:fs/promises';
import type { ByteSource } from './block-blob';

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
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(buffer, 0, length, offset);
      if (bytesRead < length) throw new Error(`${path} became shorter while it was being read`);
      return buffer;
    },
    close: () => file.close(),
  };
}
