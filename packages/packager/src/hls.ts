/** HTTP Live Streaming (RFC 8216) with fragmented MP4. */
import { TICKS } from './mp4';
import type { Fragment, Presentation, Rendition } from './presentation';

/** The addresses in a playlist, relative to it. */
export interface HlsAddresses {
  playlist(rendition: Rendition): string;
  init(rendition: Rendition): string;
  fragment(rendition: Rendition, fragment: Fragment, index: number): string;
}

/** The multivariant playlist (RFC 8216, 4.3.4). */
export function hlsMaster({ videos, audios }: Presentation, addresses: HlsAddresses): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  const audioPeak = Math.max(0, ...audios.map(({ peakBitrate }) => peakBitrate));
  const audioAverage = Math.max(0, ...audios.map(({ bitrate }) => bitrate));
  if (videos.length === 0) {
    for (const audio of audios) {
      const { peakBitrate, bitrate, track } = audio;
      lines.push(
        `#EXT-X-STREAM-INF:BANDWIDTH=${peakBitrate},AVERAGE-BANDWIDTH=${bitrate},CODECS="${track.codec}"`,
        addresses.playlist(audio),
      );
    }
  }
  if (videos.length > 0) {
    audios.forEach((audio, index) => {
      const { language, channels } = audio.track;
      lines.push(
        `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="${audio.stream}",LANGUAGE="${language}",` +
          `DEFAULT=${index === 0 ? 'YES' : 'NO'},AUTOSELECT=YES,CHANNELS="${channels}",` +
          `URI="${addresses.playlist(audio)}"`,
      );
    });
  }
  const audioCodecs = [...new Set(audios.map(({ track }) => track.codec))];
  for (const video of videos) {
    const { peakBitrate, bitrate, track } = video;
    const group = audios.length > 0 ? ',AUDIO="audio"' : '';
    lines.push(
      `#EXT-X-STREAM-INF:BANDWIDTH=${peakBitrate + audioPeak},AVERAGE-BANDWIDTH=${bitrate + audioAverage},` +
        `RESOLUTION=${track.width}x${track.height},CODECS="${[track.codec, ...audioCodecs].join(',')}"${group}`,
      addresses.playlist(video),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The media playlist of one rendition (RFC 8216, 4.3.3). */
export function hlsMedia(rendition: Rendition, addresses: HlsAddresses): string {
  const { fragments } = rendition;
  const seconds = fragments.map(({ duration }) => duration / TICKS);
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXT-X-TARGETDURATION:${seconds.reduce((most, length) => Math.max(most, Math.ceil(length)), 1)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-MAP:URI="${addresses.init(rendition)}"`,
  ];
  fragments.forEach((fragment, index) => {
    const length = seconds[index] ?? 0;
    lines.push(`#EXTINF:${length.toFixed(7)},`, addresses.fragment(rendition, fragment, index));
  });
  return `${lines.join('\n')}\n#EXT-X-ENDLIST\n`;
}
