import type { Account } from '../account';
import { ServiceError } from '../media/errors';
import type { Row } from '../model';
import { clientManifest, metadataXml, serverManifest, type Track } from '../origin/manifests';
import { containerOf, filesOf, insertFile } from './assets';
import { renditionsOf, type Rendition } from './presets';
import { count, keys, linked, text } from './rules';

// The audio bit rate that the adaptive presets give.
const audioBitrate = 128_000;

/**
 * Does the work of a task: leaves blobs and AssetFile rows in its first output asset. Nothing is transcoded, every
 * rendition is a copy of the input. Rejects when the input is not in storage.
 */
export async function runTask(account: Account, task: Row): Promise<void> {
  const inputId = keys(task, '_inputs')[0] ?? '';
  const input = linked(account, 'Assets', inputId);
  const files = filesOf(account, inputId);
  const file = files.find((candidate) => candidate['IsPrimary'] === true) ?? files[0];
  if (file === undefined) throw new ServiceError(400, 'The input asset has no file.');
  const processor = linked(account, 'MediaProcessors', text(task, 'MediaProcessorId'));
  const renditions = renditionsOf(processor, text(task, 'Configuration')) ?? [];
  for (const id of keys(task, '_outputs')) {
    // A run that was cut short by the end of the process has left rows behind.
    for (const left of filesOf(account, id)) account.store.remove('Files', text(left, 'Id'));
    const output = { account, input, file, asset: linked(account, 'Assets', id) };
    await (renditions.length === 0 ? leaveCopy(output) : leaveRenditions(output, renditions));
  }
}

interface Output {
  readonly account: Account;
  readonly input: Row;
  readonly file: Row;
  readonly asset: Row;
}

/** The name of the input without its extension, on which the names of all outputs are built. */
const baseName = (file: Row): string => text(file, 'Name').replace(/\.[^.]*$/, '');

async function leaveRenditions(output: Output, renditions: readonly Rendition[]): Promise<void> {
  const base = baseName(output.file);
  const tracks: Track[] = renditions.map(({ width, height, bitrate }) => ({
    file: `${base}_${width}x${height}_AACAudio_${bitrate / 1000}.mp4`,
    width,
    height,
    bitrate,
    audioBitrate,
  }));
  const isSingle = tracks.length === 1;
  for (const { file } of tracks) await copyInput(output, file, isSingle);
  if (!isSingle) {
    await writeText(output, `${base}.ism`, 'application/octet-stream', serverManifest(base, tracks), true);
    await writeText(output, `${base}.ismc`, 'application/octet-stream', clientManifest(tracks));
  }
  const metadata = metadataXml(text(output.file, 'Name'), count(output.file, 'ContentFileSize'), tracks);
  await writeText(output, `${base}_metadata.xml`, 'text/xml', metadata);
}

/** What the other processors leave: the input as it was, and a description. */
async function leaveCopy(output: Output): Promise<void> {
  await copyInput(output, text(output.file, 'Name'), true);
  const metadata = metadataXml(text(output.file, 'Name'), count(output.file, 'ContentFileSize'), []);
  await writeText(output, `${baseName(output.file)}_metadata.xml`, 'text/xml', metadata);
}

async function copyInput(
  { account, input, file, asset }: Output,
  name: string,
  isPrimary: boolean,
): Promise<void> {
  await account.storage.copy(containerOf(input), text(file, 'Name'), containerOf(asset), name);
  insertFile(account, {
    Name: name,
    ContentFileSize: await sizeOf(account, asset, name),
    ParentAssetId: text(asset, 'Id'),
    MimeType: 'video/mp4',
    IsPrimary: isPrimary,
  });
}

async function sizeOf(account: Account, asset: Row, name: string): Promise<number> {
  const response = await account.storage.read('HEAD', containerOf(asset), name);
  response.resume();
  return Number(response.headers['content-length'] ?? 0);
}

async function writeText(
  { account, asset }: Output,
  name: string,
  type: string,
  body: string,
  isPrimary = false,
): Promise<void> {
  await account.storage.put(containerOf(asset), name, type, body);
  insertFile(account, {
    Name: name,
    ContentFileSize: Buffer.byteLength(body),
    ParentAssetId: text(asset, 'Id'),
    MimeType: type,
    IsPrimary: isPrimary,
  });
}
