/** The asset containers that Media Services left in a storage account, read by REST without Media Services. */
import { isLoopback, type ClosableTransport, type Transport } from 'ams-rest';
import {
  bearerTransport,
  blobUrlInContainer,
  listBlobs,
  listContainers,
  readBlobRange,
  sharedKeyTransport,
  type BlobItem,
} from 'ams-rest/storage';
import { MediaError, readServerManifest, type ServerManifest } from 'ams-packager';
import type { GlobalOptions, World } from './context';
import { environmentCredential } from './environment-credential';
import { UsageError } from './errors';
import { colorsFor } from './output/layout';
import { createReport, type Report } from './output/report';
import { openTransport } from './target';

export interface StorageCommandOptions extends GlobalOptions {
  readonly storage?: string;
}

/** A storage account, and the permission to read it. */
export interface AssetStorage {
  /** The blob endpoint without a slash at its end. */
  readonly endpoint: string;
  readonly report: Report;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** The URL of the container, or without a name of the account, with the SAS if there is one. */
  readonly url: (container?: string) => string;
}

/** Opens the storage account of `--storage`, runs `work` with it and closes it. */
export async function withAssetStorage<T>(
  options: StorageCommandOptions,
  world: World,
  work: (storage: AssetStorage) => Promise<T>,
): Promise<T> {
  if (options.live || options.local || options.trace)
    throw new UsageError('--live, --local and --trace do not apply to a command that only reads Storage.');
  const value = (name: string) => (world.env[name] ?? world.dotenv[name] ?? '').trim();
  const { endpoint, account, query } = await storageAddress(
    options.storage,
    value('AZURE_STORAGE_ACCOUNT'),
    world,
  );
  const key = value('AZURE_STORAGE_KEY');
  const sas = query || (key === '' ? value('AZURE_STORAGE_SAS_TOKEN').replace(/^\?/, '') : '');
  const out = options.json ? world.stderr : world.stdout;
  const report = createReport({
    out,
    verbosity: options.verbose ? 'verbose' : options.quiet || options.json ? 'quiet' : 'normal',
    colors: colorsFor(out, options.color, world.env),
    secrets: [key, sas, value('AZURE_CLIENT_SECRET')].filter((secret) => secret !== ''),
    shorten: (url) => url,
  });
  const plain: ClosableTransport = openTransport(world);
  const watched = report.watch(plain);
  try {
    const transport =
      sas !== ''
        ? watched
        : key !== ''
          ? sharedKeyTransport(watched, { account, key, endpoint })
          : bearerTransport(watched, {
              endpoint,
              credential: environmentCredential({ ...world.dotenv, ...world.env }, watched).credential,
            });
    const url = (container = '') => `${endpoint}/${container}${sas === '' ? '' : `?${sas}`}`;
    return await work({ endpoint, report, transport, signal: world.signal, url });
  } finally {
    await plain.close();
  }
}

interface StorageAddress {
  readonly endpoint: string;
  readonly account: string;
  readonly query: string;
}

async function storageAddress(
  flag: string | undefined,
  fallback: string,
  { stdin }: World,
): Promise<StorageAddress> {
  const isFromStdin = flag === '-';
  const text = isFromStdin ? await firstLine(stdin) : (flag ?? fallback);
  if (text === '')
    throw new UsageError('Name the storage account with --storage, or in AZURE_STORAGE_ACCOUNT.');
  if (/^[a-z\d]{3,24}$/.test(text))
    return { endpoint: `https://${text}.blob.core.windows.net`, account: text, query: '' };
  // What is typed may hold a signature, so no message repeats it.
  if (!URL.canParse(text))
    throw new UsageError(
      'The value of --storage is neither the name of a storage account nor the URL of its blob endpoint.',
    );
  const { protocol, origin, hostname, pathname, search } = new URL(text);
  if (flag !== undefined && !isFromStdin && search !== '')
    throw new UsageError(
      'Every user of this machine can see a command line, so a SAS must not be on it. ' +
        'Put the SAS into AZURE_STORAGE_SAS_TOKEN, or pass its URL on standard input with --storage -.',
    );
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    throw new UsageError('The storage endpoint must be an https URL; http is possible only on this machine.');
  const [, first = ''] = pathname.split('/');
  return isLoopback(hostname)
    ? { endpoint: `${origin}/${first}`, account: first, query: search.slice(1) }
    : { endpoint: origin, account: hostname.split('.')[0] ?? '', query: search.slice(1) };
}

async function firstLine(input: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > 65_536) break;
  }
  return text.split('\n')[0]?.trim() ?? '';
}

/** The names of the asset containers. */
export function assetContainers({ transport, url, signal }: AssetStorage): AsyncGenerator<string, void> {
  return listContainers(transport, url(), { prefix: 'asset-', signal });
}

/** What a container holds. */
export interface Contents {
  readonly kind:
    | 'mp4 with .ism'
    | 'single MP4'
    | 'several MP4s'
    | 'fragmented MP4'
    | 'live archive'
    | 'already packaged'
    | 'not media'
    | 'empty';
  /** The kind with its details, for people. */
  readonly text: string;
  /** The `.ism` or MP4 to package; undefined when nothing can be packaged without a choice. */
  readonly source?: string;
  /** Of its blobs, without those in virtual folders. */
  readonly blobs: readonly BlobItem[];
  readonly sizeBytes: number;
}

