/** Reads the tracks of an MP4 file: only the `moov` box and the headers of the other boxes. */
import { boxesIn, findBox, fourcc, needBox, readHeader, table, type Box } from './boxes';
import { readAudioCodec, readVideoCodec, sampleEntry, type AudioCodec, type VideoCodec } from './codecs';
import { MediaError, type MediaFile } from './media-file';

/** Ticks per second of every time in this package: the unit of Smooth Streaming, 100 ns. */
export const TICKS = 10_000_000;

/** The samples (frames) of a track in decoding order. All arrays are equally long. */
export interface Samples {
  /** Bytes. */
  readonly sizes: Uint32Array;
  /** Positions in the file. */
  readonly offsets: Float64Array;
  /** When each is presented, in ticks; the edit list is applied, so playback begins at 0. */
  readonly times: Float64Array;
  /** Ticks. */
  readonly durations: Float64Array;
  /** 1 for a key frame. */
  readonly keys: Uint8Array;
}

interface TrackBase {
  readonly file: MediaFile;
  /** `track_ID` in the file. */
  readonly id: number;
  /** ISO 639-2, `und` if not known. */
  readonly language: string;
  readonly samples: Samples;
  /** When its last sample ends, in ticks. */
  readonly end: number;
  /** Bits per second, measured over all samples. */
  readonly bitrate: number;
}

export type VideoTrack = TrackBase & VideoCodec & { readonly kind: 'video' };
export type AudioTrack = TrackBase & AudioCodec & { readonly kind: 'audio' };
export type Track = VideoTrack | AudioTrack;

/** A video or audio track that cannot be packaged, and why. */
export interface UnusableTrack {
  readonly kind: 'unusable';
  readonly id: number;
  readonly media: 'video' | 'audio';
  readonly error: MediaError;
}

// Limits for damaged and hostile files.
const maxTopLevelBoxes = 1000;
const maxMoovBytes = 64 * 1024 * 1024;
const maxSamples = 20_000_000;
const maxTicks = 7 * 24 * 3600 * TICKS;
const headBytes = 64 * 1024;
// The first boxes of MP4 and QuickTime files; otherwise a text could look like a box.
const firstBoxes = new Set([
  'ftyp',
  'styp',
  'moov',
  'moof',
  'mdat',
  'free',
  'skip',
  'wide',
  'pnot',
  'uuid',
  'sidx',
]);

/**
 * The video and audio tracks of an MP4 file, in its order; tracks of other kinds are left out. Throws MediaError for
 * a file that is not an MP4, or is damaged or fragmented, and whatever `file.read` rejects with.
 */
export async function readMp4(file: MediaFile): Promise<(Track | UnusableTrack)[]> {
  const bytes = await readMoov(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const moov: Box = { type: 'moov', start: 0, body: 0, end: bytes.length };
  return orDamaged(() => {
    const traks = boxesIn(view, moov.body, moov.end).filter(({ type }) => type === 'trak');
    if (findBox(view, moov, 'mvex') !== undefined) throw fragmented();
    const movieTimescale = view.getUint32(timescaleAt(view, needBox(view, moov, 'mvhd')));
    return traks.flatMap((trak) => readTrack(file, view, trak, movieTimescale) ?? []);
  });
}

const fragmented = (): MediaError =>
  new MediaError('is a fragmented MP4; only MP4 files with one moov for all samples can be packaged');

/** Reading beyond the bytes of a box is the sign of a damaged file. */
function orDamaged<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new MediaError('is damaged: a box ends early') : error;
  }
}

/** The body of the `moov` box. */
async function readMoov(file: MediaFile): Promise<Uint8Array> {
  const head = await file.read(0, Math.min(headBytes, file.size));
  const read = (offset: number, length: number): Promise<Uint8Array> | Uint8Array =>
    offset + length <= head.length ? head.subarray(offset, offset + length) : file.read(offset, length);
  let at = 0;
  for (let count = 0; count < maxTopLevelBoxes && at + 8 <= file.size; count++) {
    const bytes = await read(at, Math.min(16, file.size - at));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const box = readHeader(view, 0, at, file.size);
    if (box === undefined || (at === 0 && !firstBoxes.has(box.type))) break;
    if (box.type === 'moof') throw fragmented();
    if (box.type === 'moov') {
      if (box.end > file.size) throw new MediaError('is damaged: it ends inside its moov');
      if (box.end - box.body > maxMoovBytes) throw new MediaError('has a moov of more than 64 MB');
      return read(box.body, box.end - box.body);
    }
    at = box.end;
  }
  throw new MediaError(at === 0 ? 'is not an MP4 file' : 'is not a complete MP4 file: it has no moov box');
}

