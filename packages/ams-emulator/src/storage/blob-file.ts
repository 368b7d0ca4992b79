import type { MediaFile } from 'ams-packager';
import { bytesOf, type BlobItem, type BlobStorage } from './blob-storage';

/** A blob as a file that is read by ranges. */
export function blobFile(storage: BlobStorage, container: string, { name, size }: BlobItem): MediaFile {
  return {
    size,
    async read(offset, length) {
      if (length === 0) return new Uint8Array();
      const range = `bytes=${offset}-${offset + length - 1}`;
      const response = await storage.read('GET', container, name, range);
      const bytes = await bytesOf(response);
      if (response.statusCode !== 206 || bytes.length !== length) {
        throw new Error(`Blob service answered ${String(response.statusCode)} to a read of ${range}`);
      }
      return bytes;
    },
  };
}
