/** Writes initialization segments and fragments (ISO/IEC 14496-12, 8.8; the form of CMAF, ISO/IEC 23000-19). */
import { box, concat, fullBox, u16, u32, u64, zeros } from './boxes';
import { MediaError } from './media-file';
import { TICKS, type AudioTrack, type Track, type VideoTrack } from './mp4';
import type { Fragment, Rendition } from './presentation';

const trackId = 1;
const matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].flatMap(u32);

/** What a player needs before the first fragment: `ftyp` and `moov`. */
export function initSegment({ track }: Rendition): Uint8Array {
  const isVideo = track.kind === 'video';
  const language = track.language.split('').reduce((bits, char) => bits * 32 + char.charCodeAt(0) - 0x60, 0);
  const tkhd = fullBox(
    'tkhd',
    0,
    3,
    [...zeros(8), ...u32(trackId), ...zeros(16), ...u32(0), ...u16(isVideo ? 0 : 0x100), ...u16(0)],
    matrix,
    isVideo ? [...u16(track.width), 0, 0, ...u16(track.height), 0, 0] : zeros(8),
  );
  const mediaHeader = isVideo ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4));
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), isVideo ? visualEntry(track) : audioEntry(track)),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0), u32(0)),
    fullBox('stco', 0, 0, u32(0)),
  );
  const mdia = box(
    'mdia',
    fullBox('mdhd', 0, 0, zeros(8), u32(TICKS), u32(0), u16(language), u16(0)),
    fullBox('hdlr', 0, 0, zeros(4), isVideo ? 'vide' : 'soun', zeros(13)),
    box('minf', mediaHeader, box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))), stbl),
  );
  const mvhd = fullBox(
    'mvhd',
    0,
    0,
    [...zeros(8), ...u32(TICKS), ...u32(0), ...u32(0x10000), ...u16(0x100), ...zeros(10)],
    matrix,
    [...zeros(24), ...u32(trackId + 1)],
  );
  const trex = fullBox('trex', 0, 0, [trackId, 1, 0, 0, 0].flatMap(u32));
  return concat([
    box('ftyp', 'iso6', u32(0), 'iso6', 'cmfc', 'mp41'),
    box('moov', mvhd, box('trak', tkhd, mdia), box('mvex', trex)),
  ]);
}

function visualEntry({ codec, width, height, configuration, extensions }: VideoTrack): Uint8Array {
  const resolution = u32(72 * 0x10000);
  return box(
    codec.slice(0, 4),
    [...zeros(6), ...u16(1), ...zeros(16), ...u16(width), ...u16(height), ...resolution, ...resolution],
    [...zeros(4), ...u16(1), ...zeros(32), ...u16(24), 0xff, 0xff],
    box('avcC', configuration),
    ...extensions,
  );
}

function audioEntry({ channels, sampleRate, configuration, bitrate }: AudioTrack): Uint8Array {
  const descriptor = (tag: number, ...parts: (Uint8Array | number[])[]): Uint8Array => {
    const body = concat(parts);
    return concat([[tag, 0x80, 0x80, 0x80, body.length], body]);
  };
  const decoderConfig = descriptor(
    4,
    [0x40, 0x15, 0, 0, 0, ...u32(bitrate), ...u32(bitrate)],
    descriptor(5, configuration),
  );
  const esds = fullBox('esds', 0, 0, descriptor(3, [0, 0, 0], decoderConfig, descriptor(6, [2])));
  return box(
    'mp4a',
    [...zeros(6), ...u16(1), ...zeros(8), ...u16(channels), ...u16(16), ...zeros(4)],
    [...u16(sampleRate < 0x10000 ? sampleRate : 0), 0, 0],
    esds,
  );
}

const keyFlags = 0x02000000;
const otherFlags = 0x01010000;
// trun: data offset, and per sample duration, size, flags and composition time offset.
const trunFlags = 0xf01;
const trunRow = 16;
const moofBytes = 8 + 16 + 8 + 16 + 20 + 20;

