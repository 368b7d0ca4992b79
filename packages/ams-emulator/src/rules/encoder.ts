import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  createPresentation,
  MediaError,
  readMp4,
  serverManifest,
  smoothManifest,
  type MediaFile,
  type Track,
  type UnusableTrack,
  type VideoTrack,
} from 'ams-packager';
import type { Account } from '../account';
import { keys, linked, text } from '../media/rows';
import type { Row } from '../model';
import { blobFile } from '../storage/blob-file';
import { filesOf, insertFile } from './assets';
import { containerOf } from './containers';
import { encode, FfmpegError, type EncodedFile, type Ffmpeg } from './ffmpeg';
import { metadataXml, type OutputFile } from './output-metadata';
import { audioKbpsFor, layersFor, presetOf, type Preset } from './presets';

/** Why a task fails: a code of ErrorDetails and its message. */
export class TaskFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Progress and cancellation of a running task. */
export interface TaskControl {
  readonly signal: AbortSignal;
  /** Called with percents. */
  readonly onProgress: (percent: number) => void;
}

/**
 * Runs a task, which writes blobs and AssetFile rows to its output assets. With an ffmpeg the layers of the
 * preset are encoded; without one the only output is the input, under the name that its properties give. Rejects with
 * TaskFailure.
 */
export async function runTask(account: Account, task: Row, control: TaskControl): Promise<void> {
  const inputId = keys(task, '_inputs')[0] ?? '';
  const asset = linked(account, 'Assets', inputId);
  const files = filesOf(account, inputId);
  const file = files.find((candidate) => candidate['IsPrimary'] === true) ?? files[0];
  if (file === undefined) {
    throw new TaskFailure('ErrorDownloadingInputAssetMalformedContent', 'The input asset has no file.');
  }
  const name = text(file, 'Name');
  const blobs = (await account.storage.list(containerOf(asset))) ?? [];
  const blob = blobs.find((candidate) => candidate.name === name);
  if (blob === undefined) {
    throw new TaskFailure(
      'ErrorDownloadingInputAssetMalformedContent',
      `The input file ${name} is not in storage.`,
    );
  }
  const input = {
    container: containerOf(asset),
    name,
    file: blobFile(account.storage, containerOf(asset), blob),
  };
  const processor = linked(account, 'MediaProcessors', text(task, 'MediaProcessorId'));
  const preset = presetOf(processor, text(task, 'Configuration')) ?? 'copy';
  for (const id of keys(task, '_outputs')) {
    // A run interrupted by the end of the process may have left rows.
    for (const left of filesOf(account, id)) account.store.remove('Files', text(left, 'Id'));
    const output = new Output(account, linked(account, 'Assets', id), input);
    if (preset === 'copy') await leaveCopy(output);
    else if (account.ffmpeg === undefined) await leaveInput(output, preset);
    else await leaveEncoded(output, preset, account.ffmpeg, control);
  }
}

interface Input {
  readonly container: string;
  readonly name: string;
  readonly file: MediaFile;
}

const mp4 = 'video/mp4';

/** The output asset of a task, and what it is made from. */
class Output {
  constructor(
    readonly account: Account,
    readonly asset: Row,
    readonly input: Input,
  ) {}

  /** The name of the input without its extension, on which the names of all outputs are built. */
  get base(): string {
    return this.input.name.replace(/\.[^.]*$/, '');
  }

  get container(): string {
    return containerOf(this.asset);
  }

  async copyInput(name: string, isPrimary: boolean): Promise<void> {
    await this.account.storage.copy(this.input.container, this.input.name, this.container, name);
    this.insert(name, this.input.file.size, mp4, isPrimary);
  }

  async upload(name: string, path: string, isPrimary: boolean): Promise<void> {
    await this.account.storage.putFile(this.container, name, mp4, path);
    this.insert(name, (await stat(path)).size, mp4, isPrimary);
  }

