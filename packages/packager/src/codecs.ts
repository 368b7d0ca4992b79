/** What a sample description says of the codec. */
import { boxesIn, findBox, needBox, type Box } from './boxes';
import { MediaError } from './media-file';

export interface VideoCodec {
  /** RFC 6381, for example `avc1.4d401f`. */
  readonly codec: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Body of the `avcC` box: the decoder's configuration. */
  readonly configuration: Uint8Array;
  /** Bytes of the length in front of each NAL unit. */
  readonly lengthSize: number;
  /** Sequence and picture parameter sets, without start codes. */
  readonly parameterSets: readonly Uint8Array[];
  /** Pixel aspect ratio (`pasp`) and colour (`colr`) boxes, as they are. */
  readonly extensions: readonly Uint8Array[];
}

export interface AudioCodec {
  /** RFC 6381, for example `mp4a.40.2`. */
  readonly codec: string;
  /** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
  readonly configuration: Uint8Array;
  /** By the AudioSpecificConfig, which decoders follow; the sample entry says 2 for mono too. */
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const unsupported = (kind: string, what: string, only: string): MediaError =>
  new MediaError(`has ${kind} of the type "${what}"; only ${only} can be packaged`);

/** The only sample description that is used, the first. */
export function sampleEntry(view: DataView, stsd: Box): Box {
  const [entry] = boxesIn(view, stsd.body + 8, stsd.end);
  if (entry === undefined) throw new MediaError('is damaged: a track has no sample description');
  if (entry.type === 'encv' || entry.type === 'enca') throw new MediaError('is encrypted');
  return entry;
}

// ISO/IEC 14496-12, 12.1.3: bytes of a VisualSampleEntry before the boxes in it.
const visualHeader = 78;

export function readVideoCodec(view: DataView, entry: Box): VideoCodec {
  if (entry.type !== 'avc1' && entry.type !== 'avc3') {
    throw unsupported('video', entry.type, 'H.264 (avc1)');
  }
  const inside = { ...entry, body: entry.body + visualHeader };
  const avcC = needBox(view, inside, 'avcC');
  const configuration = bytesOf(view, avcC.body, avcC.end);
  const width = view.getUint16(entry.body + 24);
  const height = view.getUint16(entry.body + 26);
  if (width === 0 || height === 0) throw new MediaError('is damaged: its video has no size');
  return {
    codec: `${entry.type}.${hex(configuration.subarray(1, 4))}`,
    width,
    height,
    configuration,
    lengthSize: ((configuration[4] ?? 3) & 3) + 1,
    parameterSets: readParameterSets(configuration),
    extensions: boxesIn(view, inside.body, inside.end)
      .filter(({ type }) => type === 'pasp' || type === 'colr')
      .map(({ start, end }) => bytesOf(view, start, end)),
  };
}

/** ISO/IEC 14496-15, 5.3.3.1. */
function readParameterSets(configuration: Uint8Array): Uint8Array[] {
  const sets: Uint8Array[] = [];
  let at = 5;
  for (const mask of [31, 255]) {
    const count = (configuration[at++] ?? 0) & mask;
    for (let index = 0; index < count; index++) {
      const length = ((configuration[at] ?? 0) << 8) | (configuration[at + 1] ?? 0);
      at += 2 + length;
      if (length === 0 || at > configuration.length)
        throw new MediaError('is damaged: its avcC is too short');
      sets.push(configuration.subarray(at - length, at));
    }
    if (count === 0) throw new MediaError('is damaged: its avcC has no parameter sets');
  }
  return sets;
}

export function readAudioCodec(view: DataView, entry: Box): AudioCodec {
  if (entry.type !== 'mp4a') throw unsupported('audio', entry.type, 'AAC (mp4a.40)');
  const version = view.getUint16(entry.body + 8);
  // QuickTime File Format, sound sample descriptions 1 and 2 are longer.
  const inside = { ...entry, body: entry.body + 28 + ([0, 16, 36][version] ?? 0) };
  const esds = findBox(view, inside, 'esds') ?? needBox(view, inside, 'wave', 'esds');
  const { objectType, specificInfo } = readDescriptors(bytesOf(view, esds.body + 4, esds.end));
  const isAac = objectType === 0x40 || (objectType >= 0x66 && objectType <= 0x68);
  if (!isAac) throw unsupported('audio', `mp4a.${objectType.toString(16)}`, 'AAC (mp4a.40)');
  const config = readAudioSpecificConfig(specificInfo);
  if (![2, 5, 29].includes(config.objectType)) {
    throw unsupported('audio', `mp4a.40.${config.objectType}`, 'AAC-LC and HE-AAC');
  }
  return {
    codec: `mp4a.40.${config.objectType}`,
    configuration: specificInfo,
    channels: config.channels === 0 ? view.getUint16(entry.body + 16) : config.channels,
    sampleRate: config.sampleRate,
  };
}

/** The stream's type and decoder configuration out of an ES_Descriptor (ISO/IEC 14496-1, 7.2.6.5). */
function readDescriptors(bytes: Uint8Array): { objectType: number; specificInfo: Uint8Array } {
  const tagES = 3;
  const tagDecoderConfig = 4;
  const tagSpecificInfo = 5;
  let objectType = -1;
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++];
    let length = 0;
    for (let more = 0x80, digits = 0; more !== 0 && digits < 4; digits++) {
      const byte = bytes[at++] ?? 0;
      more = byte & 0x80;
      length = length * 128 + (byte & 0x7f);
    }
    if (tag === tagES) {
      const flags = bytes[at + 2] ?? 0;
      at += 3;
      if (flags & 0x80) at += 2;
      if (flags & 0x40) at += 1 + (bytes[at] ?? 0);
      if (flags & 0x20) at += 2;
    } else if (tag === tagDecoderConfig) {
      objectType = bytes[at] ?? -1;
      at += 13;
      // An MP3 stream has no configuration after its type.
      if (objectType !== 0x40 && length <= 13) return { objectType, specificInfo: new Uint8Array() };
    } else if (tag === tagSpecificInfo && at + length <= bytes.length && length >= 2) {
      return { objectType, specificInfo: bytes.subarray(at, at + length) };
    } else at += length;
  }
  if (objectType >= 0 && objectType !== 0x40) return { objectType, specificInfo: new Uint8Array() };
  throw new MediaError('is damaged: its audio has no AudioSpecificConfig');
}

const sampleRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];

/** ISO/IEC 14496-3, 1.6.2.1. */
function readAudioSpecificConfig(bytes: Uint8Array): {
  objectType: number;
  sampleRate: number;
  channels: number;
} {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let at = 0;
  const take = (count: number): number => Number.parseInt(bits.slice(at, (at += count)).padEnd(1, '0'), 2);
  const takeObjectType = (): number => {
    const type = take(5);
    return type === 31 ? 32 + take(6) : type;
  };
  const takeRate = (): number => {
    const index = take(4);
    return index === 15 ? take(24) : (sampleRates[index] ?? 0);
  };
  const objectType = takeObjectType();
  const sampleRate = takeRate();
  const configuration = take(4);
  if (sampleRate === 0) throw new MediaError('is damaged: its audio has no sample rate');
  return {
    objectType,
    // With explicit SBR the output has the rate that follows.
    sampleRate: objectType === 5 || objectType === 29 ? takeRate() || sampleRate : sampleRate,
    channels: configuration === 7 ? 8 : configuration,
  };
}

export function bytesOf(view: DataView, from: number, to: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, to - from);
}
