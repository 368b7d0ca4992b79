/** Uploads to a real Azurite, read back by Microsoft's SDK. */
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  blobSource,
  blobUrlInContainer,
  bytesSource,
  fileSource,
  uploadBlob,
  uploadStream,
} from '../src/storage';
import { type Transport } from '../src';
import { openStorageRoom, recording, someBytes, type StorageRoom } from './helpers/storage';
import { rejection } from './helpers/values';

const BLOCK = 64 * 1024;
const SIZES = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 1, 3 * BLOCK, 3 * BLOCK + 1, 10 * BLOCK + 7];
/** Retries without waiting. */
const retry = { baseDelayMs: 1, maxDelayMs: 1 };

let room: StorageRoom;
let folder: string;
beforeAll(async () => {
  room = await openStorageRoom();
  folder = await mkdtemp(join(tmpdir(), 'ams-rest-upload-'));
});
afterAll(async () => {
  await room.close();
  await rm(folder, { recursive: true });
});

async function target(blobName = 'video.mp4') {
  const { sasUrl, theirs } = await room.newContainer();
  const blob = theirs.getBlobClient(blobName);
  return { url: blobUrlInContainer(sasUrl, blobName), blob, read: () => blob.downloadToBuffer() };
}

/** A stream in chunks that fit no block. */
async function* inChunks(bytes: Uint8Array, chunk = 10_007): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += chunk) {
    yield Buffer.alloc(0);
    yield await Promise.resolve(bytes.subarray(i, i + chunk));
  }
}

const sources = {
  path: async (url: string, bytes: Buffer) => {
    const path = join(folder, 'file');
    await writeFile(path, bytes);
    const source = await fileSource(path);
    try {
      return await uploadBlob(room.plain, url, source, { blockSizeBytes: BLOCK });
    } finally {
      await source.close();
    }
  },
  bytes: (url: string, bytes: Buffer) =>
    uploadBlob(room.plain, url, bytesSource(bytes), { blockSizeBytes: BLOCK }),
  Blob: (url: string, bytes: Buffer) =>
    uploadBlob(room.plain, url, blobSource(new Blob([bytes])), { blockSizeBytes: BLOCK }),
  'async iterable': (url: string, bytes: Buffer) =>
    uploadStream(room.plain, url, inChunks(bytes), { blockSizeBytes: BLOCK }),
  'Node stream': (url: string, bytes: Buffer) =>
    uploadStream(room.plain, url, Readable.from(inChunks(bytes, 100_003)), { blockSizeBytes: BLOCK }),
  'web stream': (url: string, bytes: Buffer) =>
    uploadStream(room.plain, url, new Blob([bytes]).stream(), { blockSizeBytes: BLOCK }),
};

describe.each(Object.entries(sources))('from a %s', (_, upload) => {
  test.each(SIZES)('%d bytes arrive as they are', async (size) => {
    const { url, read } = await target();
    const bytes = someBytes(size);
    const result = await upload(url, bytes);
    expect(result).toMatchObject({ sizeBytes: size, resumedBytes: 0 });
    expect(result.blocks).toBe(size <= BLOCK ? 0 : Math.ceil(size / BLOCK));
    expect((await read()).equals(bytes)).toBe(true);
  });
});

test('content headers and metadata go with a single put and with blocks', async () => {
  const options = {
    contentType: 'video/mp4',
    contentEncoding: 'identity',
    contentLanguage: 'fr',
    contentDisposition: 'inline',
    cacheControl: 'max-age=60',
    metadata: { asset: 'nb:cid:UUID:1', Name_2: 'a b' },
    blockSizeBytes: BLOCK,
  };
  for (const size of [BLOCK, BLOCK + 1]) {
    const { url, blob } = await target();
    const { etag } = await uploadBlob(room.plain, url, bytesSource(someBytes(size)), options);
    expect(await blob.getProperties()).toMatchObject({
      contentType: 'video/mp4',
      contentEncoding: 'identity',
      contentLanguage: 'fr',
      contentDisposition: 'inline',
      cacheControl: 'max-age=60',
      metadata: { asset: 'nb:cid:UUID:1', name_2: 'a b' },
      etag,
    });
  }
  const { url } = await target();
  const bad = uploadBlob(room.plain, url, bytesSource(someBytes(1)), { metadata: { 'a-b': 'x' } });
  expect(await rejection(bad)).toBeInstanceOf(TypeError);
});