/** Bytes of the samples of a fragment. */
export function payloadSize({ track }: Rendition, { from, to }: Fragment): number {
  let bytes = 0;
  for (let index = from; index < to; index++) bytes += track.samples.sizes[index] ?? 0;
  return bytes;
}

/** Bytes of a whole fragment. */
export function fragmentSize(rendition: Rendition, fragment: Fragment): number {
  return moofBytes + trunRow * (fragment.to - fragment.from) + 8 + payloadSize(rendition, fragment);
}

/**
 * The `moof` box and the header of the `mdat` that follows. Decode times start at the fragment's time and end where
 * the next one starts, so each fragment is independent; presentation times are exact.
 */
export function fragmentHeader(rendition: Rendition, fragment: Fragment): Uint8Array {
  const { samples } = rendition.track;
  const { from, to, time, duration } = fragment;
  const mdatSize = 8 + payloadSize(rendition, fragment);
  if (mdatSize > maxFragmentBytes || to - from > maxFragmentSamples) {
    throw new MediaError('has more than 256 MB between two key frames');
  }
  const sequence = rendition.fragments.indexOf(fragment) + 1;
  const rows = new DataView(new ArrayBuffer(trunRow * (to - from)));
  let decodeTime = time;
  for (let index = from, at = 0; index < to; index++, at += trunRow) {
    const isLast = index === to - 1;
    const own = samples.durations[index] ?? 0;
    const length = isLast ? Math.max(1, time + duration - decodeTime) : own;
    rows.setUint32(at, length);
    rows.setUint32(at + 4, samples.sizes[index] ?? 0);
    rows.setUint32(at + 8, samples.keys[index] === 1 ? keyFlags : otherFlags);
    rows.setInt32(at + 12, (samples.times[index] ?? 0) + rendition.lead - decodeTime);
    decodeTime += length;
  }
  const moofSize = moofBytes + rows.byteLength;
  const moof = box(
    'moof',
    fullBox('mfhd', 0, 0, u32(sequence)),
    box(
      'traf',
      fullBox('tfhd', 0, 0x020000, u32(trackId)),
      fullBox('tfdt', 1, 0, u64(time)),
      fullBox('trun', 1, trunFlags, u32(to - from), u32(moofSize + 8), new Uint8Array(rows.buffer)),
    ),
  );
  return concat([moof, u32(mdatSize), 'mdat']);
}

const maxFragmentBytes = 256 * 1024 * 1024;
const maxFragmentSamples = 1_000_000;
// Samples this close together are read with what lies between them: audio is interleaved with video.
const gapBytes = 64 * 1024;
const spanBytes = 16 * 1024 * 1024;

/** The whole fragment, its samples read from the file. */
export async function readFragment(rendition: Rendition, fragment: Fragment): Promise<Uint8Array> {
  const header = fragmentHeader(rendition, fragment);
  const bytes = new Uint8Array(header.length + payloadSize(rendition, fragment));
  bytes.set(header);
  await readSamples(rendition.track, fragment, bytes.subarray(header.length));
  return bytes;
}

async function readSamples(
  { file, samples }: Track,
  { from, to }: Fragment,
  into: Uint8Array,
): Promise<void> {
  const start = (index: number): number => samples.offsets[index] ?? 0;
  const end = (index: number): number => start(index) + (samples.sizes[index] ?? 0);
  let written = 0;
  for (let first = from; first < to;) {
    let next = first + 1;
    const isNear = (index: number): boolean =>
      start(index) >= end(index - 1) &&
      start(index) - end(index - 1) <= gapBytes &&
      end(index) - start(first) <= spanBytes;
    while (next < to && isNear(next)) next++;
    const span = await file.read(start(first), end(next - 1) - start(first));
    for (let index = first; index < next; index++) {
      into.set(span.subarray(start(index) - start(first), end(index) - start(first)), written);
      written += samples.sizes[index] ?? 0;
    }
    first = next;
  }
}
