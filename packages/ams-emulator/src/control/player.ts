import { createHash } from 'node:crypto';
import type { HttpReply, HttpRequest } from '../http';

// Plays the HLS form of a published asset with the browser's own MediaSource. It keeps half a minute loaded on either
// side of the position, so memory does not grow with the film.
const script = `
const MARGIN = 30;
const video = document.querySelector('video');
const choice = document.querySelector('select');
const status = document.querySelector('output');
const ism = new URLSearchParams(location.search).get('ism');

async function fetchOk(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(url.pathname + ' answered ' + response.status + ' ' + (await response.text()));
  return response;
}

async function playlist(url) {
  const lines = (await (await fetchOk(url)).text()).trim().split('\\n');
  const attribute = (line, name) => {
    const [, quoted, plain] = new RegExp('[:,]' + name + '=(?:"([^"]*)"|([^,]*))').exec(line) ?? [];
    return quoted ?? plain;
  };
  return { lines, attribute, at: (address) => new URL(address, url) };
}

async function renditions() {
  const { lines, attribute, at } = await playlist(new URL(ism + '/manifest(format=m3u8-cmaf)', location.origin));
  const audio = lines.find((line) => line.startsWith('#EXT-X-MEDIA:TYPE=AUDIO'));
  return lines.flatMap((line, index) => {
    if (!line.startsWith('#EXT-X-STREAM-INF')) return [];
    const [codec, audioCodec] = attribute(line, 'CODECS').split(',');
    const type = codec.startsWith('avc') ? 'video/mp4' : 'audio/mp4';
    const streams = [{ url: at(lines[index + 1]), type: type + '; codecs="' + codec + '"' }];
    if (audio && audioCodec)
      streams.push({ url: at(attribute(audio, 'URI')), type: 'audio/mp4; codecs="' + audioCodec + '"' });
    const kbps = Math.round(attribute(line, 'AVERAGE-BANDWIDTH') / 1000);
    return [{ label: (attribute(line, 'RESOLUTION') ?? 'audio') + ', ' + kbps + ' kbit/s', streams }];
  });
}

async function load({ url, type }, buffer, signal) {
  const { lines, attribute, at } = await playlist(url);
  let end = 0;
  const segments = lines.flatMap((line, index) => {
    if (!line.startsWith('#EXTINF:')) return [];
    const start = end;
    end += parseFloat(line.slice(8));
    return [{ url: at(lines[index + 1]), start, end, isLoaded: false }];
  });
  const change = (what) => new Promise((resolve, reject) => {
    buffer.onupdateend = resolve;
    buffer.onerror = () => reject(new Error('The browser cannot decode ' + type));
    what();
  });
  const append = async (from) => {
    const bytes = await (await fetchOk(from)).arrayBuffer();
    signal.throwIfAborted();
    await change(() => buffer.appendBuffer(bytes));
  };
  await append(at(attribute(lines.find((line) => line.startsWith('#EXT-X-MAP:')), 'URI')));
  return {
    end,
    // Loads the next segment that is missing near the position; false when there is none.
    async step() {
      const now = video.currentTime;
      for (const old of segments.filter((one) => one.isLoaded && (one.end < now - MARGIN || one.start > now + 2 * MARGIN))) {
        old.isLoaded = false;
        await change(() => buffer.remove(old.start, old.end));
      }
      const next = segments.find((one) => !one.isLoaded && one.end > now && one.start < now + MARGIN);
      if (next === undefined) return false;
      await append(next.url);
      next.isLoaded = true;
      return true;
    },
    isAtEnd: () => segments.at(-1)?.isLoaded ?? true,
  };
}

async function play({ streams }, position, signal) {
  const source = new MediaSource();
  const opened = new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
  video.src = URL.createObjectURL(source);
  await opened;
  URL.revokeObjectURL(video.src);
  // All source buffers must exist before the first bytes of any.
  const buffers = streams.map(({ type }) => source.addSourceBuffer(type));
  const loaders = await Promise.all(streams.map((stream, index) => load(stream, buffers[index], signal)));
  source.duration = Math.max(...loaders.map(({ end }) => end));
  video.currentTime = position;
  let wake = () => {};
  for (const event of ['timeupdate', 'seeking']) video.addEventListener(event, () => wake(), { signal });
  while (!signal.aborted) {
    let isIdle = true;
    for (const loader of loaders) if (await loader.step()) isIdle = false;
    const { buffered } = video;
    // A film may begin a little after 0.
    if (buffered.length > 0 && video.currentTime < buffered.start(0) && buffered.start(0) < 1)
      video.currentTime = buffered.start(0);
    if (!isIdle) continue;
    if (source.readyState === 'open' && loaders.every((loader) => loader.isAtEnd())) source.endOfStream();
    await new Promise((resolve) => (wake = resolve));
  }
}

const show = (error) => {
  if (error.name !== 'AbortError') status.textContent = error.message;
};

(async () => {
  const all = await renditions();
  for (const { label } of all) choice.add(new Option(label));
  let current = new AbortController();
  const start = () => {
    current.abort();
    current = new AbortController();
    status.textContent = '';
    play(all[choice.selectedIndex], video.currentTime, current.signal).catch(show);
  };
  choice.onchange = start;
  video.onerror = () => show(new Error(video.error.message || 'The browser cannot play it.'));
  start();
})().catch(show);
`;

const style =
  'body{font:16px system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}' +
  'video{width:100%;background:#000}output{display:block;color:#b00020;margin-top:1rem}';

const page = (name: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(name)}</title>
<style>${style}</style>
<h1>${escapeHtml(name)}</h1>
<video controls muted autoplay playsinline></video>
<p><label>Rendition <select></select></label></p>
<output></output>
<script>${script}</script>
</html>
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  // The page runs this one script and fetches from the emulator only.
  'Content-Security-Policy':
    `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; connect-src 'self'; ` +
    "media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

// Only a path of published content, so the page cannot be made to fetch or open anything else.
const published = /^\/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\/([^/\\?#]+)\.ism$/i;

/** `/_emulator/player?ism=/<locator guid>/<name>.ism`: a page that plays a published asset. */
export function playerPage({ method, query }: HttpRequest): HttpReply {
  const encoded = published.exec(query.get('ism') ?? '')?.[1];
  const name = encoded === undefined ? undefined : decoded(encoded);
  if ((method !== 'GET' && method !== 'HEAD') || name === undefined) {
    const body = 'Open /_emulator/player?ism=/<locator id>/<name>.ism, the path of a published .ism.\n';
    return { status: 400, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, body };
  }
  return { status: 200, headers, body: page(name) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
