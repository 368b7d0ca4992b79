import { XMLValidator } from 'fast-xml-parser';
import type { Row } from '../model';
import { text } from './rules';

/** One video that an encoding task leaves. */
export interface Rendition {
  readonly width: number;
  readonly height: number;
  /** Video bits per second. */
  readonly bitrate: number;
}

const adaptive: readonly Rendition[] = [
  { width: 1280, height: 720, bitrate: 3_400_000 },
  { width: 960, height: 540, bitrate: 2_250_000 },
  { width: 640, height: 360, bitrate: 1_000_000 },
  { width: 320, height: 180, bitrate: 500_000 },
];

const single = adaptive.slice(0, 1);

// The system presets of Media Encoder Standard, and the families of Azure Media Encoder before it.
const presets: readonly (readonly [RegExp, readonly Rendition[]])[] = [
  [/^(Content Adaptive Multiple Bitrate MP4|Adaptive Streaming)$/i, adaptive],
  [/^H264 Multiple Bitrate (1080p|16x9|4K|4x3|720p)( SD)?( Audio 5\.1| for iOS)?$/i, adaptive],
  [
    /^H264 Single Bitrate (1080p|4K|4x3 SD|16x9 SD|720p|(High|Low) Quality SD)( Audio 5\.1| for Android)?$/i,
    single,
  ],
  [/^AAC (Good Quality )?Audio$/i, single],
  [/^H264 (Adaptive Bitrate MP4 Set|Smooth Streaming|Broadband) [\w .]+$/i, adaptive],
];

const encoders = /Encoder/;

/**
 * What a task leaves: renditions for an encoder with a known or readable preset, `undefined` for a preset it cannot
 * read (the task then fails with ErrorParsingConfiguration), an empty list for processors that do not encode.
 */
export function renditionsOf(processor: Row, configuration: string): readonly Rendition[] | undefined {
  if (!encoders.test(text(processor, 'Name'))) return [];
  const name = configuration.trim();
  const known = presets.find(([pattern]) => pattern.test(name));
  if (known !== undefined) return known[1];
  return isReadablePreset(name) ? adaptive : undefined;
}

/** A preset may also be written out, as JSON with codecs or as XML. */
function isReadablePreset(configuration: string): boolean {
  if (configuration.startsWith('<')) return XMLValidator.validate(configuration) === true;
  try {
    const preset: unknown = JSON.parse(configuration);
    return typeof preset === 'object' && preset !== null && 'Codecs' in preset;
  } catch {
    return false;
  }
}