test('a content type that would begin another header is refused', async () => {
  const { url } = await target();
  const contentType = 'video/mp4\r\nx-evil: 1';
  const nobody: Transport = () => Promise.reject(new Error('it was sent'));
  const sent = uploadBlob(nobody, url, bytesSource(someBytes(3)), { contentType });
  expect(await rejection(sent)).toBeInstanceOf(TypeError);
});

test('progress counts bytes up to the whole', async () => {
  const { url } = await target();
  const seen: number[] = [];
  await uploadBlob(room.plain, url, bytesSource(someBytes(5 * BLOCK + 1)), {
    blockSizeBytes: BLOCK,
    onProgress: ({ sentBytes, totalBytes }) => {
      expect(totalBytes).toBe(5 * BLOCK + 1);
      seen.push(sentBytes);
    },
  });
  expect(seen).toHaveLength(6);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(5 * BLOCK + 1);
});

test('as many blocks are under way as asked for, in as many pieces of memory', async () => {
  const { url } = await target();
  const path = join(folder, 'many-blocks');
  await writeFile(path, someBytes(20 * BLOCK));
  const source = await fileSource(path);
  const memory = new Set<ArrayBufferLike>();
  let underway = 0;
  let most = 0;
  const watching: Transport = async (request) => {
    if (request.body instanceof Uint8Array) memory.add(request.body.buffer);
    most = Math.max(most, ++underway);
    try {
      return await room.plain(request);
    } finally {
      underway--;
    }
  };
  await uploadBlob(watching, url, source, { blockSizeBytes: BLOCK, parallel: 3 });
  await source.close();
  expect(most).toBe(3);
  expect(memory.size).toBe(3);
});

test.each([BLOCK, 3 * BLOCK])('a wrong MD5 is refused, %d bytes', async (size) => {
  const { url, blob } = await target();
  const corrupting: Transport = (request) => {
    if (!(request.body instanceof Uint8Array)) return room.plain(request);
    const body = Buffer.from(request.body);
    body[0] = (body[0] ?? 0) ^ 1;
    return room.plain({ ...request, body });
  };
  const options = { blockSizeBytes: BLOCK, md5: true, retry };
  expect(await rejection(uploadBlob(corrupting, url, bytesSource(someBytes(size)), options))).toMatchObject({
    status: 400,
  });
  expect(await blob.exists()).toBe(false);
  await uploadBlob(room.plain, url, bytesSource(someBytes(size)), options);
  expect(await blob.exists()).toBe(true);
});

