/** Cuts tracks into fragments at the same times. */
import { MediaError } from './media-file';
import { TICKS, type AudioTrack, type Track, type VideoTrack } from './mp4';

/** A run of samples that can be decoded without the ones before. */
export interface Fragment {
  /** Start in ticks; the fragments of all video renditions have the same. */
  readonly time: number;
  /** Ticks. */
  readonly duration: number;
  /** Its samples are `from` to `to - 1` of the track. */
  readonly from: number;
  readonly to: number;
}

/** One track, for players to choose. */
export interface Rendition<T extends Track = Track> {
  /** Name of the stream it belongs to: `video`, `audio`, `audio_2`, … */
  readonly stream: string;
  readonly track: T;
  /** Bits per second: the measured average, raised by 1 where another rendition of the stream has the same. */
  readonly bitrate: number;
  /** Bits per second of its largest fragment. */
  readonly peakBitrate: number;
  /** Ticks by which everything is later than in the track. */
  readonly lead: number;
  readonly fragments: readonly Fragment[];
}

export interface Presentation {
  /** Ticks. */
  readonly duration: number;
  /** By falling bit rate; switching between them is possible at each fragment. */
  readonly videos: readonly Rendition<VideoTrack>[];
  readonly audios: readonly Rendition<AudioTrack>[];
}

const fragmentTicks = 2 * TICKS;
// Key frames this close together, 1 ms, count as simultaneous.
const tolerance = TICKS / 1000;
const longestShared = 60 * TICKS;

/**
 * Cuts at key frames that all video tracks share, at least 2 s apart; audio at its own frames next to the same times.
 * Throws MediaError when there is no track, or the video tracks share too few key frames.
 */
export function createPresentation(tracks: readonly Track[]): Presentation {
  const videoTracks = tracks.filter((track) => track.kind === 'video').sort((a, b) => b.bitrate - a.bitrate);
  const audioTracks = tracks.filter((track) => track.kind === 'audio');
  if (tracks.length === 0) throw new MediaError('has no video and no audio track');
  // Leaves time for the frames that are shortened before the start.
  const lead = Math.max(0, ...videoTracks.map(({ samples }) => -leastOf(samples.times)));
  const starts = commonStarts(videoTracks);
  const bitrates = new Set<number>();
  const videos = videoTracks.map((track, index) =>
    rendition('video', track, lead, videoFragments(track, index, starts, lead), bitrates),
  );
  const boundaries = starts.map(({ time }) => time + lead);
  const audios = audioTracks.map((track, index) =>
    rendition(
      index === 0 ? 'audio' : `audio_${index + 1}`,
      track,
      lead,
      audioFragments(track, boundaries, lead),
      new Set(),
    ),
  );
  const duration = Math.max(...tracks.map(({ end }) => end + lead));
  return { duration, videos, audios };
}

function leastOf(times: Float64Array): number {
  return times.reduce((least, time) => Math.min(least, time), 0);
}

/** A key frame of the first track, with the sample that is the same key frame in each track. */
interface Start {
  readonly time: number;
  readonly samples: readonly number[];
}

function commonStarts(tracks: readonly VideoTrack[]): Start[] {
  const [first, ...others] = tracks;
  if (first === undefined) return [];
  const cursors = others.map((track) => keyFinder(track));
  const starts: Start[] = [];
  let next = -Infinity;
  for (let sample = 0; sample < first.samples.keys.length; sample++) {
    const time = first.samples.times[sample] ?? 0;
    if (first.samples.keys[sample] !== 1 || time < next) continue;
    const samples = [sample, ...cursors.map((find) => find(time))];
    if (samples.includes(-1)) continue;
    starts.push({ time, samples });
    next = time + fragmentTicks - tolerance;
  }
  const ends = [...starts.slice(1).map(({ time }) => time), first.end];
  const isTooLong = starts.some(({ time }, index) => (ends[index] ?? 0) - time > longestShared);
  if (
    starts.length === 0 ||
    starts[0]?.samples.some((sample) => sample !== 0) ||
    (others.length > 0 && isTooLong)
  ) {
    throw new MediaError('has renditions whose key frames are not at the same times');
  }
  return starts;
}

/** Finds the key frame at a time; -1 if there is none. Call it with increasing times. */
function keyFinder({ samples: { keys, times } }: VideoTrack): (time: number) => number {
  let at = 0;
  return (time) => {
    while (at < keys.length && (keys[at] !== 1 || (times[at] ?? 0) < time - tolerance)) at++;
    return at < keys.length && (times[at] ?? 0) <= time + tolerance ? at : -1;
  };
}

function videoFragments(
  track: VideoTrack,
  trackIndex: number,
  starts: readonly Start[],
  lead: number,
): Fragment[] {
  const count = track.samples.keys.length;
  return starts.map(({ time, samples }, index) => {
    const next = starts[index + 1];
    return {
      time: time + lead,
      duration: Math.max(1, (next?.time ?? track.end) - time),
      from: samples[trackIndex] ?? 0,
      to: next === undefined ? count : (next.samples[trackIndex] ?? count),
    };
  });
}

/** Cuts before the first frame at or after each boundary, and after the last boundary every 2 s. */
function audioFragments(
  { samples, end }: AudioTrack,
  boundaries: readonly number[],
  lead: number,
): Fragment[] {
  const { times } = samples;
  const cuts = [0];
  let boundary = 1;
  let next = boundaries[1] ?? (boundaries[0] ?? 0) + fragmentTicks;
  for (let sample = 0; sample < times.length; sample++) {
    const time = (times[sample] ?? 0) + lead;
    if (time < next) continue;
    if (sample > 0) cuts.push(sample);
    while (boundary < boundaries.length && (boundaries[boundary] ?? 0) <= time) boundary++;
    next = boundaries[boundary] ?? time + fragmentTicks;
  }
  const startOf = (sample: number): number => (times[sample] ?? end) + lead;
  return cuts.map((from, index) => {
    const to = cuts[index + 1] ?? times.length;
    return { time: startOf(from), duration: Math.max(1, startOf(to) - startOf(from)), from, to };
  });
}

function rendition<T extends Track>(
  stream: string,
  track: T,
  lead: number,
  fragments: readonly Fragment[],
  taken: Set<number>,
): Rendition<T> {
  let { bitrate } = track;
  while (taken.has(bitrate)) bitrate++;
  taken.add(bitrate);
  const peak = fragments.reduce((highest, { from, to, duration }) => {
    let bytes = 0;
    for (let index = from; index < to; index++) bytes += track.samples.sizes[index] ?? 0;
    // A short last fragment does not show the rate that a player needs.
    return Math.max(highest, (bytes * 8 * TICKS) / Math.max(duration, TICKS));
  }, 0);
  return { stream, track, bitrate, peakBitrate: Math.max(bitrate, Math.ceil(peak)), lead, fragments };
}
