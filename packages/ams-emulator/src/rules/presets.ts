import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Row } from '../model';
import { text } from '../media/rows';
import type { Layer } from './ffmpeg';

export interface Preset {
  /** By falling bit rate; empty for audio only. */
  readonly layers: readonly Layer[];
  /** Audio kbit/s. */
  readonly audioKbps: number;
  /** `{Basename}_{Width}x{Height}_AACAudio_{VideoBitrate}.mp4` instead of the name without `AACAudio`. */
  readonly namesAudio: boolean;
  /** Video and audio are in separate files. */
  readonly isSeparate: boolean;
}

/** `6000 1920x1080, 4700 1920x1080` */
const layers = (list: string): Layer[] =>
  list.split(', ').map((entry) => {
    const [kbps = 0, width = 0, height = 0] = entry.split(/[ x]/).map(Number);
    return { kbps, width, height };
  });

// Learn, "Encode with an auto-generated bitrate ladder", the example for a height of 1080.
const adaptive = layers(
  '6780 1920x1080, 3520 1280x720, 2210 960x540, 1150 640x360, 720 480x270, 380 320x180',
);
// Learn, "Task presets for Media Encoder Standard".
const from720p = '3400 1280x720, 2250 960x540, 1500 960x540, 1000 640x360, 650 640x360, 400 320x180';
const from1080p = `6000 1920x1080, 4700 1920x1080, ${from720p}`;
const from4K =
  '20000 4096x2304, 18000 3840x2160, 16000 3840x2160, 14000 3840x2160, 12000 2560x1440, 10000 2560x1440, ' +
  '8000 2560x1440, 6000 1920x1080, 4700 1920x1080, 3400 1280x720, 2250 960x540, 1000 640x360';
const ios16x9 =
  '8500 1920x1080, 6500 1280x720, 5000 1280x720, 3500 960x540, 1200 640x360, 600 640x360, 400 480x270, 200 416x214';
const ios4x3 =
  '8500 1920x1440, 6500 1280x960, 5000 1280x960, 3500 960x720, 1200 640x480, 600 640x480, 400 480x360, 200 400x300';
const named: Readonly<Record<string, string>> = {
  'Multiple Bitrate 1080p': from1080p,
  'Multiple Bitrate 720p': from720p,
  'Multiple Bitrate 4K': from4K,
  'Multiple Bitrate 16x9 SD': '1900 848x480, 1300 848x480, 900 640x360, 650 640x360, 400 432x240',
  'Multiple Bitrate 4x3 SD': '1600 640x480, 1300 640x480, 800 480x360, 600 480x360, 400 360x240',
  'Multiple Bitrate 16x9 for iOS': ios16x9,
  'Multiple Bitrate 4x3 for iOS': ios4x3,
  'Single Bitrate 1080p': '6750 1920x1080',
  'Single Bitrate 720p': '4500 1280x720',
  'Single Bitrate 720p for Android': '2000 1280x720',
  'Single Bitrate 4K': '18000 3840x2160',
  'Single Bitrate 16x9 SD': '2200 848x480',
  'Single Bitrate 4x3 SD': '1800 640x480',
  'Single Bitrate High Quality SD for Android': '500 480x360',
  'Single Bitrate Low Quality SD for Android': '56 176x144',
};

const interleaved = { audioKbps: 128, namesAudio: false, isSeparate: false };

function namedPreset(name: string): Preset | undefined {
  if (/^Content Adaptive Multiple Bitrate MP4$/i.test(name)) {
    return { ...interleaved, layers: adaptive, namesAudio: true };
  }
  if (/^Adaptive Streaming$/i.test(name)) return { ...interleaved, layers: adaptive, isSeparate: true };
  if (/^AAC (Good Quality )?Audio$/i.test(name)) {
    return { ...interleaved, layers: [], audioKbps: /good/i.test(name) ? 192 : 128 };
  }
  const key = name.replace(/^H264 /i, '').replace(/ Audio 5\.1$/i, '');
  const known = Object.keys(named).find((one) => one.toLowerCase() === key.toLowerCase());
  if (known !== undefined && /^H264 /i.test(name)) {
    return { ...interleaved, layers: layers(named[known] ?? ''), audioKbps: / iOS$/.test(known) ? 64 : 128 };
  }
  // The families of Azure Media Encoder, whose ladders are no longer documented.
  return /^H264 (Adaptive Bitrate MP4 Set|Smooth Streaming|Broadband) [\w .]+$/i.test(name)
    ? { ...interleaved, layers: adaptive, namesAudio: true }
    : undefined;
}