test('an abort rejects with its reason, and leaves no half blob', async () => {
  const { url, blob } = await target();
  const controller = new AbortController();
  const reason = new Error('enough');
  const { transport, requests } = recording(room.plain);
  const upload = uploadBlob(transport, url, bytesSource(someBytes(50 * BLOCK)), {
    blockSizeBytes: BLOCK,
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  expect(await rejection(upload)).toBe(reason);
  const sent = requests.length;
  expect(sent).toBeLessThan(50);
  expect(await blob.exists()).toBe(false);
  expect(requests).toHaveLength(sent);
});

test('an abort ends the wait for a stream that is stuck', async () => {
  const { url } = await target();
  const controller = new AbortController();
  const stuck = new Readable({ read: () => undefined });
  stuck.push(someBytes(BLOCK + 1));
  const upload = uploadStream(room.plain, url, stuck, {
    blockSizeBytes: BLOCK,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  expect((await rejection(upload)).message).toBe('enough');
  stuck.destroy();
});

test('a stream that breaks leaves no blob, short as it may be', async () => {
  for (const good of [10, 3 * BLOCK]) {
    const { url, blob } = await target();
    async function* breaking() {
      yield* inChunks(someBytes(good));
      throw new Error('the disk is gone');
    }
    const upload = uploadStream(room.plain, url, breaking(), { blockSizeBytes: BLOCK });
    expect((await rejection(upload)).message).toBe('the disk is gone');
    expect(await blob.exists()).toBe(false);
  }
});

test('a stream of text is refused', async () => {
  const { url } = await target();
  const text = Readable.from(['text']) as AsyncIterable<Uint8Array>;
  expect(await rejection(uploadStream(room.plain, url, text))).toBeInstanceOf(TypeError);
});

test.each([
  ['becomes shorter', (path: string) => truncate(path, 3 * BLOCK)],
  ['grows', (path: string) => appendFile(path, 'more')],
  ['is written to in place', (path: string) => writeFile(path, someBytes(8 * BLOCK).reverse())],
])('a file that %s while it is uploaded is an error and no blob', async (_, change) => {
  const { url, blob } = await target();
  const path = join(folder, 'changing');
  await writeFile(path, someBytes(8 * BLOCK));
  // A file system may keep times no finer than a timer tick.
  await utimes(path, 1, 1);
  const source = await fileSource(path);
  const changing: Transport = async (request) => {
    if (request.url.includes('comp=block&')) await change(path);
    return room.plain(request);
  };
  const upload = uploadBlob(changing, url, source, { blockSizeBytes: BLOCK, parallel: 1 });
  expect((await rejection(upload)).message).toMatch('was changed while it was being read');
  await source.close();
  expect(await blob.exists()).toBe(false);
});

test('a file replaced by another of its name is uploaded as it was', async () => {
  const { url, blob } = await target();
  const path = join(folder, 'replaced');
  const bytes = someBytes(8 * BLOCK);
  await writeFile(path, bytes);
  const source = await fileSource(path);
  await writeFile(`${path}.new`, someBytes(8 * BLOCK).reverse());
  await rename(`${path}.new`, path);
  await uploadBlob(room.plain, url, source, { blockSizeBytes: BLOCK });
  await source.close();
  expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
});

const onUnix = process.platform === 'win32' ? test.skip : test;
onUnix('a named pipe is refused, though nobody writes to it', async () => {
  const path = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [path]);
  expect(await rejection(fileSource(path))).toBeInstanceOf(TypeError);
});

test('a live stream that is silent does not hold back the failure of a block', async () => {
  const { url } = await target();
  let released = false;
  const stream: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => {
      let chunks = 0;
      return {
        // Two blocks, and then nothing for ever.
        next: () =>
          chunks++ < 2
            ? Promise.resolve({ done: false, value: someBytes(BLOCK) })
            : new Promise<IteratorResult<Uint8Array>>(() => undefined),
        return: () => {
          released = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
  const refusing: Transport = (request) =>
    Promise.resolve({
      status: 403,
      headers: { 'x-ms-error-code': 'AuthorizationFailure' },
      body: new Uint8Array(),
    }).then((response) => (request.url.includes('comp=block&') ? response : room.plain(request)));
  const upload = uploadStream(refusing, url, stream, { blockSizeBytes: BLOCK });
  expect(await rejection(upload)).toMatchObject({ status: 403, code: 'AuthorizationFailure' });
  expect(released).toBe(true);
});

test('what is not a file, an https address or a block size is refused', async () => {
  const { url } = await target();
  expect(await rejection(fileSource(folder))).toBeInstanceOf(TypeError);
  const source = bytesSource(someBytes(3));
  expect(await rejection(uploadBlob(room.plain, 'http://host.example/c/b', source))).toBeInstanceOf(
    TypeError,
  );
  expect(await rejection(uploadBlob(room.plain, url, source, { blockSizeBytes: 0 }))).toBeInstanceOf(
    TypeError,
  );
  const none = uploadBlob(room.plain, url, source, { blockSizeBytes: 1, parallel: 0 });
  expect(await rejection(none)).toBeInstanceOf(TypeError);
});
