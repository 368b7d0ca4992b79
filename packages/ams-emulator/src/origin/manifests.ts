import { XMLParser } from 'fast-xml-parser';

/** One rendition as the server manifest (`.ism`) names it. */
export interface Track {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** Bits per second. */
  readonly bitrate: number;
  readonly audioBitrate: number;
}

const declaration = '<?xml version="1.0" encoding="utf-8"?>\n';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** The `.ism` file: SMIL that names the renditions, in the form that the encoder left. */
export function serverManifest(base: string, tracks: readonly Track[]): string {
  const videos = tracks.map(
    ({ file, bitrate, width, height }) =>
      `      <video src="${escape(file)}" systemBitrate="${bitrate}">\n` +
      '        <param name="trackID" value="1" valuetype="data" />\n' +
      `        <param name="MaxWidth" value="${width}" valuetype="data" />\n` +
      `        <param name="MaxHeight" value="${height}" valuetype="data" />\n` +
      '      </video>\n',
  );
  const [first] = tracks;
  const audio =
    first === undefined
      ? ''
      : `      <audio src="${escape(first.file)}" systemBitrate="${first.audioBitrate}">\n` +
        '        <param name="trackID" value="2" valuetype="data" />\n' +
        '      </audio>\n';
  return (
    `${declaration}<smil xmlns="http://www.w3.org/2001/SMIL20/Language">\n  <head>\n` +
    '    <meta name="formats" content="mp4" />\n' +
    `    <meta name="clientManifestRelativePath" content="${escape(base)}.ismc" />\n  </head>\n` +
    `  <body>\n    <switch>\n${videos.join('')}${audio}    </switch>\n  </body>\n</smil>\n`
  );
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  isArray: (name) => name === 'video' || name === 'audio' || name === 'param',
});

interface SmilMedia {
  readonly src?: string;
  readonly systemBitrate?: string;
  readonly param?: readonly { readonly name?: string; readonly value?: string }[];
}

interface Smil {
  readonly smil?: { readonly body?: { readonly switch?: { video?: SmilMedia[]; audio?: SmilMedia[] } } };
}

/** The renditions that an `.ism` file names, empty when it is not one. */
export function readServerManifest(text: string): Track[] {
  let document: Smil;
  try {
    document = parser.parse(text) as Smil;
  } catch {
    return [];
  }
  const media = document.smil?.body?.switch;
  const audioBitrate = Number(media?.audio?.[0]?.systemBitrate ?? 0);
  return (media?.video ?? []).map(({ src = '', systemBitrate = '0', param = [] }) => {
    const value = (name: string): number => Number(param.find((entry) => entry.name === name)?.value ?? 0);
    return {
      file: src,
      bitrate: Number(systemBitrate),
      width: value('MaxWidth'),
      height: value('MaxHeight'),
      audioBitrate,
    };
  });
}

/** A Smooth Streaming client manifest (MS-SSTR 2.2.2): what `<name>.ism/manifest` gives. */
export function clientManifest(tracks: readonly Track[]): string {
  const levels = tracks.map(
    ({ bitrate, width, height }, index) =>
      `<QualityLevel Index="${index}" Bitrate="${bitrate}" FourCC="H264" MaxWidth="${width}" MaxHeight="${height}" CodecPrivateData="" />`,
  );
  const audioBitrate = tracks[0]?.audioBitrate ?? 0;
  return (
    `${declaration}<SmoothStreamingMedia MajorVersion="2" MinorVersion="2" Duration="0" TimeScale="10000000">` +
    `<StreamIndex Type="video" Name="video" Chunks="0" QualityLevels="${tracks.length}" Url="QualityLevels({bitrate})/Fragments(video={start time})">` +
    `${levels.join('')}</StreamIndex>` +
    '<StreamIndex Type="audio" Name="audio" Chunks="0" QualityLevels="1" Url="QualityLevels({bitrate})/Fragments(audio={start time})">' +
    `<QualityLevel Index="0" Bitrate="${audioBitrate}" FourCC="AACL" SamplingRate="48000" Channels="2" BitsPerSample="16" PacketSize="4" AudioTag="255" CodecPrivateData="" />` +
    '</StreamIndex></SmoothStreamingMedia>\n'
  );
}

/** An HLS master playlist (RFC 8216, 4.3.4). */
export function hlsMaster(tracks: readonly Track[]): string {
  const variants = tracks.map(
    ({ bitrate, audioBitrate, width, height }) =>
      `#EXT-X-STREAM-INF:BANDWIDTH=${bitrate + audioBitrate},RESOLUTION=${width}x${height}\n` +
      `QualityLevels(${bitrate})/Manifest(video,format=m3u8-aapl)\n`,
  );
  return `#EXTM3U\n#EXT-X-VERSION:4\n${variants.join('')}`;
}

/** The HLS media playlist of one rendition: the whole file as its one segment. */
export function hlsMedia(track: Track): string {
  return (
    '#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:3600\n#EXT-X-MEDIA-SEQUENCE:0\n' +
    `#EXTINF:3600,\n../../${encodeURIComponent(track.file)}\n#EXT-X-ENDLIST\n`
  );
}

/** A DASH manifest (ISO/IEC 23009-1) whose representations are the published files. */
export function dashManifest(tracks: readonly Track[]): string {
  const representations = tracks.map(
    ({ file, bitrate, audioBitrate, width, height }, index) =>
      `<Representation id="${index}" bandwidth="${bitrate + audioBitrate}" width="${width}" height="${height}" codecs="avc1.4d401f,mp4a.40.2">` +
      `<BaseURL>../${encodeURIComponent(file)}</BaseURL></Representation>`,
  );
  return (
    `${declaration}<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" minBufferTime="PT2S">` +
    `<Period><AdaptationSet mimeType="video/mp4">${representations.join('')}</AdaptationSet></Period></MPD>\n`
  );
}

/** The description of the input that the encoder left beside its output. */
export function metadataXml(name: string, size: number, tracks: readonly Track[]): string {
  const videos = tracks.map(
    ({ file, width, height, bitrate }) =>
      `<AssetFile Name="${escape(file)}" Size="${size}"><VideoTracks><VideoTrack Id="1" Width="${width}" Height="${height}" Bitrate="${bitrate / 1000}" /></VideoTracks></AssetFile>`,
  );
  const source = `<Source Name="${escape(name)}" Size="${size}" />`;
  return `${declaration}<AssetFiles><Sources>${source}</Sources>${videos.join('')}</AssetFiles>\n`;
}