/**
 * What a task is to make: undefined for a preset that cannot be read (the task then fails with
 * ErrorParsingConfiguration), and `copy` for processors that do not encode.
 */
export function presetOf(processor: Row, configuration: string): Preset | 'copy' | undefined {
  if (!/Encoder/.test(text(processor, 'Name'))) return 'copy';
  const name = configuration.trim();
  return namedPreset(name) ?? writtenPreset(name);
}

/** A preset may also be written out, as JSON with codecs or as XML. */
function writtenPreset(configuration: string): Preset | undefined {
  const written = configuration.startsWith('<') ? readXml(configuration) : readJson(configuration);
  if (written === undefined) return undefined;
  const found = membersNamed(written, 'H264Layer').flatMap(toLayer);
  const [audio] = membersNamed(written, 'AACAudio');
  const audioKbps = audio === undefined ? Number.NaN : numberOf(audio, 'Bitrate');
  return {
    layers: found.length === 0 ? adaptive : found.toSorted((a, b) => b.kbps - a.kbps),
    audioKbps: audioKbps > 0 ? audioKbps : 128,
    namesAudio: found.length === 0,
    isSeparate: false,
  };
}

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readJson(text: string): Members | undefined {
  try {
    const preset: unknown = JSON.parse(text);
    return isMembers(preset) && 'Codecs' in preset ? preset : undefined;
  } catch {
    return undefined;
  }
}

function readXml(text: string): Members | undefined {
  if (XMLValidator.validate(text) !== true) return undefined;
  try {
    return new XMLParser().parse(text) as Members;
  } catch {
    return undefined;
  }
}

/** Objects of a type at any depth: elements of that name in XML, `"Type": "…"` in JSON. */
function membersNamed(value: unknown, type: string, name = ''): Members[] {
  if (Array.isArray(value)) return value.flatMap((item) => membersNamed(item, type, name));
  if (!isMembers(value)) return [];
  if (name === type || value['Type'] === type) return [value];
  return Object.entries(value).flatMap(([key, item]) => membersNamed(item, type, key));
}

const numberOf = (members: Members, name: string): number => Number(members[name]);

function toLayer(members: Members): Layer[] {
  const layer = {
    kbps: numberOf(members, 'Bitrate'),
    width: numberOf(members, 'Width'),
    height: numberOf(members, 'Height'),
  };
  const isUsable = Object.values(layer).every(
    (value) => Number.isInteger(value) && value > 0 && value <= 200_000,
  );
  return isUsable ? [layer] : [];
}

// An encoder hits its target only roughly, so its highest target stays a tenth below the input.
const margin = 0.9;

/**
 * Returns the layers that make sense for an input: none is larger, and if the first is not well below the input's bit
 * rate, all are lowered in proportion. At least one remains.
 */
export function layersFor(
  preset: Preset,
  input: { readonly width: number; readonly height: number; readonly bitrate: number },
): Layer[] {
  const { width, height } = input;
  const fitting = preset.layers.filter((layer) => layer.width <= width && layer.height <= height);
  const last = preset.layers.at(-1);
  if (last === undefined) return [];
  const chosen = fitting.length > 0 ? fitting : [{ ...last, width, height }];
  const [first = last] = chosen;
  const factor = Math.min(1, (input.bitrate * margin) / 1000 / first.kbps);
  return chosen
    .map((layer) => ({ ...layer, kbps: Math.max(1, Math.floor(layer.kbps * factor)) }))
    .filter(({ kbps }, index) => index === 0 || kbps >= 48);
}

/** Returns the audio kbit/s for an input whose audio has `bitrate` bit/s. */
export function audioKbpsFor({ audioKbps }: Preset, bitrate: number): number {
  return Math.max(8, Math.min(audioKbps, Math.floor((bitrate * margin) / 1000)));
}
