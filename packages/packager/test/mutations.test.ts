/** Damaged and hostile files give an answer, soon, and without growth. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  dashManifest,
  fragmentSize,
  hlsMedia,
  initSegment,
  MediaError,
  openMp4,
  readFragment,
  smoothManifest,
} from '../src';
import { inMemory, mp4File } from './mp4-files';

const sample = readFileSync(join(__dirname, '../../test-client/media/sample.mp4'));
const small = mp4File([
  {
    kind: 'video',
    timescale: 12_800,
    durations: [512, 512, 512, 512],
    shifts: [1024, 2560, 1024, 0],
    keys: [0, 2],
    edits: [[160, 1024]],
  },
  { kind: 'audio', timescale: 48_000, durations: [1024, 1024, 1024, 1024], edits: [[85, 1024]] },
]);

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const extremes = [0, 1, 7, 0x7fffffff, 0x80000000, 0xffffffff];

/** A copy with a few bytes or 32-bit numbers of the moov changed, or its end cut off. */
function mutated(original: Buffer, roll: () => number): Buffer {
  const bytes = Buffer.from(original);
  const start = bytes.indexOf('moov', 0, 'latin1');
  const size = bytes.readUInt32BE(start - 4);
  const below = (limit: number): number => Math.floor(roll() * limit);
  for (let change = 0; change <= below(4); change++) {
    const at = start + below(size - 8);
    const kind = below(3);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes.writeUInt32BE(extremes[below(extremes.length)] ?? 0, at);
    else bytes.writeUInt32BE(below(2 ** 32), at);
  }
  return below(10) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
}

/** Everything that the origin does with a file; true if it was accepted. */
async function useAll(bytes: Buffer): Promise<boolean> {
  try {
    const presentation = await openMp4('film.mp4', inMemory(bytes));
    smoothManifest(presentation);
    dashManifest(presentation, { id: () => '', init: () => '', media: () => '' });
    for (const rendition of [...presentation.videos, ...presentation.audios]) {
      initSegment(rendition);
      hlsMedia(rendition, { playlist: () => '', init: () => '', fragment: () => '' });
      for (const fragment of rendition.fragments) {
        const { length } = await readFragment(rendition, fragment);
        expect(length).toBe(fragmentSize(rendition, fragment));
        // Headers of at most a hundred bytes for each sample come on top of what is in the file.
        expect(length).toBeLessThan(bytes.length * 200);
      }
    }
    return true;
  } catch (error) {
    if (error instanceof MediaError) return false;
    throw error;
  }
}

test.each([
  ['a real file', sample, 300],
  ['a small one, where most changes hit a number', small, 500],
])('%s, mutated', async (_what, original, times) => {
  const roll = dice(20);
  let refused = 0;
  for (let time = 0; time < times; time++) {
    if (!(await useAll(mutated(original, roll)))) refused++;
  }
  // Some changes do no harm, and some cannot be survived.
  expect(refused).toBeGreaterThan(times / 10);
  expect(refused).toBeLessThan(times);
});

test('every length of a cut file is answered', async () => {
  for (let length = 0; length < small.length; length += 3) {
    expect(await useAll(small.subarray(0, length))).toBe(false);
  }
});