function readTrack(
  file: MediaFile,
  view: DataView,
  trak: Box,
  movieTimescale: number,
): Track | UnusableTrack | undefined {
  const mdia = needBox(view, trak, 'mdia');
  const handler = fourcc(view, needBox(view, mdia, 'hdlr').body + 8);
  if (handler !== 'vide' && handler !== 'soun') return undefined;
  const media = handler === 'vide' ? 'video' : 'audio';
  const tkhd = needBox(view, trak, 'tkhd');
  const id = view.getUint32(tkhd.body + (view.getUint8(tkhd.body) === 1 ? 20 : 12));
  try {
    const stbl = needBox(view, mdia, 'minf', 'stbl');
    const entry = sampleEntry(view, needBox(view, stbl, 'stsd'));
    const codec = media === 'video' ? readVideoCodec(view, entry) : readAudioCodec(view, entry);
    const raw = readSampleTables(file, view, stbl);
    const mdhd = needBox(view, mdia, 'mdhd');
    const timescale = view.getUint32(timescaleAt(view, mdhd));
    if (timescale === 0 || movieTimescale === 0) throw new MediaError('is damaged: its timescale is 0');
    const edit = readEdit(view, trak, movieTimescale);
    const samples =
      media === 'video' ? videoSamples(raw, timescale, edit) : audioSamples(raw, timescale, edit);
    const base = { file, id, language: languageOf(view, mdhd), ...measured(samples) };
    return 'width' in codec ? { kind: 'video', ...base, ...codec } : { kind: 'audio', ...base, ...codec };
  } catch (error) {
    const reason = error instanceof RangeError ? new MediaError('is damaged: a box ends early') : error;
    if (reason instanceof MediaError) return { kind: 'unusable', id, media, error: reason };
    throw error;
  }
}

/** Where `mvhd` and `mdhd` have their timescale. */
const timescaleAt = (view: DataView, box: Box): number =>
  box.body + (view.getUint8(box.body) === 1 ? 20 : 12);

function languageOf(view: DataView, mdhd: Box): string {
  const packed = view.getUint16(timescaleAt(view, mdhd) + (view.getUint8(mdhd.body) === 1 ? 12 : 8));
  const code = [10, 5, 0].map((shift) => String.fromCharCode(0x60 + ((packed >> shift) & 31))).join('');
  return /^[a-z]{3}$/.test(code) ? code : 'und';
}

function measured(samples: Samples): Pick<TrackBase, 'samples' | 'end' | 'bitrate'> {
  const { sizes, times, durations } = samples;
  let [bytes, begin, end] = [0, Infinity, 0];
  for (let index = 0; index < sizes.length; index++) {
    bytes += sizes[index] ?? 0;
    begin = Math.min(begin, times[index] ?? 0);
    end = Math.max(end, (times[index] ?? 0) + (durations[index] ?? 0));
  }
  const seconds = (end - begin) / TICKS;
  if (!(seconds > 0 && end <= maxTicks)) throw new MediaError('is damaged: its duration makes no sense');
  return { samples, end, bitrate: Math.max(1, Math.round((bytes * 8) / seconds)) };
}

/** Samples as the file has them: times in units of the track's timescale, not edited. */
interface RawSamples {
  readonly sizes: Uint32Array;
  readonly offsets: Float64Array;
  readonly decodeTimes: Float64Array;
  readonly presentationTimes: Float64Array;
  readonly keys: Uint8Array;
}

function readSampleTables(file: MediaFile, view: DataView, stbl: Box): RawSamples {
  const sizes = readSizes(file, view, stbl);
  const count = sizes.length;
  const offsets = readOffsets(view, stbl, sizes);
  for (let index = 0; index < count; index++) {
    if ((offsets[index] ?? 0) + (sizes[index] ?? 0) > file.size) {
      throw new MediaError('is damaged: samples lie past the end of the file');
    }
  }
  const { decodeTimes, presentationTimes } = readTimes(view, stbl, count);
  return { sizes, offsets, decodeTimes, presentationTimes, keys: readKeys(view, stbl, count) };
}

