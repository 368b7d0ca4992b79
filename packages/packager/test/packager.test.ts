import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFile, MP4BoxBuffer } from 'mp4box';
import {
  createPresentation,
  fragmentSize,
  hlsMaster,
  hlsMedia,
  initSegment,
  MediaError,
  openMp4,
  openServerManifest,
  readFragment,
  readMp4,
  readServerManifest,
  serverManifest,
  smoothManifest,
  type Presentation,
  type Rendition,
  type Track,
} from '../src';
import { box, concat, fullBox, u32 } from '../src/boxes';
import { avc1, inMemory, mp4a, mp4File, type TestTrack } from './mp4-files';

const sample = readFileSync(join(__dirname, '../../test-client/media/sample.mp4'));

const video = (more: Partial<TestTrack> = {}): TestTrack => ({
  kind: 'video',
  timescale: 1000,
  durations: Array.from({ length: 100 }, () => 40),
  keys: [0, 25, 50, 75],
  ...more,
});
const audio = (more: Partial<TestTrack> = {}): TestTrack => ({
  kind: 'audio',
  timescale: 48_000,
  durations: Array.from({ length: 188 }, () => 1024),
  ...more,
});

async function tracksOf(bytes: Uint8Array): Promise<Track[]> {
  const tracks = await readMp4(inMemory(bytes));
  return tracks.map((track) => {
    if (track.kind === 'unusable') throw track.error;
    return track;
  });
}

const open = (...tracks: TestTrack[]): Promise<Presentation> =>
  openMp4('film.mp4', inMemory(mp4File(tracks)));
const milliseconds = (ticks: Iterable<number>): number[] => [...ticks].map((tick) => tick / 10_000);

/** What players read in a fragment. */
interface Parsed {
  readonly time: number;
  readonly samples: readonly { duration: number; size: number; isKey: boolean; presented: number }[];
  readonly payload: Buffer;
}

function parseFragment(bytes: Uint8Array): Parsed {
  const buffer = Buffer.from(bytes);
  const at = (type: string): number => buffer.indexOf(type, 0, 'latin1') + 4;
  const time = Number(buffer.readBigUInt64BE(at('tfdt') + 4));
  const trun = at('trun');
  const count = buffer.readUInt32BE(trun + 4);
  expect(buffer.readUInt32BE(trun + 8)).toBe(at('mdat'));
  let decoded = time;
  const samples = Array.from({ length: count }, (_, index) => {
    const row = trun + 12 + index * 16;
    const duration = buffer.readUInt32BE(row);
    const read = {
      duration,
      size: buffer.readUInt32BE(row + 4),
      isKey: (buffer.readUInt32BE(row + 8) & 0x10000) === 0,
      presented: decoded + buffer.readInt32BE(row + 12),
    };
    decoded += duration;
    return read;
  });
  return { time, samples, payload: buffer.subarray(at('mdat')) };
}

const fragmentsOf = (rendition: Rendition): Promise<Parsed[]> =>
  Promise.all(rendition.fragments.map(async (one) => parseFragment(await readFragment(rendition, one))));

