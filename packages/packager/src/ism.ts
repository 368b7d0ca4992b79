/** The files that Azure Media Services kept beside the MP4s of an asset. */
import { XMLParser } from 'fast-xml-parser';
import { MediaError } from './media-file';
import type { Rendition } from './presentation';
import { declaration, escapeXml } from './xml';

/** A track that an `.ism` names. */
export interface IsmTrack {
  readonly kind: 'video' | 'audio';
  readonly file: string;
  /** `track_ID` in the file; undefined for the first track of that kind. */
  readonly trackId: number | undefined;
}

export interface ServerManifest {
  /** How the files are stored: `mp4`, `fmp4`, `vod-fmp4`, `vod-cmaf`, … */
  readonly formats: string;
  readonly tracks: readonly IsmTrack[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  isArray: (name) => ['video', 'audio', 'param', 'meta', 'textstream'].includes(name),
});

interface SmilMedia {
  readonly src?: string;
  readonly param?: readonly { readonly name?: string; readonly value?: string }[];
}

interface Smil {
  readonly smil?: {
    readonly head?: { readonly meta?: readonly { readonly name?: string; readonly content?: string }[] };
    readonly body?: { readonly switch?: { video?: SmilMedia[]; audio?: SmilMedia[] } };
  };
}

/** Reads an `.ism` file. Throws MediaError if the text is not one. */
export function readServerManifest(text: string): ServerManifest {
  const { smil } = parse(text);
  if (typeof smil !== 'object') throw new MediaError('is not a server manifest: it has no smil element');
  const media = smil.body?.switch;
  const meta = smil.head?.meta;
  const tracksOf = (kind: 'video' | 'audio'): IsmTrack[] =>
    (media?.[kind] ?? []).flatMap(({ src, param }) => {
      if (typeof src !== 'string' || src === '') return [];
      const id = Number(param?.find(({ name }) => name?.toLowerCase() === 'trackid')?.value);
      return [{ kind, file: src, trackId: Number.isInteger(id) && id > 0 ? id : undefined }];
    });
  return {
    formats: meta?.find(({ name }) => name?.toLowerCase() === 'formats')?.content ?? 'mp4',
    tracks: [...tracksOf('video'), ...tracksOf('audio')],
  };
}

function parse(text: string): Smil {
  try {
    return parser.parse(text) as Smil;
  } catch {
    throw new MediaError('is not a server manifest: it is not XML');
  }
}

/** A rendition with the name of the file that it is in. */
export interface NamedRendition {
  readonly file: string;
  readonly rendition: Rendition;
}

/** The `.ism` file: SMIL that names the tracks, in the form that the encoder left. */
export function serverManifest(base: string, renditions: readonly NamedRendition[]): string {
  const param = (name: string, value: number | string): string =>
    `        <param name="${name}" value="${value}" valuetype="data" />\n`;
  const media = renditions.map(({ file, rendition: { bitrate, track, stream } }) => {
    const language = track.kind === 'audio' ? ` systemLanguage="${track.language}"` : '';
    const params =
      track.kind === 'video'
        ? param('trackID', track.id) + param('MaxWidth', track.width) + param('MaxHeight', track.height)
        : param('trackID', track.id) + param('trackName', stream);
    return (
      `      <${track.kind} src="${escapeXml(file)}" systemBitrate="${bitrate}"${language}>\n` +
      `${params}      </${track.kind}>\n`
    );
  });
  return (
    `${declaration}<smil xmlns="http://www.w3.org/2001/SMIL20/Language">\n  <head>\n` +
    '    <meta name="formats" content="mp4" />\n' +
    `    <meta name="clientManifestRelativePath" content="${escapeXml(base)}.ismc" />\n  </head>\n` +
    `  <body>\n    <switch>\n${media.join('')}    </switch>\n  </body>\n</smil>\n`
  );
}
