import type { Track } from 'ams-packager';

/** An MP4 file in the output of a task. */
export interface OutputFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly tracks: readonly Track[];
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** An xs:duration from ticks of 100 ns. */
const duration = (ticks: number): string => `PT${(ticks / 1e7).toFixed(3)}S`;

function trackElement(track: Track): string {
  const kbps = Math.round(track.bitrate / 1000);
  if (track.kind === 'audio') {
    return `<AudioTrack Id="${track.id}" Codec="AacLc" Channels="${track.channels}" SamplingRate="${track.sampleRate}" Bitrate="${kbps}" />`;
  }
  const frames = track.samples.sizes.length / (track.end / 1e7);
  return (
    `<VideoTrack Id="${track.id}" FourCC="avc1" Width="${track.width}" Height="${track.height}" ` +
    `Framerate="${Math.round(frames * 100) / 100}" Bitrate="${kbps}" />`
  );
}

function fileElement({ name, size, tracks }: OutputFile, source: string): string {
  const of = (kind: Track['kind'], element: string): string => {
    const chosen = tracks.filter((track) => track.kind === kind).map(trackElement);
    return chosen.length === 0 ? '' : `<${element}>${chosen.join('')}</${element}>`;
  };
  const end = Math.max(0, ...tracks.map((track) => track.end));
  return (
    `<AssetFile Name="${escape(name)}" Size="${size}" Duration="${duration(end)}"><Sources>${source}</Sources>` +
    `${of('video', 'VideoTracks')}${of('audio', 'AudioTracks')}</AssetFile>`
  );
}

/** The `_metadata.xml` of an output (Learn, "Output metadata"), measured in the files. */
export function metadataXml(
  input: { readonly name: string; readonly size: number },
  files: readonly OutputFile[],
): string {
  const source = `<Source Name="${escape(input.name)}" Size="${input.size}" />`;
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    '<AssetFiles>' +
    `${files.map((file) => fileElement(file, source)).join('')}</AssetFiles>\n`
  );
}
