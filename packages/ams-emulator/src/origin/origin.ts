import { Readable } from 'node:stream';
import {
  dashManifest,
  hlsMaster,
  hlsMedia,
  initSegment,
  MediaError,
  readFragment,
  smoothManifest,
  type DashAddresses,
  type HlsAddresses,
  type Presentation,
  type Rendition,
} from 'ams-packager';
import type { Account } from '../account';
import type { HttpReply, HttpRequest } from '../http';
import type { Row } from '../model';
import { containerOf } from '../rules/containers';
import { locatorType, validLocator } from '../rules/locators';
import { presentLive } from '../rules/operations';
import { text as property } from '../media/rows';
import { publishedPresentation } from './published';

const pathPattern = /^\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\/(.+)$/i;

/** Whether the path is one of published content: `/<locator guid>/…`. */
export const isOriginPath = (path: string): boolean => pathPattern.test(path);

/** Serves published files and manifests, as a streaming endpoint did; undefined for another account's locator. */
export async function handleOrigin(account: Account, request: HttpRequest): Promise<HttpReply | undefined> {
  const [, guid = '', rest = ''] = pathPattern.exec(request.path) ?? [];
  const locator = validLocator(account, guid, locatorType.onDemandOrigin);
  const asset = locator === undefined ? undefined : account.store.get('Assets', property(locator, 'AssetId'));
  if (asset === undefined) return undefined;
  if (request.method === 'OPTIONS') return preflight(request);
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405);
  if (!isEndpointRunning(account)) return plain(403, 'The streaming endpoint is not running.');
  const path = decoded(rest);
  if (path === undefined) return plain(404);
  const presentation = /^([^/]+\.ism)\/(.+)$/i.exec(path);
  if (presentation !== null)
    return servePresentation(account, asset, presentation[1] ?? '', presentation[2] ?? '');
  // The server and client manifests were never served as files.
  if (path.includes('/') || /\.ism[^.]*$/i.test(path)) return plain(404);
  return serveFile(account, asset, path, request);
}

// All streaming endpoints of the account share the emulator's one address.
function isEndpointRunning(account: Account): boolean {
  return account.store
    .rows('StreamingEndpoints')
    .some((row) => /^(Running|Scaling)$/.test(property(presentLive(account, row) ?? {}, 'State')));
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function plain(status: number, body = ''): HttpReply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...anyOrigin }, body };
}

// Players in web pages fetch from other origins.
const anyOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Length, Content-Range, Date, ETag, Last-Modified',
};

/** The CORS preflight: browsers ask before they send some headers, such as a Range of many parts. */
function preflight({ headers }: HttpRequest): HttpReply {
  const wanted = headers['access-control-request-headers'];
  return {
    status: 200,
    headers: {
      ...anyOrigin,
      'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
      'Access-Control-Max-Age': '86400',
      ...(wanted === undefined ? {} : { 'Access-Control-Allow-Headers': wanted }),
    },
    body: '',
  };
}

async function serveFile(
  account: Account,
  asset: Row,
  name: string,
  request: HttpRequest,
): Promise<HttpReply> {
  const { range } = request.headers;
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
  // Azurite answers suffix ranges with a broken header, so they get the whole file, as HTTP allows.
  const usable = range !== undefined && /^bytes=\d+-\d*$/.test(range) ? range : undefined;
  const response = await account.storage.read(method, containerOf(asset), name, usable);
  const status = response.statusCode ?? 500;
  if (status !== 200 && status !== 206) {
    response.resume();
    return plain(status === 416 ? 416 : 404);
  }
  const headers: Record<string, string> = { 'Accept-Ranges': 'bytes', ...anyOrigin };
  for (const kept of ['content-length', 'content-type', 'content-range', 'etag', 'last-modified']) {
    const value = response.headers[kept];
    if (typeof value === 'string') headers[kept] = value;
  }
  if (/\.mp4$/i.test(name)) headers['content-type'] = 'video/mp4';
  return { status, headers, body: response };
}

const types = {
  smooth: 'text/xml',
  hls: 'application/vnd.apple.mpegurl',
  dash: 'application/dash+xml',
} as const;

