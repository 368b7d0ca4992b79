/** Smooth Streaming ([MS-SSTR] 2.2.2). */
import { TICKS } from './mp4';
import type { Presentation, Rendition } from './presentation';
import { declaration } from './xml';

/** The client manifest: what `<name>.ism/manifest` gives, and what the `.ismc` file holds. */
export function smoothManifest({ videos, audios, duration }: Presentation): string {
  const streams = [...(videos.length > 0 ? [videos] : []), ...audios.map((audio) => [audio])];
  return (
    `${declaration}<SmoothStreamingMedia MajorVersion="2" MinorVersion="2" Duration="${duration}" TimeScale="${TICKS}">` +
    `${streams.map(streamIndex).join('')}</SmoothStreamingMedia>\n`
  );
}

function streamIndex(renditions: readonly Rendition[]): string {
  const [first] = renditions;
  if (first === undefined) return '';
  const { stream, track, fragments } = first;
  // Only the first fragment needs a time: the others follow one another without a gap.
  const chunks = fragments.map(({ time, duration }, index) =>
    index === 0 ? `<c t="${time}" d="${duration}" />` : `<c d="${duration}" />`,
  );
  const language = track.kind === 'audio' ? ` Language="${track.language}"` : '';
  return (
    `<StreamIndex Type="${track.kind}" Name="${stream}"${language} Chunks="${fragments.length}" ` +
    `QualityLevels="${renditions.length}" TimeScale="${TICKS}" ` +
    `Url="QualityLevels({bitrate})/Fragments(${stream}={start time})">` +
    `${renditions.map(qualityLevel).join('')}${chunks.join('')}</StreamIndex>`
  );
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

function qualityLevel({ track, bitrate }: Rendition, index: number): string {
  const start = `<QualityLevel Index="${index}" Bitrate="${bitrate}" `;
  if (track.kind === 'video') {
    const { width, height, parameterSets, lengthSize } = track;
    // Annex B: each parameter set after a start code.
    const privateData = parameterSets.map((set) => `00000001${hex(set)}`).join('');
    const lengthField = lengthSize === 4 ? '' : `NALUnitLengthField="${lengthSize}" `;
    return (
      `${start}FourCC="H264" MaxWidth="${width}" MaxHeight="${height}" ${lengthField}` +
      `CodecPrivateData="${privateData}" />`
    );
  }
  const { sampleRate, channels, configuration, codec } = track;
  return (
    `${start}FourCC="${codec === 'mp4a.40.2' ? 'AACL' : 'AACH'}" SamplingRate="${sampleRate}" ` +
    `Channels="${channels}" BitsPerSample="16" PacketSize="4" AudioTag="255" CodecPrivateData="${hex(configuration)}" />`
  );
}