function readSizes(file: MediaFile, view: DataView, stbl: Box): Uint32Array {
  const stsz = findBox(view, stbl, 'stsz');
  if (stsz === undefined) throw new MediaError('has its sample sizes in an unsupported form (no stsz box)');
  const constant = view.getUint32(stsz.body + 4);
  const count = view.getUint32(stsz.body + 8);
  if (count === 0) throw new MediaError('has a track without samples');
  if (count > maxSamples || constant * count > file.size) {
    throw new MediaError('is damaged: it claims more samples than it can hold');
  }
  if (constant > 0) return new Uint32Array(count).fill(constant);
  // The rows of stsz begin 4 bytes later than those of other tables.
  const rows = table(view, { ...stsz, body: stsz.body + 4 }, 1);
  return Uint32Array.from({ length: count }, (_, index) => view.getUint32(rows.at(index)));
}

function readOffsets(view: DataView, stbl: Box, sizes: Uint32Array): Float64Array {
  const co64 = findBox(view, stbl, 'co64');
  const chunks = table(view, co64 ?? needBox(view, stbl, 'stco'), co64 === undefined ? 1 : 2);
  const runs = table(view, needBox(view, stbl, 'stsc'), 3);
  const offsets = new Float64Array(sizes.length);
  let sample = 0;
  for (let run = 0; run < runs.count && sample < sizes.length; run++) {
    const row = runs.at(run);
    const perChunk = view.getUint32(row + 4);
    if (view.getUint32(row + 8) > 1)
      throw new MediaError('changes its codec settings in the middle of a track');
    const first = view.getUint32(row) - 1;
    const next = run + 1 < runs.count ? view.getUint32(runs.at(run + 1)) - 1 : chunks.count;
    if (perChunk === 0 || first < 0 || next <= first)
      throw new MediaError('is damaged: its stsc makes no sense');
    for (let chunk = first; chunk < Math.min(next, chunks.count) && sample < sizes.length; chunk++) {
      const at = chunks.at(chunk);
      let offset = co64 === undefined ? view.getUint32(at) : Number(view.getBigUint64(at));
      for (let index = 0; index < perChunk && sample < sizes.length; index++) {
        offsets[sample] = offset;
        offset += sizes[sample++] ?? 0;
      }
    }
  }
  if (sample < sizes.length) throw new MediaError('is damaged: samples are in no chunk');
  return offsets;
}

function readTimes(
  view: DataView,
  stbl: Box,
  count: number,
): { decodeTimes: Float64Array; presentationTimes: Float64Array } {
  // One more than there are samples: the last is the end.
  const decodeTimes = new Float64Array(count + 1);
  const presentationTimes = new Float64Array(count);
  const deltas = table(view, needBox(view, stbl, 'stts'), 2);
  let sample = 0;
  for (let row = 0; row < deltas.count && sample < count; row++) {
    const repeat = view.getUint32(deltas.at(row));
    const delta = view.getUint32(deltas.at(row) + 4);
    for (let index = 0; index < repeat && sample < count; index++, sample++) {
      decodeTimes[sample + 1] = (decodeTimes[sample] ?? 0) + delta;
    }
  }
  if (sample < count) throw new MediaError('is damaged: samples have no time');
  presentationTimes.set(decodeTimes.subarray(0, count));
  const ctts = findBox(view, stbl, 'ctts');
  if (ctts !== undefined) {
    const shifts = table(view, ctts, 2);
    sample = 0;
    for (let row = 0; row < shifts.count && sample < count; row++) {
      const repeat = view.getUint32(shifts.at(row));
      // Signed in version 0 too: QuickTime and others write it so.
      const shift = view.getInt32(shifts.at(row) + 4);
      for (let index = 0; index < repeat && sample < count; index++, sample++) {
        presentationTimes[sample] = (presentationTimes[sample] ?? 0) + shift;
      }
    }
  }
  return { decodeTimes, presentationTimes };
}

