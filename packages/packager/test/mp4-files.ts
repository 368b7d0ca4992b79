/** Small MP4 files with exactly the properties that a test is about; their samples hold no pictures and no sound. */
import { box, concat, fullBox, u16, u32, zeros } from '../src/boxes';
import type { MediaFile } from '../src';

export interface TestTrack {
  readonly kind: 'video' | 'audio';
  readonly timescale: number;
  /** Duration of each sample, in units of the timescale. */
  readonly durations: readonly number[];
  /** Composition offsets; none by default. */
  readonly shifts?: readonly number[];
  /** Numbers of the key frames, from 0; all by default. */
  readonly keys?: readonly number[];
  /** [duration in milliseconds, media time] */
  readonly edits?: readonly (readonly [number, number])[];
  /** Bytes of each sample, 10 by default. */
  readonly size?: number;
  /** Instead of the usual sample entry. */
  readonly entry?: Uint8Array;
  readonly id?: number;
}

// Baseline, level 1; the parameter sets are of 64x48.
const avcC = box('avcC', [
  1,
  0x42,
  0xc0,
  0x0a,
  0xff,
  0xe1,
  ...u16(4),
  0x67,
  0x42,
  0xc0,
  0x0a,
  1,
  ...u16(2),
  0x68,
  0xce,
]);
export const avc1 = (type = 'avc1'): Uint8Array =>
  box(type, zeros(6), u16(1), zeros(16), u16(64), u16(48), zeros(50), avcC);

const descriptor = (tag: number, ...parts: (number[] | Uint8Array)[]): Uint8Array => {
  const body = concat(parts);
  return concat([[tag, body.length], body]);
};

/** `objectType` 0x40 is AAC, 0x6b MP3; the AudioSpecificConfig says mono, 48 kHz. */
export const mp4a = (objectType = 0x40, config: number[] = [0x11, 0x88]): Uint8Array => {
  const specific = config.length === 0 ? [] : [descriptor(5, config)];
  const decoder = descriptor(4, [objectType, 0x15, ...zeros(11)], ...specific);
  return box(
    'mp4a',
    [...zeros(6), ...u16(1), ...zeros(8), ...u16(2), ...u16(16), ...zeros(4), ...u16(48_000), 0, 0],
    fullBox('esds', 0, 0, descriptor(3, [0, 1, 0], decoder)),
  );
};

const runs = (values: readonly number[]): number[] => values.flatMap((value) => [...u32(1), ...u32(value)]);

function trak(track: TestTrack, index: number, offset: number): Uint8Array {
  const { kind, timescale, durations, shifts, keys, edits, size = 10, id = index + 1 } = track;
  const count = durations.length;
  const entry = track.entry ?? (kind === 'video' ? avc1() : mp4a());
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), entry),
    fullBox('stts', 0, 0, u32(count), runs(durations)),
    ...(shifts === undefined ? [] : [fullBox('ctts', 1, 0, u32(count), runs(shifts))]),
    ...(keys === undefined
      ? []
      : [
          fullBox(
            'stss',
            0,
            0,
            u32(keys.length),
            keys.flatMap((key) => u32(key + 1)),
          ),
        ]),
    fullBox('stsc', 0, 0, u32(1), u32(1), u32(count), u32(1)),
    fullBox('stsz', 0, 0, u32(size), u32(count)),
    fullBox('stco', 0, 0, u32(1), u32(offset)),
  );
  const mdia = box(
    'mdia',
    fullBox('mdhd', 0, 0, zeros(8), u32(timescale), u32(0), u16(0x55c4), u16(0)),
    fullBox('hdlr', 0, 0, zeros(4), kind === 'video' ? 'vide' : 'soun', zeros(13)),
    box('minf', stbl),
  );
  const elst = fullBox(
    'elst',
    0,
    0,
    u32(edits?.length ?? 0),
    (edits ?? []).flatMap(([duration, time]) => [...u32(duration), ...u32(time), ...u16(1), ...u16(0)]),
  );
  return box(
    'trak',
    fullBox('tkhd', 0, 3, zeros(8), u32(id), zeros(68)),
    ...(edits === undefined ? [] : [box('edts', elst)]),
    mdia,
  );
}

/** An MP4 file with its `moov` in front; each track is one chunk. */
export function mp4File(tracks: readonly TestTrack[], ...more: Uint8Array[]): Buffer {
  const build = (start: number): Uint8Array => {
    let offset = start;
    const traks = tracks.map((track, index) => {
      const made = trak(track, index, offset);
      offset += track.durations.length * (track.size ?? 10);
      return made;
    });
    return box('moov', fullBox('mvhd', 0, 0, zeros(8), u32(1000), zeros(84)), ...traks, ...more);
  };
  const ftyp = box('ftyp', 'isom', u32(0), 'isom');
  const start = ftyp.length + build(0).length + 8;
  const bytes = tracks.reduce((sum, { durations, size = 10 }) => sum + durations.length * size, 0);
  return Buffer.concat([ftyp, build(start), box('mdat', new Uint8Array(bytes))]);
}

/** A file in memory; `reads` counts the bytes that were asked for. */
export function inMemory(bytes: Uint8Array): MediaFile & { reads: number } {
  const file = {
    size: bytes.length,
    reads: 0,
    read(offset: number, length: number): Promise<Uint8Array> {
      if (offset < 0 || offset + length > bytes.length) throw new Error('read outside the file');
      file.reads += length;
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
  return file;
}