  async write(name: string, type: string, body: string, isPrimary = false): Promise<void> {
    await this.account.storage.put(this.container, name, type, body);
    this.insert(name, Buffer.byteLength(body), type, isPrimary);
  }

  private insert(name: string, size: number, type: string, isPrimary: boolean): void {
    insertFile(this.account, {
      Name: name,
      ContentFileSize: size,
      ParentAssetId: text(this.asset, 'Id'),
      MimeType: type,
      IsPrimary: isPrimary,
    });
  }
}

/** The other processors copy the input. */
async function leaveCopy(output: Output): Promise<void> {
  await output.copyInput(output.input.name, true);
}

/** The usable tracks of the input; its first video track must be among them. */
async function readInput({ input }: Output): Promise<(Track | UnusableTrack)[]> {
  try {
    const tracks = await readMp4(input.file);
    const video = tracks.find(
      (track) => track.kind === 'video' || (track.kind === 'unusable' && track.media === 'video'),
    );
    if (video === undefined) throw new MediaError('has no video track');
    if (video.kind === 'unusable') throw video.error;
    return tracks;
  } catch (error) {
    throw unsupported(error, input.name);
  }
}

function unsupported(error: unknown, name: string): unknown {
  if (!(error instanceof MediaError)) return error;
  const message = `The input file cannot be encoded: ${error.isNamed ? '' : `${name} `}${error.message}.`;
  return new TaskFailure('ErrorExecutingTaskUnsupportedFormat', message);
}

const isVideo = (track: Track | UnusableTrack): track is VideoTrack => track.kind === 'video';

function fileName(base: string, tracks: readonly Track[], namesAudio: boolean): string {
  const video = tracks.find(isVideo);
  const audio = tracks.find(({ kind }) => kind === 'audio');
  const kbps = Math.max(1, Math.round((video ?? audio ?? { bitrate: 0 }).bitrate / 1000));
  if (video === undefined) return `${base}_AACAudio_${kbps}.mp4`;
  const hasAudio = namesAudio && audio !== undefined;
  return `${base}_${video.width}x${video.height}${hasAudio ? '_AACAudio' : ''}_${kbps}.mp4`;
}

/** Without an encoder: the bytes of the input, which must be what the origin can package. */
async function leaveInput(output: Output, preset: Preset): Promise<void> {
  const { base, input } = output;
  const all = await readInput(output);
  const bad = all.find((track) => track.kind === 'unusable');
  if (bad !== undefined) throw unsupported(bad.error, input.name);
  const tracks = all.filter((track) => track.kind !== 'unusable');
  const name = fileName(base, tracks, true);
  const files = [{ name, size: input.file.size, tracks }];
  const isSingle = preset.layers.length <= 1;
  // What cannot be packaged must not become an output.
  const manifests = manifestsOf(base, files, input.name);
  await output.copyInput(name, isSingle);
  await leaveManifests(output, isSingle ? undefined : manifests, files);
}