describe('reading an MP4 file', () => {
  test('finds the samples that mp4box finds', async () => {
    const file = createFile();
    file.appendBuffer(
      MP4BoxBuffer.fromArrayBuffer(
        sample.buffer.slice(sample.byteOffset, sample.byteOffset + sample.length),
        0,
      ),
    );
    for (const track of await tracksOf(sample)) {
      const expected = file.getTrackSamplesInfo(track.id);
      const isAudio = track.kind === 'audio';
      // The priming frame is left out, which lies before the beginning.
      const kept = isAudio ? expected.slice(1) : expected;
      expect([...track.samples.sizes]).toEqual(kept.map(({ size }) => size));
      expect([...track.samples.offsets]).toEqual(kept.map(({ offset }) => offset));
      expect([...track.samples.keys]).toEqual(kept.map(({ is_sync }) => Number(is_sync)));
      const mediaTime = 1024;
      expect([...track.samples.times]).toEqual(
        kept.map(({ cts, timescale }) => Math.round(((cts - mediaTime) / timescale) * 1e7)),
      );
    }
  });

  test('reads codecs, sizes, rates and channels from the file', async () => {
    expect(await tracksOf(sample)).toMatchObject([
      { kind: 'video', codec: 'avc1.4d400c', width: 320, height: 180, bitrate: 96_968, end: 4e7 },
      { kind: 'audio', codec: 'mp4a.40.2', channels: 1, sampleRate: 48_000 },
    ]);
  });

  test('believes the AudioSpecificConfig that audio is mono, not the sample entry', async () => {
    const { audios } = await open(audio());
    expect(audios[0]?.track.channels).toBe(1);
  });

  test('reads nothing but the moov and the beginning of the file', async () => {
    const bytes = mp4File([video({ size: 5000 })]);
    const file = inMemory(bytes);
    await readMp4(file);
    expect(file.reads).toBeLessThanOrEqual(64 * 1024);
    expect(bytes.length).toBeGreaterThan(500_000);
  });

  test('finds a moov at the end, after a 64-bit mdat, and needs no ftyp', async () => {
    const bytes = mp4File([video()]);
    const moov = bytes.subarray(20, 20 + bytes.readUInt32BE(20));
    const mdat = concat([u32(1), 'mdat', u32(0), u32(16 + 200_000), new Uint8Array(200_000)]);
    expect(await tracksOf(concat([mdat, moov]))).toHaveLength(1);
  });

  test.each<[string, Uint8Array]>([
    ['is not an MP4 file', Buffer.from('just a text, in which no box is')],
    ['is not an MP4 file', new Uint8Array()],
    ['is not a complete MP4 file: it has no moov box', sample.subarray(0, 32)],
    ['is damaged: it ends inside its moov', sample.subarray(0, 2000)],
    ['is damaged: samples lie past the end of the file', sample.subarray(0, 69_000)],
    ['is a fragmented MP4', mp4File([video()], box('mvex'))],
    ['is a fragmented MP4', concat([box('ftyp'), box('moof')])],
    ['has no video and no audio track', mp4File([])],
    [
      'has video of the type "hvc1"; only H.264 (avc1) can be packaged',
      mp4File([video({ entry: avc1('hvc1') })]),
    ],
    ['is encrypted', mp4File([video({ entry: avc1('encv') })])],
    ['has audio of the type "mp4a.6b"; only AAC', mp4File([audio({ entry: mp4a(0x6b, []) })])],
    ['has audio of the type "mp4a.40.34"', mp4File([audio({ entry: mp4a(0x40, [0xf8, 0x40, 0x60, 0]) })])],
    ['has no AudioSpecificConfig', mp4File([audio({ entry: mp4a(0x40, []) })])],
    ['its timescale is 0', mp4File([video({ timescale: 0 })])],
    ['its video has no key frame', mp4File([video({ keys: [] })])],
    ['its duration makes no sense', mp4File([video({ durations: [4e9, 4e9, 4e9] })])],
    ['its edit list starts after the end of the media', mp4File([video({ edits: [[4000, 9999]] })])],
    [
      'an edit list of several parts',
      mp4File([
        video({
          edits: [
            [1000, 0],
            [1000, 2000],
          ],
        }),
      ]),
    ],
  ])('%s', async (reason, bytes) => {
    const opening = openMp4('film.mp4', inMemory(bytes));
    await expect(opening).rejects.toThrow(MediaError);
    await expect(opening).rejects.toThrow(/^film\.mp4 /);
    await expect(opening).rejects.toThrow(reason);
  });

  test('a table that claims 4 billion rows costs neither time nor memory', async () => {
    for (const stsz of [
      fullBox('stsz', 0, 0, u32(1), u32(2 ** 32 - 1)),
      fullBox('stsz', 0, 0, u32(0), u32(2 ** 32 - 1)),
    ]) {
      const bytes = mp4File([video()]);
      const at = bytes.indexOf('stsz', 0, 'latin1') - 4;
      bytes.set(stsz, at);
      await expect(openMp4('film.mp4', inMemory(bytes))).rejects.toThrow(/is damaged/);
    }
  });
});

describe('cutting into fragments', () => {
  test('at key frames 2 s apart, audio at its own frames next to them', async () => {
    const { videos, audios, duration } = await open(video(), audio());
    expect(duration).toBe(40_106_667);
    expect(videos[0]?.fragments.map(({ time, duration: length }) => [time, length])).toEqual([
      [0, 2e7],
      [2e7, 2e7],
    ]);
    expect(audios[0]?.fragments.map(({ from, to, time }) => [from, to, time])).toEqual([
      [0, 94, 0],
      [94, 188, 20_053_333],
    ]);
  });

  test('continues every 2 s where audio is longer than video, and without video', async () => {
    const long = await open(video(), audio({ durations: Array.from({ length: 470 }, () => 1024) }));
    expect(long.audios[0]?.fragments).toHaveLength(5);
    const alone = await open(audio());
    expect(alone.audios[0]?.fragments).toHaveLength(2);
  });

  test('renditions are cut at key frames that all of them have', async () => {
    const some = await tracksOf(mp4File([video({ keys: [0, 25, 50, 75] })]));
    const others = await tracksOf(mp4File([video({ keys: [0, 75], size: 20 })]));
    const { videos } = createPresentation([...some, ...others]);
    expect(videos.map(({ bitrate }) => bitrate)).toEqual([4000, 2000]);
    for (const { fragments } of videos) {
      expect(fragments.map(({ time, from }) => [time, from])).toEqual([
        [0, 0],
        [3e7, 75],
      ]);
    }
  });

  test('renditions without a common beginning are refused', async () => {
    const some = await tracksOf(mp4File([video()]));
    const others = await tracksOf(
      mp4File([
        video({
          edits: [
            [500, -1 >>> 0],
            [4000, 0],
          ],
        }),
      ]),
    );
    expect(() => createPresentation([...some, ...others])).toThrow(/key frames are not at the same times/);
  });

  test('two renditions of the same bit rate get addresses of their own', async () => {
    const tracks = [...(await tracksOf(mp4File([video()]))), ...(await tracksOf(mp4File([video()])))];
    expect(createPresentation(tracks).videos.map(({ bitrate }) => bitrate)).toEqual([2000, 2001]);
  });
});