function readKeys(view: DataView, stbl: Box, count: number): Uint8Array {
  const stss = findBox(view, stbl, 'stss');
  if (stss === undefined) return new Uint8Array(count).fill(1);
  const keys = new Uint8Array(count);
  const numbers = table(view, stss, 1);
  for (let row = 0; row < numbers.count; row++) {
    const number = view.getUint32(numbers.at(row));
    if (number >= 1 && number <= count) keys[number - 1] = 1;
  }
  return keys;
}

/** How a track is placed: an empty edit delays it, and playback begins at `mediaTime` of its own timeline. */
interface Edit {
  /** Ticks. */
  readonly delay: number;
  /** In units of the track's timescale. */
  readonly mediaTime: number;
}

function readEdit(view: DataView, trak: Box, movieTimescale: number): Edit {
  const elst = findBox(view, trak, 'edts', 'elst');
  if (elst === undefined) return { delay: 0, mediaTime: 0 };
  const isLong = view.getUint8(elst.body) === 1;
  const rows = table(view, elst, isLong ? 5 : 3);
  let delay = 0;
  for (let row = 0; row < rows.count; row++) {
    const at = rows.at(row);
    const duration = isLong ? Number(view.getBigUint64(at)) : view.getUint32(at);
    const mediaTime = isLong ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    if (mediaTime >= 0) {
      if (row + 1 < rows.count)
        throw new MediaError('has an edit list of several parts, which is not supported');
      return { delay, mediaTime };
    }
    delay += Math.round((duration / movieTimescale) * TICKS);
  }
  return { delay, mediaTime: 0 };
}

// Duration of a frame that must be decoded but lies before the start that the edit list sets.
const preRollTicks = 1000;

/**
 * Video in ticks. If playback begins inside a group of pictures, the frames from its key frame on are kept, as the
 * later ones need them, and last 0.1 ms each, at negative times.
 */
function videoSamples(raw: RawSamples, timescale: number, { delay, mediaTime }: Edit): Samples {
  const { presentationTimes, decodeTimes, keys } = raw;
  const count = keys.length;
  let first = keys.indexOf(1);
  if (first < 0) throw new MediaError('is damaged: its video has no key frame');
  for (let index = first; index < count && (presentationTimes[index] ?? 0) <= mediaTime; index++) {
    if (keys[index] === 1) first = index;
  }
  const ticks = (time: number): number => Math.round((time / timescale) * TICKS);
  const times = new Float64Array(count - first);
  const durations = new Float64Array(count - first);
  const early: number[] = [];
  for (let index = first; index < count; index++) {
    const time = (presentationTimes[index] ?? 0) - mediaTime;
    times[index - first] = delay + ticks(time);
    durations[index - first] = ticks(decodeTimes[index + 1] ?? 0) - ticks(decodeTimes[index] ?? 0);
    if (time < 0) early.push(index - first);
  }
  if (early.length === times.length)
    throw new MediaError('is damaged: its edit list starts after the end of the media');
  early.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  early.forEach((index, rank) => {
    times[index] = delay + (rank - early.length) * preRollTicks;
    durations[rank] = preRollTicks;
  });
  return {
    sizes: raw.sizes.subarray(first),
    offsets: raw.offsets.subarray(first),
    keys: keys.subarray(first),
    times,
    durations,
  };
}

/** Audio in ticks. Frames that begin before playback does, such as the encoder's priming, are left out. */
function audioSamples(raw: RawSamples, timescale: number, { delay, mediaTime }: Edit): Samples {
  const { presentationTimes, decodeTimes } = raw;
  const first = presentationTimes.findIndex((time) => time >= mediaTime);
  if (first < 0) throw new MediaError('is damaged: its edit list starts after the end of the media');
  const ticks = (time: number): number => delay + Math.round(((time - mediaTime) / timescale) * TICKS);
  const count = presentationTimes.length - first;
  const times = Float64Array.from({ length: count }, (_, index) =>
    ticks(presentationTimes[first + index] ?? 0),
  );
  return {
    sizes: raw.sizes.subarray(first),
    offsets: raw.offsets.subarray(first),
    keys: new Uint8Array(count).fill(1),
    times,
    durations: Float64Array.from(times, (time, index) => ticks(decodeTimes[first + index + 1] ?? 0) - time),
  };
}
