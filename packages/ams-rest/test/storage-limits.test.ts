/** How blobs are cut, by size and by the service version that a SAS dictates. No service checks this locally. */
import { bytesSource, readBlobRange, uploadBlob, uploadStream, type ByteSource } from '../src/storage';
import { type Transport } from '../src';
import { blobLimits, blockId, planBlocks } from '../src/storage/block-plan';
import { effectiveVersion } from '../src/storage/sas-url';
import { isCommit, isPutBlock, recording } from './helpers/storage';
import { rejection } from './helpers/values';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const OLD = 'sv=2012-02-12&sr=c&si=p&sig=c2ln';
const url = (sas: string) => `https://account.blob.core.windows.net/asset-1/video.mp4?${sas}`;

/** Says yes to everything without holding it. */
const accepting: Transport = () =>
  Promise.resolve({ status: 201, headers: { etag: '"1"' }, body: new Uint8Array() });

/** Zeros of any length, without the memory. */
function zeros(size: number): ByteSource {
  const block = new Uint8Array(128 * MIB);
  return { size, read: (_, length) => Promise.resolve(block.subarray(0, length)) };
}

async function cut(sas: string, size: number) {
  const { transport, requests } = recording(accepting);
  await uploadBlob(transport, url(sas), zeros(size));
  const blocks = requests.filter(isPutBlock).map(({ body }) => body?.length ?? 0);
  return { blocks, commits: requests.filter(isCommit).length, requests: requests.length };
}

test.each([
  // Genuine Media Services locators: 4 MiB is the largest block.
  [OLD, 4 * MIB - 1, 0],
  [OLD, 4 * MIB, 0],
  [OLD, 4 * MIB + 1, 2],
  [OLD, 64 * MIB + 1, 17],
  ['sv=2013-08-15&sig=c2ln', 8 * MIB, 2],
  // From 2014-02-14 on the version sent decides.
  ['sv=2014-02-14&sig=c2ln', 8 * MIB, 0],
  ['sv=2020-12-06&sig=c2ln', 8 * MIB - 1, 0],
  ['sv=2020-12-06&sig=c2ln', 8 * MIB, 0],
  ['sv=2020-12-06&sig=c2ln', 8 * MIB + 1, 2],
  ['', 24 * MIB, 3],
])('%s, %d bytes: %d blocks', async (sas, size, count) => {
  const { blocks, commits, requests } = await cut(sas, size);
  expect(blocks).toHaveLength(count);
  expect(commits).toBe(count > 0 ? 1 : 0);
  expect(requests).toBe(count + 1);
  if (count > 0) expect(blocks.reduce((sum, length) => sum + length)).toBe(size);
});

test('a stream under an old SAS is cut into 4 MiB too', async () => {
  const { transport, requests } = recording(accepting);
  async function* stream() {
    for (let i = 0; i < 9; i++) yield await Promise.resolve(new Uint8Array(MIB));
  }
  await uploadStream(transport, url(OLD), stream());
  const lengths = requests.filter(isPutBlock).map(({ body }) => body?.length);
  expect(lengths.sort()).toEqual([MIB, 4 * MIB, 4 * MIB]);
});

test('a stream of more than 50 000 blocks is an error, not a truncated blob', async () => {
  const { transport, requests } = recording(accepting);
  async function* stream() {
    for (let i = 0; i < 50_001; i++) yield await Promise.resolve(new Uint8Array(1));
  }
  const upload = uploadStream(transport, url(''), stream(), { blockSizeBytes: 1 });
  expect(await rejection(upload)).toBeInstanceOf(TypeError);
  expect(requests.filter(isCommit)).toHaveLength(0);
});

test('the version in force', () => {
  expect(effectiveVersion(url(OLD), '2019-12-12')).toBe('2012-02-12');
  expect(effectiveVersion(url('sv=2013-08-15'), '2019-12-12')).toBe('2013-08-15');
  expect(effectiveVersion(url('sv=2014-02-14'), '2019-12-12')).toBe('2019-12-12');
  expect(effectiveVersion(url(''), '2019-12-12')).toBe('2019-12-12');
});

