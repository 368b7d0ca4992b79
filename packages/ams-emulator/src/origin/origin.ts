import type { Account } from '../account';
import type { HttpReply, HttpRequest } from '../http';
import type { Row } from '../model';
import { containerOf } from '../rules/assets';
import { locatorType, validLocator } from '../rules/locators';
import { presentLive } from '../rules/operations';
import { text } from '../rules/rules';
import {
  clientManifest,
  dashManifest,
  hlsMaster,
  hlsMedia,
  readServerManifest,
  type Track,
} from './manifests';

const pathPattern = /^\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\/(.+)$/i;

/** Whether the path is one of published content: `/<locator guid>/…`. */
export const isOriginPath = (path: string): boolean => pathPattern.test(path);

/** Serves published files and manifests, as a streaming endpoint did; undefined for another account's locator. */
export async function handleOrigin(account: Account, request: HttpRequest): Promise<HttpReply | undefined> {
  const [, guid = '', rest = ''] = pathPattern.exec(request.path) ?? [];
  const locator = validLocator(account, guid, locatorType.onDemandOrigin);
  const asset = locator === undefined ? undefined : account.store.get('Assets', text(locator, 'AssetId'));
  if (asset === undefined) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405);
  if (!isEndpointRunning(account)) return plain(403, 'The streaming endpoint is not running.');
  const path = decoded(rest);
  if (path === undefined) return plain(404);
  const manifest = /^([^/]+\.ism)\/(.+)$/i.exec(path);
  if (manifest !== null) return serveManifest(account, asset, manifest[1] ?? '', manifest[2] ?? '');
  // The server and client manifests were never given out as files.
  if (path.includes('/') || /\.ism[^.]*$/i.test(path)) return plain(404);
  return serveFile(account, asset, path, request);
}

// All streaming endpoints of the account share the emulator's one address.
function isEndpointRunning(account: Account): boolean {
  return account.store
    .rows('StreamingEndpoints')
    .some((row) => /^(Running|Scaling)$/.test(text(presentLive(account, row) ?? {}, 'State')));
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
const anyOrigin = { 'Access-Control-Allow-Origin': '*' };

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

type ManifestWriter = (tracks: readonly Track[]) => readonly [type: string, body: string];

const manifests: readonly (readonly [RegExp, ManifestWriter])[] = [
  [/^manifest(\(format=fmp4-v20[^)]*\))?$/i, (tracks) => ['text/xml', clientManifest(tracks)]],
  [/^manifest\(format=m3u8-aapl[^)]*\)$/i, (tracks) => ['application/vnd.apple.mpegurl', hlsMaster(tracks)]],
  [/^manifest\(format=mpd-time-[^)]*\)$/i, (tracks) => ['application/dash+xml', dashManifest(tracks)]],
];

async function serveManifest(account: Account, asset: Row, file: string, asked: string): Promise<HttpReply> {
  const tracks = await readTracks(account, asset, file);
  if (tracks.length === 0) return plain(404);
  const writer =
    manifests.find(([pattern]) => pattern.test(asked))?.[1] ?? mediaPlaylistWriter(tracks, asked);
  if (writer === undefined) return plain(400);
  const [type, body] = writer(tracks);
  return { status: 200, headers: { 'Content-Type': type, ...anyOrigin }, body };
}

/** `QualityLevels(500000)/Manifest(video,format=m3u8-aapl)`: the playlist of one rendition. */
function mediaPlaylistWriter(tracks: readonly Track[], asked: string): ManifestWriter | undefined {
  const bitrate = /^QualityLevels\((\d+)\)\/Manifest\(video,format=m3u8-aapl[^)]*\)$/i.exec(asked)?.[1];
  const track = tracks.find((candidate) => String(candidate.bitrate) === bitrate);
  return track === undefined ? undefined : () => ['application/vnd.apple.mpegurl', hlsMedia(track)];
}

async function readTracks(account: Account, asset: Row, file: string): Promise<Track[]> {
  const names = (await account.storage.list(containerOf(asset))) ?? [];
  const name = names.find((blob) => blob.name.toLowerCase() === file.toLowerCase())?.name;
  return name === undefined
    ? []
    : readServerManifest(await account.storage.readText(containerOf(asset), name));
}