describe('times', () => {
  // I P B B: shown as I B B P.
  const reordered = { durations: [40, 40, 40, 40], keys: [0], shifts: [80, 160, 0, 0] };

  test('B-frames: shown from 0 by the edit list, decoded from 0, offsets of either sign', async () => {
    const { videos } = await open(video({ ...reordered, edits: [[160, 80]] }));
    const [fragment] = videos[0] ? await fragmentsOf(videos[0]) : [];
    expect(fragment?.time).toBe(0);
    expect(milliseconds(fragment?.samples.map(({ presented }) => presented) ?? [])).toEqual([0, 120, 0, 40]);
  });

  test('without an edit list the first frame is shown when the file says', async () => {
    const { videos } = await open(video(reordered));
    const [fragment] = videos[0] ? await fragmentsOf(videos[0]) : [];
    expect(milliseconds([fragment?.time ?? 0])).toEqual([80]);
    expect(milliseconds(fragment?.samples.map(({ presented }) => presented) ?? [])).toEqual([
      80, 200, 80, 120,
    ]);
  });

  test('an empty edit delays its track', async () => {
    const { videos, audios } = await open(
      video(),
      audio({
        edits: [
          [500, -1 >>> 0],
          [4000, 0],
        ],
      }),
    );
    expect(milliseconds([videos[0]?.fragments[0]?.time ?? -1, audios[0]?.fragments[0]?.time ?? -1])).toEqual([
      0, 500,
    ]);
  });

  test('audio frames before the beginning, the priming of AAC, are left out', async () => {
    const { audios } = await open(audio({ edits: [[4000, 1024]] }));
    expect(audios[0]?.track.samples.sizes).toHaveLength(187);
    expect(audios[0]?.fragments[0]?.time).toBe(0);
  });

  test('an edit list that begins inside a group of pictures: earlier frames rush by, all tracks stay in step', async () => {
    const { videos, audios } = await open(video({ edits: [[2800, 1200]] }), audio());
    const [rendition] = videos;
    // The key frame at 1 s and 4 more frames come before the beginning at 1.2 s, each for 0.1 ms.
    expect(rendition?.track.samples.sizes).toHaveLength(75);
    const [fragment] = rendition ? await fragmentsOf(rendition) : [];
    expect(fragment?.samples[0]?.isKey).toBe(true);
    expect(milliseconds(fragment?.samples.slice(0, 7).map(({ presented }) => presented) ?? [])).toEqual([
      0, 0.1, 0.2, 0.3, 0.4, 0.5, 40.5,
    ]);
    expect(audios[0]?.fragments[0]?.time).toBe(5000);
  });

  test('each fragment ends where the next begins, and every sample is in one of them', async () => {
    const { videos, audios } = await openMp4('sample.mp4', inMemory(sample));
    for (const rendition of [...videos, ...audios]) {
      const fragments = await fragmentsOf(rendition);
      fragments.forEach(({ time, samples, payload }, index) => {
        const end = samples.reduce((sum, { duration }) => sum + duration, time);
        const next = fragments[index + 1];
        if (next !== undefined) expect(end).toBe(next.time);
        expect(payload.length).toBe(samples.reduce((sum, { size }) => sum + size, 0));
        if (rendition.track.kind === 'video') {
          expect(samples.map(({ isKey }) => isKey).indexOf(true)).toBe(0);
        }
      });
      const { sizes, offsets } = rendition.track.samples;
      const stored = Buffer.concat(
        [...sizes].map((size, index) => sample.subarray(offsets[index], (offsets[index] ?? 0) + size)),
      );
      expect(Buffer.concat(fragments.map(({ payload }) => payload)).equals(stored)).toBe(true);
      for (const one of rendition.fragments) {
        expect((await readFragment(rendition, one)).length).toBe(fragmentSize(rendition, one));
      }
    }
  });

  test('rounding to 100 ns does not add up', async () => {
    const { audios } = await open(audio({ durations: Array.from({ length: 4687 }, () => 1024) }));
    expect(audios[0]?.track.end).toBe(Math.round((4687 * 1024 * 1e7) / 48_000));
  });
});