/** The layers of the preset that suit the input, encoded in a temporary folder. */
async function leaveEncoded(
  output: Output,
  preset: Preset,
  ffmpeg: Ffmpeg,
  { signal, onProgress }: TaskControl,
): Promise<void> {
  const { input } = output;
  const tracks = await readInput(output);
  const video = tracks.find(isVideo);
  if (video === undefined) return;
  const audio = tracks.find(
    (track) => track.kind === 'audio' || (track.kind === 'unusable' && track.media === 'audio'),
  );
  const hasAudio = audio !== undefined;
  const folder = await mkdtemp(join(tmpdir(), 'ams-emulator-encode-'));
  try {
    const local = join(folder, 'input');
    const response = await output.account.storage.read('GET', input.container, input.name);
    await pipeline(response, createWriteStream(local), { signal });
    const layers = layersFor(preset, video);
    const isAudioApart = hasAudio && (preset.isSeparate || layers.length === 0);
    const outputs: EncodedFile[] = layers.map((layer, index) => ({
      path: join(folder, `${index}.mp4`),
      layer,
      hasAudio: hasAudio && !isAudioApart,
    }));
    if (isAudioApart) outputs.push({ path: join(folder, 'audio.mp4'), layer: undefined, hasAudio: true });
    if (outputs.length === 0) {
      throw new TaskFailure(
        'ErrorExecutingTaskUnsupportedFormat',
        `${input.name} has no audio track to encode.`,
      );
    }
    const request = {
      input: local,
      outputs,
      audioKbps: audio?.kind === 'audio' ? audioKbpsFor(preset, audio.bitrate) : preset.audioKbps,
      inputKbps: video.bitrate / 1000,
      seconds: video.end / 1e7,
      signal,
      onProgress,
    };
    await encode(ffmpeg, request).catch((error: unknown) => {
      throw error instanceof FfmpegError
        ? new TaskFailure('ErrorProcessingTask', `ffmpeg: ${error.message}`)
        : error;
    });
    await leaveFiles(output, preset, outputs, signal);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function leaveFiles(
  output: Output,
  preset: Preset,
  encoded: readonly EncodedFile[],
  signal: AbortSignal,
): Promise<void> {
  const isSingle = preset.layers.length <= 1;
  const files: OutputFile[] = [];
  for (const { path } of encoded) {
    signal.throwIfAborted();
    const { file, close } = await openLocal(path);
    try {
      const tracks = (await readMp4(file)).filter((track) => track.kind !== 'unusable');
      const wanted = fileName(output.base, tracks, preset.namesAudio);
      const isTaken = files.some(({ name }) => name === wanted);
      const name = isTaken ? wanted.replace(/\.mp4$/, `_${files.length + 1}.mp4`) : wanted;
      files.push({ name, size: file.size, tracks });
      await output.upload(name, path, isSingle);
    } finally {
      await close();
    }
  }
  const manifests = isSingle ? undefined : manifestsOf(output.base, files, output.input.name);
  await leaveManifests(output, manifests, files);
}

async function openLocal(path: string): Promise<{ file: MediaFile; close: () => Promise<void> }> {
  const handle = await open(path);
  const { size } = await handle.stat();
  const file: MediaFile = {
    size,
    async read(offset, length) {
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer;
    },
  };
  return { file, close: () => handle.close() };
}

interface Manifests {
  readonly server: string;
  readonly client: string;
}

/** The `.ism` and `.ismc`: the video of every file, and the audio of the first that has some. */
function manifestsOf(base: string, files: readonly OutputFile[], inputName: string): Manifests {
  const withAudio = files.find(({ tracks }) => tracks.some(({ kind }) => kind === 'audio'));
  const named = files.flatMap(({ name, tracks }) =>
    tracks
      .filter((track) => track.kind === 'video' || name === withAudio?.name)
      .map((track) => ({ name, track })),
  );
  try {
    const presentation = createPresentation(named.map(({ track }) => track));
    const renditions = [...presentation.videos, ...presentation.audios].map((rendition) => ({
      rendition,
      file: named.find(({ track }) => track === rendition.track)?.name ?? '',
    }));
    return { server: serverManifest(base, renditions), client: smoothManifest(presentation) };
  } catch (error) {
    throw unsupported(error, inputName);
  }
}

async function leaveManifests(
  output: Output,
  manifests: Manifests | undefined,
  files: readonly OutputFile[],
): Promise<void> {
  const { base, input } = output;
  if (manifests !== undefined) {
    await output.write(`${base}.ism`, 'application/octet-stream', manifests.server, true);
    await output.write(`${base}.ismc`, 'application/octet-stream', manifests.client);
  }
  await output.write(
    `${base}_metadata.xml`,
    'text/xml',
    metadataXml({ name: input.name, size: input.file.size }, files),
  );
}
