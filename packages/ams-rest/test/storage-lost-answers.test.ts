/** Uploads whose answers get lost, and “only if new”, which must not mistake its own blob for another's. */
import { blobUrlInContainer, bytesSource, putBlob, uploadBlob } from '../src/storage';
import { NetworkError, ServiceError, type HttpRequest, type Transport } from '../src';
import {
  blockIdOf,
  isCommit,
  isPutBlock,
  openStorageRoom,
  recording,
  someBytes,
  type StorageRoom,
} from './helpers/storage';
import { rejection } from './helpers/values';

const BLOCK = 64 * 1024;
/** Retries without waiting. */
const retry = { baseDelayMs: 1, maxDelayMs: 1 };

let room: StorageRoom;
beforeAll(async () => {
  room = await openStorageRoom();
});
afterAll(() => room.close());

async function target() {
  const { sasUrl, theirs } = await room.newContainer();
  const blob = theirs.getBlobClient('video.mp4');
  return { url: blobUrlInContainer(sasUrl, 'video.mp4'), blob, read: () => blob.downloadToBuffer() };
}

describe('when answers get lost', () => {
  /** Lets the service carry out what `which` selects, and loses the first answer to each. */
  function losing(which: (request: HttpRequest) => boolean): Transport {
    const lost = new Set<string>();
    return async (request) => {
      const answer = await room.plain(request);
      const name = blockIdOf(request) || request.method;
      if (!which(request) || lost.has(name)) return answer;
      lost.add(name);
      throw new NetworkError({ ...request, reason: 'connection reset', maybeSent: true });
    };
  }

  test('a block is sent again with the same id', async () => {
    const { url, read } = await target();
    const { transport, requests } = recording(losing(isPutBlock));
    const bytes = someBytes(4 * BLOCK + 5);
    await uploadBlob(transport, url, bytesSource(bytes), { blockSizeBytes: BLOCK, retry });
    expect(requests.filter(isPutBlock)).toHaveLength(10);
    expect(new Set(requests.filter(isPutBlock).map(blockIdOf)).size).toBe(5);
    expect((await read()).equals(bytes)).toBe(true);
  });

  test('the commit is repeated and names the latest blocks', async () => {
    const { url, read } = await target();
    const { transport, requests } = recording(losing(isCommit));
    const bytes = someBytes(2 * BLOCK);
    await uploadBlob(transport, url, bytesSource(bytes), { blockSizeBytes: BLOCK, retry });
    expect(requests.filter(isCommit)).toHaveLength(2);
    expect(String(requests.find(isCommit)?.body)).toMatch(
      /^<\?xml[^>]*><BlockList>(<Latest>[^<]+<\/Latest>){2}<\/BlockList>$/,
    );
    expect((await read()).equals(bytes)).toBe(true);
  });

  test.each([1, BLOCK + 1])('“only if new” knows its own blob of %d bytes again', async (size) => {
    const { url, blob, read } = await target();
    const bytes = someBytes(size);
    const options = { blockSizeBytes: BLOCK, overwrite: false, retry };
    const { etag } = await uploadBlob(losing(isCommit), url, bytesSource(bytes), options);
    expect((await read()).equals(bytes)).toBe(true);
    expect(etag).toBe((await blob.getProperties()).etag);
  });

  test('“only if new” does not take another’s blob for its own', async () => {
    const { url, read } = await target();
    const other = someBytes(2 * BLOCK).reverse();
    // Somebody else commits while our first commit gets lost before it is carried out.
    let raced = false;
    const racing: Transport = async (request) => {
      if (!isCommit(request) || raced) return room.plain(request);
      raced = true;
      await uploadBlob(room.plain, url, bytesSource(other), { blockSizeBytes: BLOCK });
      throw new NetworkError({ ...request, reason: 'connection reset', maybeSent: true });
    };
    const options = { blockSizeBytes: BLOCK, overwrite: false, retry };
    const error = await rejection(uploadBlob(racing, url, bytesSource(someBytes(2 * BLOCK)), options));
    expect(error).toMatchObject({ name: 'ServiceError', code: 'BlobAlreadyExists', attempts: 2 });
    expect((await read()).equals(other)).toBe(true);
  });
});

test.each([0, 1, BLOCK + 1])('“only if new” of %d bytes leaves an existing blob alone', async (size) => {
  const { url, read } = await target();
  await putBlob(room.plain, url, Buffer.from('first'));
  const options = { blockSizeBytes: BLOCK, overwrite: false, retry };
  const error = await rejection(uploadBlob(room.plain, url, bytesSource(someBytes(size)), options));
  expect(error).toBeInstanceOf(ServiceError);
  expect(error).toMatchObject({ status: 409, code: 'BlobAlreadyExists', attempts: 1 });
  expect(String(await read())).toBe('first');
});