test.each([
  ['2012-02-12', 64 * MIB, 4 * MIB],
  ['2015-12-11', 64 * MIB, 4 * MIB],
  ['2016-05-31', 256 * MIB, 100 * MIB],
  ['2019-07-07', 256 * MIB, 100 * MIB],
  ['2019-12-12', 5000 * MIB, 4000 * MIB],
])('limits of %s', (version, maxSinglePut, maxBlock) => {
  expect(blobLimits(version)).toEqual({ maxSinglePut, maxBlock });
});

test('the block grows where 50 000 would not do, up to what the version allows', () => {
  expect(planBlocks(50_000 * 8 * MIB, '2019-12-12')).toEqual({ blockBytes: 8 * MIB, count: 50_000 });
  const larger = planBlocks(50_000 * 8 * MIB + 1, '2019-12-12');
  expect(larger).toEqual({ blockBytes: 8 * MIB + 1, count: 50_000 });
  expect(planBlocks(190 * 1024 * GIB, '2019-12-12').count).toBe(50_000);
  expect(planBlocks(50_000 * 4 * MIB, '2012-02-12')).toEqual({ blockBytes: 4 * MIB, count: 50_000 });
  expect(() => planBlocks(50_000 * 4 * MIB + 1, '2012-02-12')).toThrow(TypeError);
  expect(() => planBlocks(50_000 * 4000 * MIB + 1, '2019-12-12')).toThrow(TypeError);
  expect(planBlocks(1, '2019-12-12', 9000 * MIB).blockBytes).toBe(4000 * MIB);
  expect(() => planBlocks(1, '2019-12-12', 1.5)).toThrow(TypeError);
});

test('block ids are of one length, and within 64 bytes', () => {
  const tag = 'f'.repeat(32);
  const ids = [0, 9, 10, 49_999].map((index) => Buffer.from(blockId(tag, index), 'base64'));
  expect(new Set(ids.map((id) => id.length))).toEqual(new Set([39]));
  expect(blockId(tag, 1)).toMatch(/^[A-Za-z0-9+/]+$/);
});

test('the SAS is in no error', async () => {
  const refusing: Transport = () =>
    Promise.resolve({
      status: 403,
      headers: { 'content-type': 'application/xml' },
      body: Buffer.from(
        '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed.\n' +
          'RequestId:1\nTime:2</Message><AuthenticationErrorDetail>Signature not valid in the specified time frame: Start [A] - Expiry [B] - Current [C]\nmore</AuthenticationErrorDetail></Error>',
      ),
    });
  const secret = 'sv=2012-02-12&sr=c&si=p&sig=dGhlIHNlY3JldA%3D%3D';
  const error = await rejection(uploadBlob(refusing, url(secret), bytesSource(new Uint8Array(1))));
  // No x-ms-error-code: services of that age do not send it.
  expect(error).toMatchObject({
    status: 403,
    code: 'AuthenticationFailed',
    // Which time the SAS had, and what time it is.
    serviceMessage:
      'Server failed. Signature not valid in the specified time frame: Start [A] - Expiry [B] - Current [C]',
  });
  expect(JSON.stringify(error) + error.message).not.toContain('dGhlIHNlY3JldA');
});

test('a block and a range have the time and the room that they need', async () => {
  const { transport, requests } = recording(accepting);
  await uploadBlob(transport, url(''), zeros(200 * MIB), { blockSizeBytes: 100 * MIB, parallel: 1 });
  const blocks = requests.filter(isPutBlock);
  expect(blocks.map(({ timeoutMs }) => timeoutMs)).toEqual([100 * MIB, 100 * MIB].map((bytes) => bytes / 32));
  const ranges = recording(({ headers }) =>
    Promise.resolve({
      status: 206,
      headers: { 'content-range': `${(headers['range'] ?? '').replace('=', ' ')}/${100 * MIB}` },
      body: new Uint8Array(100 * MIB),
    }),
  );
  await readBlobRange(ranges.transport, url(''), 0, 100 * MIB);
  expect(ranges.requests[0]).toMatchObject({ timeoutMs: (100 * MIB) / 32, maxResponseBytes: 100 * MIB });
});
