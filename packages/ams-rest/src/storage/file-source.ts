/** A file as the source of an upload. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { blockMemory, type ByteSource } from './sources';

/** An open file as the source of an upload. */
export type FileSource = ByteSource & {
  /** Closes the file. */
  close(): Promise<void>;
};

/** O_NONBLOCK keeps open() from waiting on a named pipe. Windows lacks the flag, and `|` ignores undefined. */
const READ_ONLY = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens a file for `uploadBlob`.
 *
 * `read` rejects if the size or modification time has changed since the file was opened, so that the blob is never a
 * mixture of old and new content. If another file is renamed to its path, the opened one is still uploaded.
 *
 * @throws the error of the file system when the file cannot be opened; TypeError when it is not a regular file; `read`
 *   throws an Error when the file was changed.
 */
export async function fileSource(path: string): Promise<FileSource> {
  const file = await open(path, READ_ONLY);
  const opened = await file.stat({ bigint: true });
  if (!opened.isFile()) {
    await file.close();
    throw new TypeError(`${path} is not a file`);
  }
  const changed = () => new Error(`${path} was changed while it was being read; upload a copy of it`);
  return {
    size: Number(opened.size),
    async read(offset, length, memory = () => blockMemory(length)) {
      const buffer = memory();
      let filled = 0;
      while (filled < length) {
        // One read returns at most 2 GiB, and can return fewer bytes than requested.
        const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw changed();
        filled += bytesRead;
      }
      const { size, mtimeNs } = await file.stat({ bigint: true });
      if (size !== opened.size || mtimeNs !== opened.mtimeNs) throw changed();
      return buffer.subarray(0, length);
    },
    close: () => file.close(),
  };
}
