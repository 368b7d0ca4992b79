/** DASH (ISO/IEC 23009-1). */
import { TICKS } from './mp4';
import type { Presentation, Rendition } from './presentation';
import { declaration, escapeXml } from './xml';

/** `initialization` and `media` of the SegmentTemplate of a rendition's stream, with DASH's own `$Identifiers$`. */
export interface DashAddresses {
  /** Id of the Representation, for `$RepresentationID$`. */
  id(rendition: Rendition): string;
  init(rendition: Rendition): string;
  media(rendition: Rendition): string;
}

export function dashManifest({ videos, audios, duration }: Presentation, addresses: DashAddresses): string {
  const sets = [...(videos.length > 0 ? [videos] : []), ...audios.map((audio) => [audio])];
  return (
    `${declaration}<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" ` +
    `type="static" mediaPresentationDuration="PT${(duration / TICKS).toFixed(7)}S" minBufferTime="PT2S"><Period>` +
    `${sets.map((set, index) => adaptationSet(set, index + 1, addresses)).join('')}</Period></MPD>\n`
  );
}

function adaptationSet(renditions: readonly Rendition[], id: number, addresses: DashAddresses): string {
  const [first] = renditions;
  if (first === undefined) return '';
  const { track, fragments } = first;
  const timeline = fragments.map(({ time, duration }, index) =>
    index === 0 ? `<S t="${time}" d="${duration}"/>` : `<S d="${duration}"/>`,
  );
  const language = track.kind === 'audio' && track.language !== 'und' ? ` lang="${track.language}"` : '';
  return (
    `<AdaptationSet id="${id}" contentType="${track.kind}" mimeType="${track.kind}/mp4"${language} ` +
    'segmentAlignment="true" startWithSAP="1">' +
    `<SegmentTemplate timescale="${TICKS}" initialization="${escapeXml(addresses.init(first))}" ` +
    `media="${escapeXml(addresses.media(first))}"><SegmentTimeline>${timeline.join('')}</SegmentTimeline></SegmentTemplate>` +
    `${renditions.map((rendition) => representation(rendition, addresses)).join('')}</AdaptationSet>`
  );
}

function representation(rendition: Rendition, addresses: DashAddresses): string {
  const { track, bitrate } = rendition;
  const start = `<Representation id="${escapeXml(addresses.id(rendition))}" bandwidth="${bitrate}" codecs="${track.codec}" `;
  if (track.kind === 'video') return `${start}width="${track.width}" height="${track.height}"/>`;
  return (
    `${start}audioSamplingRate="${track.sampleRate}">` +
    `<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="${track.channels}"/>` +
    '</Representation>'
  );
}
