/** Where a packaged set is written: a folder, or a container of the storage account. Nothing there is overwritten. */
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ServiceError } from 'ams-rest';
import {
  blobUrlInContainer,
  createContainer,
  getBlobProperties,
  listBlobs,
  putBlob,
  readBlobRange,
} from 'ams-rest/storage';
import type { AssetStorage } from './asset-storage';
import { UsageError } from './errors';

/** A place for the files of one set. Names have `/` between folder and file. */
export interface PackageTarget {
  /** For messages. */
  readonly label: string;
  /** The path or URL of a file, for people. */
  at(name: string): string;
  /**
   * Reserves an empty place for what `marker` describes, or recognizes an earlier run with the same marker.
   *
   * @throws UsageError when it holds anything else.
   */
  claim(marker: string): Promise<void>;
  /** The length of a file; undefined if it does not exist. */
  sizeOf(name: string): Promise<number | undefined>;
  /** Writes a file completely or not at all. */
  write(name: string, content: Uint8Array): Promise<void>;
}

const MARKER = 'packaged-from.json';

const refusal = (label: string) =>
  new UsageError(
    `Not overwritten: ${label} holds other files, or a set made from another state of the asset. ` +
      'Choose another place for the result.',
  );

export function folderTarget(folder: string): PackageTarget {
  const at = (name: string) => join(folder, name);
  return {
    label: folder,
    at,
    async claim(marker) {
      await mkdir(folder, { recursive: true });
      const names = await readdir(folder);
      if (names.includes(MARKER) && (await readFile(at(MARKER), 'utf8')) === marker) return;
      if (names.length > 0) throw refusal(folder);
      await writeFile(at(MARKER), marker, { flag: 'wx' });
    },
    async sizeOf(name) {
      try {
        const stats = await stat(at(name));
        return stats.isFile() ? stats.size : NaN;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(name, content) {
      const partial = `${at(name)}.part`;
      await mkdir(dirname(partial), { recursive: true });
      await writeFile(partial, content);
      await rename(partial, at(name));
    },
  };
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  mp4: 'video/mp4',
  m4s: 'video/iso.segment',
  json: 'application/json',
};

/** A container of the same storage account, created if it does not exist; it is private. */
export function containerTarget(storage: AssetStorage, container: string): PackageTarget {
  const { transport, url, signal, endpoint } = storage;
  const blobUrl = (name: string) => blobUrlInContainer(url(container), name);
  const sizes = new Map<string, number>();

  async function put(name: string, content: Uint8Array): Promise<void> {
    const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)];
    await putBlob(transport, blobUrl(name), content, {
      ...(contentType !== undefined && { contentType }),
      onlyIf: 'new',
      signal,
    });
  }

  async function readMarker(): Promise<string> {
    const { sizeBytes, etag } = await getBlobProperties(transport, blobUrl(MARKER), { signal });
    const bytes = await readBlobRange(transport, blobUrl(MARKER), 0, Math.min(sizeBytes, 1024 * 1024), {
      etag,
      signal,
    });
    return new TextDecoder().decode(bytes);
  }

  return {
    label: `the container ${container}`,
    at: (name) => `${endpoint}/${container}/${name}`,
    async claim(marker) {
      await createContainer(transport, url(container), { signal }).catch((error: unknown) => {
        // The permission may be for this container only. Then it must exist, and the next request shows whether it does.
        if (!(error instanceof ServiceError) || error.status !== 403) throw error;
      });
      for await (const item of listBlobs(transport, url(container), { signal }))
        if (item.kind === 'blob') sizes.set(item.name, item.sizeBytes);
      if (sizes.has(MARKER) && (await readMarker()) === marker) return;
      if (sizes.size > 0) throw refusal(this.label);
      await put(MARKER, new TextEncoder().encode(marker));
    },
    sizeOf: (name) => Promise.resolve(sizes.get(name)),
    write: put,
  };
}