/** Looks into a container, reading at most its list, its `.ism` and the beginning of one file. */
export async function contentsOf(storage: AssetStorage, container: string): Promise<Contents> {
  const blobs: BlobItem[] = [];
  const listed = listBlobs(storage.transport, storage.url(container), {
    delimiter: '/',
    signal: storage.signal,
  });
  for await (const item of listed) if (item.kind === 'blob') blobs.push(item);
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  const described = await describe(storage, container, blobs);
  return { ...described, blobs, sizeBytes };
}

type Description = Pick<Contents, 'kind' | 'text' | 'source'>;

async function describe(
  storage: AssetStorage,
  container: string,
  blobs: readonly BlobItem[],
): Promise<Description> {
  const ending = (pattern: RegExp) => blobs.filter(({ name }) => pattern.test(name));
  const [ism] = ending(/\.ism$/i);
  const mp4s = ending(mp4Ending);
  if (ism !== undefined) return describeIsm(storage, container, ism, blobs);
  const [packaged] = ending(/\.(m3u8|mpd)$/i);
  if (packaged !== undefined)
    return { kind: 'already packaged', text: `already packaged (${packaged.name})` };
  if (ending(/\.(ismv|isma)$/i).length > 0)
    return { kind: 'fragmented MP4', text: 'fragmented MP4 (.ismv) without .ism' };
  const [only] = mp4s;
  if (only === undefined)
    return blobs.length === 0
      ? { kind: 'empty', text: 'empty' }
      : { kind: 'not media', text: `not media that can be packaged (${blobs[0]?.name ?? ''})` };
  if (mp4s.length > 1) return { kind: 'several MP4s', text: `${mp4s.length} MP4 files without .ism` };
  if (!(await isMp4(storage, container, only))) return notAnMp4(only.name);
  return { kind: 'single MP4', text: 'single MP4', source: only.name };
}

export const mp4Ending = /\.(mp4|m4v|m4a|mov)$/i;

async function describeIsm(
  storage: AssetStorage,
  container: string,
  ism: BlobItem,
  blobs: readonly BlobItem[],
): Promise<Description> {
  let manifest: ServerManifest;
  try {
    manifest = readServerManifest(await readText(storage, container, ism));
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return { kind: 'not media', text: `${ism.name} ${error.message}` };
  }
  const formats = manifest.formats.toLowerCase();
  if (formats.startsWith('vod-'))
    return { kind: 'live archive', text: `live archive (${ism.name}, ${formats})` };
  if (formats !== 'mp4') return { kind: 'fragmented MP4', text: `fragmented MP4 (${ism.name}, ${formats})` };
  const files = [...new Set(manifest.tracks.map(({ file }) => file))];
  const missing = files.filter((file) => blobNamed(blobs, file) === undefined);
  const first = files.map((file) => blobNamed(blobs, file)).find((blob) => blob !== undefined);
  if (first !== undefined && !(await isMp4(storage, container, first))) return notAnMp4(first.name);
  const gap = missing.length === 0 ? '' : `, of which ${missing.join(', ')} is missing`;
  const count = `${files.length} MP4 ${files.length === 1 ? 'file' : 'files'}`;
  return { kind: 'mp4 with .ism', text: `${ism.name}, mp4: ${count}${gap}`, source: ism.name };
}

const notAnMp4 = (name: string): Description => ({
  kind: 'not media',
  text: `${name} is not an MP4; it may be storage-encrypted, and the keys were in Media Services`,
});

/** The blob that an `.ism` means: upper and lower case count as the same, and names may be percent-encoded. */
export function blobNamed(blobs: readonly BlobItem[], name: string): BlobItem | undefined {
  const find = (wanted: string) =>
    blobs.find((blob) => blob.name === wanted) ??
    blobs.find((blob) => blob.name.toLowerCase() === wanted.toLowerCase());
  try {
    return find(name) ?? find(decodeURIComponent(name));
  } catch {
    return undefined;
  }
}

/** The text of a small blob. */
export async function readText(storage: AssetStorage, container: string, blob: BlobItem): Promise<string> {
  if (blob.sizeBytes > 4 * 1024 * 1024)
    throw new MediaError('is not a server manifest: it is larger than 4 MiB');
  return new TextDecoder().decode(await readRange(storage, container, blob, 0, blob.sizeBytes));
}

/** Bytes of the blob as it was when it was listed. */
export async function readRange(
  { transport, url, signal }: AssetStorage,
  container: string,
  { name, etag }: BlobItem,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array();
  const address = blobUrlInContainer(url(container), name);
  // A list has the ETag without the quotes of the header on Azurite, and with them in some versions of the service.
  const quoted = etag.startsWith('"') ? etag : `"${etag}"`;
  return readBlobRange(transport, address, offset, length, { etag: quoted, signal });
}

async function isMp4(storage: AssetStorage, container: string, blob: BlobItem): Promise<boolean> {
  if (blob.sizeBytes < 8) return false;
  const head = await readRange(storage, container, blob, 0, 8);
  return /^(ftyp|moov|mdat|free|skip|wide|styp|pdin)$/.test(
    new TextDecoder('latin1').decode(head.subarray(4)),
  );
}
