/** `package`: an old asset as a static CMAF set with HLS and DASH manifests, read from Storage by ranges. */
import {
  dashManifest,
  fragmentSize,
  hlsMaster,
  hlsMedia,
  initSegment,
  MediaError,
  openMp4,
  openServerManifest,
  readFragment,
  type Fragment,
  type HlsAddresses,
  type MediaFile,
  type Presentation,
  type Rendition,
} from 'ams-packager';
import type { BlobItem } from 'ams-rest/storage';
import {
  blobNamed,
  contentsOf,
  mp4Ending,
  readRange,
  readText,
  withAssetStorage,
  type AssetStorage,
  type Contents,
  type StorageCommandOptions,
} from '../asset-storage';
import type { World } from '../context';
import { UsageError } from '../errors';
import { containerTarget, folderTarget, type PackageTarget } from '../package-target';
import { shellWord, tell } from '../output/print';

export interface PackageOptions extends StorageCommandOptions {
  readonly to?: string;
  readonly toContainer?: string;
  readonly file?: string;
}

const HLS = 'stream.m3u8';
const DASH = 'stream.mpd';
const PARALLEL = 4;

/** Writes only the files that are missing, so that the same command continues one that was interrupted. */
export async function packageAsset(
  container: string,
  options: PackageOptions,
  world: World,
): Promise<undefined> {
  const { to, toContainer } = options;
  if ((to === undefined) === (toContainer === undefined))
    throw new UsageError('Name one place for the result: --to <folder> or --to-container <name>.');
  for (const name of [container, ...(toContainer === undefined ? [] : [toContainer])])
    if (!/^[a-z\d](?:-?[a-z\d]){2,62}$/.test(name))
      throw new UsageError(`${name} is not the name of a container. To list them: ${world.command} assets`);
  await withAssetStorage(options, world, async (storage) => {
    const { report } = storage;
    const target = toContainer === undefined ? folderTarget(to ?? '') : containerTarget(storage, toContainer);
    const used = new Map<string, BlobItem>();
    const { source, presentation } = await report.step(
      `Look into ${container}`,
      () => open(storage, container, options.file, used),
      (opened) => opened.source,
    );
    const { videos, audios } = presentation;
    const renditions = [...videos, ...audios];
    report.table(
      ['Rendition', 'Picture', 'Codec', 'kbit/s', 'Fragments'],
      renditions.map((rendition) => [
        idOf(rendition),
        rendition.track.kind === 'video' ? `${rendition.track.width}x${rendition.track.height}` : '',
        rendition.track.codec,
        String(Math.round(rendition.bitrate / 1000)),
        String(rendition.fragments.length),
      ]),
    );
    const etags = Object.fromEntries([...used.values()].map(({ name, etag }) => [name, etag]));
    const origin = { container: `${storage.endpoint}/${container}`, source, etags };
    await target.claim(`${JSON.stringify(origin, undefined, 2)}\n`);
    const { written, kept } = await report.step(
      `Write to ${target.label}`,
      () => asMediaAdvice(container, () => writeSet(target, presentation, storage)),
      (done) => `${done.written} files written${done.kept > 0 ? `, ${done.kept} were there already` : ''}`,
    );
    const result = { hls: target.at(HLS), dash: target.at(DASH) };
    tell(
      options,
      world,
      { ...result, written, kept },
      `HLS  ${shellWord(result.hls)}\nDASH ${shellWord(result.dash)}`,
    );
  });
}

interface Opened {
  readonly source: string;
  readonly presentation: Presentation;
}

async function open(
  storage: AssetStorage,
  container: string,
  wanted: string | undefined,
  used: Map<string, BlobItem>,
): Promise<Opened> {
  const contents = await contentsOf(storage, container);
  const source = wanted ?? contents.source;
  if (source === undefined) throw new UsageError(refusal(container, contents));
  const blob = contents.blobs.find(({ name }) => name === source);
  if (blob === undefined) throw new UsageError(`${container} has no file ${source}.`);
  const cache = createBlockCache();
  const fileOf = (one: BlobItem): MediaFile => {
    used.set(one.name, one);
    return cache(one.name, one.sizeBytes, (offset, length) =>
      readRange(storage, container, one, offset, length),
    );
  };
  const presentation = await asMediaAdvice(container, async () => {
    if (!/\.ism$/i.test(source)) return openMp4(source, fileOf(blob));
    used.set(blob.name, blob);
    const text = await readText(storage, container, blob);
    return openServerManifest(source, text, (name) => {
      const named = blobNamed(contents.blobs, name);
      return named && fileOf(named);
    });
  });
  return { source, presentation };
}

const MIGRATION = 'Azure/azure-media-migration (https://github.com/Azure/azure-media-migration)';

function refusal(container: string, { kind, text, blobs }: Contents): string {
  const what = `${container} is not packaged: it holds ${text}`;
  switch (kind) {
    case 'fragmented MP4':
    case 'live archive':
      return `${what}, which ${MIGRATION} can package.`;
    case 'already packaged':
      return `${what}; copy its files as they are, for example with azcopy.`;
    case 'several MP4s': {
      const names = blobs.map(({ name }) => name).filter((name) => mp4Ending.test(name));
      return `${what}; choose one with --file: ${names.map(shellWord).join(', ')}.`;
    }
    case 'empty':
      return `${container} is not packaged: it is empty.`;
    case 'not media':
    case 'single MP4':
    case 'mp4 with .ism':
      return `${container} is not packaged: ${text}; for other media use ffmpeg.`;
  }
}