describe('manifests', () => {
  const addresses = {
    playlist: ({ stream, bitrate }: Rendition) => `${stream}_${bitrate}.m3u8`,
    init: ({ stream }: Rendition) => `${stream}.mp4`,
    fragment: ({ stream }: Rendition, { time }: { time: number }) => `${stream}_${time}.m4s`,
  };

  test('HLS: the target duration covers the longest segment, and bandwidths are peaks', async () => {
    const uneven = video({ keys: [0, 60], durations: Array.from({ length: 100 }, () => 41) });
    const presentation = await open(uneven, audio());
    const [rendition] = presentation.videos;
    if (rendition === undefined) throw new Error('no video');
    const media = hlsMedia(rendition, addresses);
    expect(media).toContain('#EXT-X-TARGETDURATION:3\n');
    expect(media).toContain('#EXTINF:2.4600000,\nvideo_0.m4s\n');
    const { peakBitrate } = rendition;
    const audioPeak = presentation.audios[0]?.peakBitrate ?? 0;
    expect(hlsMaster(presentation, addresses)).toContain(`BANDWIDTH=${peakBitrate + audioPeak},`);
  });

  test('HLS: a film of hundreds of thousands of segments has a playlist', async () => {
    const { videos } = await open(video({ keys: [0] }), audio());
    const [rendition] = videos;
    const [fragment] = rendition?.fragments ?? [];
    if (rendition === undefined || fragment === undefined) throw new Error('no video');
    const endless = { ...rendition, fragments: Array.from({ length: 200_000 }, () => fragment) };
    expect(hlsMedia(endless, addresses)).toContain('#EXT-X-ENDLIST');
  });

  test('HLS: an asset with audio only has one variant', async () => {
    expect(hlsMaster(await open(audio()), addresses)).toMatch(
      /#EXT-X-STREAM-INF:BANDWIDTH=\d+.*\naudio_\d+\.m3u8/,
    );
  });

  test('Smooth: names only what is there', async () => {
    const text = smoothManifest(await open(video()));
    expect(text).toContain('CodecPrivateData="000000016742C00A0000000168CE"');
    expect(text).not.toContain('Type="audio"');
  });

  test('an .ism is read back as it was written, names with quotes and ampersands too', async () => {
    const name = `Über "A&B" <1>.mp4`;
    const { videos, audios } = await open(video(), audio());
    const renditions = [...videos, ...audios].map((rendition) => ({ file: name, rendition }));
    expect(readServerManifest(serverManifest('film', renditions))).toEqual({
      formats: 'mp4',
      tracks: [
        { kind: 'video', file: name, trackId: 1 },
        { kind: 'audio', file: name, trackId: 2 },
      ],
    });
  });

  test('the initialization segment is one that mp4box reads', async () => {
    const { videos, audios } = await openMp4('sample.mp4', inMemory(sample));
    const codecs = [...videos, ...audios].map((rendition) => {
      const file = createFile();
      const bytes = Uint8Array.from(initSegment(rendition));
      file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes.buffer, 0));
      const [track] = file.getInfo().tracks;
      return [track?.codec, track?.timescale, track?.video?.width, track?.audio?.channel_count];
    });
    expect(codecs).toEqual([
      ['avc1.4d400c', 1e7, 320, undefined],
      ['mp4a.40.2', 1e7, undefined, 1],
    ]);
  });

  test.each([
    [
      'film.ism is in the format fmp4, not mp4',
      '<smil><head><meta name="formats" content="fmp4"/></head></smil>',
    ],
    [
      'film.ism names other.mp4, which does not exist',
      '<smil><body><switch><video src="other.mp4"/></switch></body></smil>',
    ],
    ['film.mp4 has no audio track', '<smil><body><switch><audio src="film.mp4"/></switch></body></smil>'],
    ['film.ism is not a server manifest', '<html/>'],
    [
      'film.ism names more than 64 tracks',
      `<smil><body><switch>${'<video src="film.mp4"/>'.repeat(65)}</switch></body></smil>`,
    ],
  ])('%s', async (reason, text) => {
    const file = inMemory(mp4File([video()]));
    await expect(
      openServerManifest('film.ism', text, (name) => (name === 'film.mp4' ? file : undefined)),
    ).rejects.toThrow(reason);
  });
});
