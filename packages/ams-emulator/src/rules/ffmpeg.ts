import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** One video that an encoding task makes. */
export interface Layer {
  /** Pixels; the picture keeps its shape within them. */
  readonly width: number;
  readonly height: number;
  /** Video kbit/s. */
  readonly kbps: number;
}

/** An ffmpeg that can be run. */
export interface Ffmpeg {
  readonly path: string;
  /** For example `5.1.9-0+deb12u1`. */
  readonly version: string;
}

/**
 * The ffmpeg at a path, or with `true` the one on the PATH, undefined if there is none. Rejects when the program at a
 * given path cannot be run.
 */
export async function findFfmpeg(wanted: string | boolean): Promise<Ffmpeg | undefined> {
  if (wanted === false) return undefined;
  const path = wanted === true ? 'ffmpeg' : wanted;
  try {
    const { stdout } = await promisify(execFile)(path, ['-version'], { timeout: 30_000 });
    const version = /^ffmpeg version (\S+)/.exec(stdout)?.[1];
    if (version !== undefined) return { path, version };
  } catch {
    // Reported below.
  }
  if (wanted === true) return undefined;
  throw new Error(`ffmpeg cannot be run: ${path}`);
}

/** One output of a run. */
export interface EncodedFile {
  readonly path: string;
  /** Undefined for audio only. */
  readonly layer: Layer | undefined;
  readonly hasAudio: boolean;
}

export interface EncodeRequest {
  readonly input: string;
  readonly outputs: readonly EncodedFile[];
  readonly audioKbps: number;
  /** Video kbit/s of the input, which no output exceeds. */
  readonly inputKbps: number;
  /** Of the input. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Called with percents. */
  readonly onProgress: (percent: number) => void;
}

/** ffmpeg ended with an error; the message is its last line. */
export class FfmpegError extends Error {}

// Seconds from one key frame to the next, as in the presets of Media Encoder Standard.
const keyFrameSeconds = 2;

function argumentsOf({ input, outputs, audioKbps, inputKbps, seconds }: EncodeRequest): string[] {
  const videos = outputs.filter(({ layer }) => layer !== undefined);
  const split = `[0:v:0]split=${videos.length}${videos.map((_, index) => `[in${index}]`).join('')}`;
  const scales = videos.map(
    ({ layer }, index) =>
      `[in${index}]scale=w=${layer?.width ?? 0}:h=${layer?.height ?? 0}:force_original_aspect_ratio=decrease:` +
      `force_divisible_by=2,setsar=1[out${index}]`,
  );
  let video = 0;
  const files = outputs.flatMap(({ path, layer, hasAudio }) => [
    ...(layer === undefined ? [] : videoArguments(layer, video++, (inputKbps - layer.kbps) * seconds)),
    ...(hasAudio ? ['-map', '0:a:0', '-c:a', 'aac', '-b:a', `${audioKbps}k`] : []),
    ...['-map_metadata', '-1', '-movflags', '+faststart', '-f', 'mp4', path],
  ]);
  const filters = videos.length === 0 ? [] : ['-filter_complex', [split, ...scales].join(';')];
  // Only local files: a playlist or script inside the input must not make ffmpeg fetch anything.
  const common = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-nostats', '-progress', 'pipe:1', '-y'];
  return [...common, '-protocol_whitelist', 'file', '-f', 'mov', '-i', input, ...filters, ...files];
}

/**
 * Key frames are at the same times in all layers, so that players can switch between them. The rate control may spend
 * its buffer on top of the bit rate, which counts in a short film: the buffer is at most `spareKbit`.
 */
function videoArguments({ kbps }: Layer, index: number, spareKbit: number): string[] {
  const buffer = Math.max(1, Math.floor(Math.min(kbps * 2, spareKbit)));
  return [
    ...['-map', `[out${index}]`, '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'],
    ...['-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${buffer}k`],
    ...['-force_key_frames', `expr:gte(t,n_forced*${keyFrameSeconds})`, '-g', '9999', '-sc_threshold', '0'],
  ];
}

/** Encodes all outputs in one run. Rejects with FfmpegError, or with an AbortError once the process has ended. */
export async function encode(ffmpeg: Ffmpeg, request: EncodeRequest): Promise<void> {
  const { signal, seconds, onProgress } = request;
  signal.throwIfAborted();
  const child = spawn(ffmpeg.path, argumentsOf(request), { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const micros = Number([...text.matchAll(/^out_time_us=(\d+)/gm)].at(-1)?.[1] ?? Number.NaN);
    if (micros > 0 && seconds > 0) onProgress(Math.min(99, micros / 10_000 / seconds));
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      errors += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code === 0) return;
  const lines = errors.split(/\r?\n/).filter((line) => line.trim() !== '');
  const line = lines.at(-1) ?? `it ended with code ${String(code)}`;
  // Paths of temporary files mean nothing to a reader of the task.
  throw new FfmpegError(line.replaceAll(request.input, 'input').trim());
}