/** Adds to an error about the media which tool can help. */
async function asMediaAdvice<T>(container: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    const advice = /does not exist/.test(error.message)
      ? 'choose one of the MP4 files that are there with --file'
      : /fragmented|in the format/.test(error.message)
        ? `use ${MIGRATION}`
        : 'convert it with ffmpeg';
    const subject = error.isNamed ? '' : 'a file ';
    throw new UsageError(`${container} is not packaged: ${subject}${error.message}; ${advice}.`);
  }
}

const BLOCK = 4 * 1024 * 1024;
const MAX_BLOCKS = 8;

/**
 * Reads files in blocks of 4 MiB and keeps the last 8 of all files: fragments are cut in the order of time, in which most
 * files are stored, so each block is read once.
 */
function createBlockCache() {
  const blocks = new Map<string, Promise<Uint8Array>>();
  return (
    name: string,
    size: number,
    read: (offset: number, length: number) => Promise<Uint8Array>,
  ): MediaFile => {
    const block = (index: number): Promise<Uint8Array> => {
      const key = `${index} ${name}`;
      const start = index * BLOCK;
      const known = blocks.get(key) ?? read(start, Math.min(BLOCK, size - start));
      blocks.delete(key);
      blocks.set(key, known);
      // Only the callers who wait now get the error.
      known.catch(() => blocks.delete(key));
      for (const oldest of blocks.keys()) {
        if (blocks.size <= MAX_BLOCKS) break;
        blocks.delete(oldest);
      }
      return known;
    };
    return {
      size,
      async read(offset, length) {
        const first = Math.floor(offset / BLOCK);
        const last = Math.floor(Math.max(offset, offset + length - 1) / BLOCK);
        const isSequential = blocks.has(`${first - 1} ${name}`);
        const indexes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
        const reading = Promise.all(indexes.map(block));
        if (isSequential && (last + 1) * BLOCK < size) void block(last + 1);
        const parts = await reading;
        const pieces = parts.map((part, index) => {
          const start = (first + index) * BLOCK;
          return part.subarray(Math.max(0, offset - start), offset + length - start);
        });
        const [only = new Uint8Array()] = pieces;
        return pieces.length === 1 ? only : Buffer.concat(pieces);
      },
    };
  };
}

const idOf = ({ stream, bitrate }: Rendition): string => `${stream}_${bitrate}`;
const segmentName = ({ time }: Fragment): string => `${time}.m4s`;

const hlsAddresses: HlsAddresses = {
  playlist: (rendition) => `${idOf(rendition)}.m3u8`,
  init: (rendition) => `${idOf(rendition)}/init.mp4`,
  fragment: (rendition, fragment) => `${idOf(rendition)}/${segmentName(fragment)}`,
};

interface FileToWrite {
  readonly name: string;
  readonly size: number;
  content(): Promise<Uint8Array> | Uint8Array;
}

interface Written {
  readonly written: number;
  readonly kept: number;
}

/** Segments first and manifests last, so that a manifest never names what is not there. */
async function writeSet(
  target: PackageTarget,
  presentation: Presentation,
  { signal, report }: AssetStorage,
): Promise<Written> {
  const renditions = [...presentation.videos, ...presentation.audios];
  const ready = (name: string, content: Uint8Array): FileToWrite => ({
    name,
    size: content.length,
    content: () => content,
  });
  const manifests = [
    ...renditions.map((one) => ready(hlsAddresses.playlist(one), Buffer.from(hlsMedia(one, hlsAddresses)))),
    ready(HLS, Buffer.from(hlsMaster(presentation, hlsAddresses))),
    ready(
      DASH,
      Buffer.from(
        dashManifest(presentation, {
          id: idOf,
          init: () => '$RepresentationID$/init.mp4',
          media: () => '$RepresentationID$/$Time$.m4s',
        }),
      ),
    ),
  ];
  const segments = [
    ...renditions.map((one) => ready(hlsAddresses.init(one), initSegment(one))),
    ...inReadingOrder(renditions).map(([rendition, fragment]) => ({
      name: `${idOf(rendition)}/${segmentName(fragment)}`,
      size: fragmentSize(rendition, fragment),
      content: () => readFragment(rendition, fragment),
    })),
  ];
  const missing: FileToWrite[] = [];
  for (const file of [...segments, ...manifests]) if (!(await isThere(target, file))) missing.push(file);
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const write = async (file: FileToWrite): Promise<void> => {
    signal.throwIfAborted();
    await target.write(file.name, await file.content());
    done += file.size;
    report.progress({ label: target.label, done, total, unit: 'bytes' });
  };
  const isManifest = new Set<FileToWrite>(manifests);
  await inParallel(
    missing.filter((file) => !isManifest.has(file)),
    write,
  );
  for (const file of missing) if (isManifest.has(file)) await write(file);
  const all = segments.length + manifests.length;
  return { written: missing.length, kept: all - missing.length };
}

/** File by file, and in each by time: the order in which a file is read from its beginning to its end. */
function inReadingOrder(renditions: readonly Rendition[]): [Rendition, Fragment][] {
  const files = new Map<MediaFile, [Rendition, Fragment][]>();
  for (const rendition of renditions) {
    const { file } = rendition.track;
    const fragments = files.get(file) ?? [];
    for (const fragment of rendition.fragments) fragments.push([rendition, fragment]);
    files.set(file, fragments);
  }
  return [...files.values()].flatMap((one) => one.sort(([, a], [, b]) => a.time - b.time));
}

/** @throws UsageError when something else has the name: what this command writes is complete or not there. */
async function isThere(target: PackageTarget, { name, size }: FileToWrite): Promise<boolean> {
  const found = await target.sizeOf(name);
  if (found === undefined || found === size) return found === size;
  throw new UsageError(
    `Not overwritten: ${target.at(name)} is something else. Remove it, or choose another place for the result.`,
  );
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: PARALLEL }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