/** The protocol of a `format=`; without one it is Smooth Streaming. */
function protocolOf(format: string): keyof typeof types | undefined {
  if (format === '' || /^fmp4-v20[\w-]*$/i.test(format)) return 'smooth';
  if (/^m3u8-(aapl|cmaf)[\w-]*$/i.test(format)) return 'hls';
  return /^mpd-time-(csf|cmaf)[\w-]*$/i.test(format) ? 'dash' : undefined;
}

/** `(video=0,format=m3u8-cmaf)` as its members; the first may have no value. */
function parametersOf(text: string): [name: string, value: string][] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.trim(), value.join('=').trim()];
    });
}

/** `<name>.ism/…`: a manifest, the playlist of one rendition, an initialization segment or a fragment. */
async function servePresentation(
  account: Account,
  asset: Row,
  ism: string,
  asked: string,
): Promise<HttpReply> {
  const match = /^(?:QualityLevels\((\d+)\)\/(Manifest|Fragments)|manifest)(?:\(([^()]*)\))?$/i.exec(asked);
  if (match === null) return plain(400);
  const [, bitrate, kind = 'manifest', list = ''] = match;
  const parameters = parametersOf(list);
  const format = parameters.find(([name]) => name.toLowerCase() === 'format')?.[1] ?? '';
  const protocol = protocolOf(format);
  if (protocol === undefined) return plain(400, `The format ${format} is not known.`);
  let presentation: Presentation | undefined;
  try {
    presentation = await publishedPresentation(account, containerOf(asset), ism);
    if (presentation === undefined) return plain(404);
    if (bitrate === undefined) return manifest(presentation, protocol, format);
    const [stream = '', time = ''] = parameters[0] ?? [];
    const rendition = [...presentation.videos, ...presentation.audios].find(
      (one) => one.stream === stream.toLowerCase() && String(one.bitrate) === bitrate,
    );
    if (rendition === undefined) return plain(404);
    if (kind.toLowerCase() === 'fragments') return await fragment(rendition, time, protocol);
    return protocol === 'hls' ? text(types.hls, hlsMedia(rendition, hlsAddresses(format))) : plain(400);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return plain(412, `${error.isNamed ? '' : `${ism} `}${error.message}\n`);
  }
}

function manifest(presentation: Presentation, protocol: keyof typeof types, format: string): HttpReply {
  switch (protocol) {
    case 'smooth':
      return text(types.smooth, smoothManifest(presentation));
    case 'hls':
      return text(types.hls, hlsMaster(presentation, hlsAddresses(format)));
    case 'dash':
      return text(types.dash, dashManifest(presentation, dashAddresses(format)));
  }
}

const hlsAddresses = (format: string): HlsAddresses => ({
  playlist: ({ bitrate, stream }) => `QualityLevels(${bitrate})/Manifest(${stream},format=${format})`,
  init: ({ stream }) => `Fragments(${stream}=i,format=${format})`,
  fragment: ({ stream }, { time }) => `Fragments(${stream}=${time},format=${format})`,
});

const dashAddresses = (format: string): DashAddresses => ({
  id: ({ stream, bitrate }) => `${stream}_${bitrate}`,
  init: ({ stream }) => `QualityLevels($Bandwidth$)/Fragments(${stream}=i,format=${format})`,
  media: ({ stream }) => `QualityLevels($Bandwidth$)/Fragments(${stream}=$Time$,format=${format})`,
});

/** The same bytes in every protocol; only Smooth Streaming has no initialization segment. */
async function fragment(
  rendition: Rendition,
  time: string,
  protocol: keyof typeof types,
): Promise<HttpReply> {
  const wanted = rendition.fragments.find((one) => String(one.time) === time);
  const isInit = time === 'i' && protocol !== 'smooth';
  if (wanted === undefined && !isInit) return plain(404);
  const bytes = wanted === undefined ? initSegment(rendition) : await readFragment(rendition, wanted);
  const headers = { 'Content-Type': `${rendition.track.kind}/mp4`, 'Content-Length': String(bytes.length) };
  return { status: 200, headers: { ...headers, ...anyOrigin }, body: Readable.from([Buffer.from(bytes)]) };
}

function text(type: string, body: string): HttpReply {
  return { status: 200, headers: { 'Content-Type': type, ...anyOrigin }, body };
}
