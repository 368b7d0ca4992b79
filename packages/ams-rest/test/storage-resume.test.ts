/** Uploads and downloads that break off and are done again. */
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  blobUrlInContainer,
  bytesSource,
  downloadToFile,
  fileSource,
  getBlobProperties,
  putBlob,
  serviceSas,
  uploadBlob,
  uploadStream,
} from '../src/storage';
import { partialPath } from '../src/storage/download';
import { type HttpRequest, type Transport } from '../src';
import { azuriteAccount } from './helpers/azurite-process';
import { killAfter } from './helpers/kill-after';
import {
  isCommit,
  isPutBlock,
  openStorageRoom,
  recording,
  someBytes,
  type StorageRoom,
} from './helpers/storage';
import { rejection } from './helpers/values';

const BLOCK = 64 * 1024;
/** For a test that compiles and starts a program, on a machine that may be busy. */
const KILLED_MS = 180_000;
const retry = { maxRetries: 0 };

let room: StorageRoom;
let folder: string;
beforeAll(async () => {
  room = await openStorageRoom();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ams-rest-resume-'));
});
afterEach(() => rm(folder, { recursive: true }));
afterAll(() => room.close());

async function target() {
  const { sasUrl, url, theirs } = await room.newContainer();
  const blob = theirs.getBlobClient('video.mp4');
  return { url: blobUrlInContainer(sasUrl, 'video.mp4'), container: url, blob };
}

/** Works until it has carried out `count` of the requests that `which` selects, and then no more. */
function breakingAfter(count: number, which: (request: HttpRequest) => boolean): Transport {
  let done = 0;
  return async (request) => {
    if (which(request) && done++ >= count) throw new Error('the cable is cut');
    return room.plain(request);
  };
}

describe('an upload', () => {
  // One at a time while it breaks: what is under way beside the failure is given up.
  const options = { blockSizeBytes: BLOCK, resumable: true, parallel: 1, retry };

  test('goes on where it broke off', async () => {
    const { url, blob } = await target();
    const bytes = someBytes(10 * BLOCK + 3);
    const broken = uploadBlob(breakingAfter(6, isPutBlock), url, bytesSource(bytes), options);
    expect((await rejection(broken)).message).toBe('the cable is cut');
    expect(await blob.exists()).toBe(false);

    const { transport, requests } = recording(room.plain);
    const progress: number[] = [];
    const result = await uploadBlob(transport, url, bytesSource(bytes), {
      ...options,
      onProgress: ({ sentBytes }) => progress.push(sentBytes),
    });
    expect(result).toMatchObject({ blocks: 11, resumedBytes: 6 * BLOCK });
    expect(requests.filter(isPutBlock)).toHaveLength(5);
    expect(progress.at(-1)).toBe(bytes.length);
    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
  });

  test('sends again what was changed meanwhile', async () => {
    const { url, blob } = await target();
    const bytes = someBytes(8 * BLOCK);
    await rejection(uploadBlob(breakingAfter(6, isPutBlock), url, bytesSource(bytes), options));
    bytes[2 * BLOCK + 17] = 1 ^ (bytes[2 * BLOCK + 17] ?? 0);
    const result = await uploadBlob(room.plain, url, bytesSource(bytes), options);
    expect(result.resumedBytes).toBe(5 * BLOCK);
    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
  });

  test('of a stream goes on too', async () => {
    const { url, blob } = await target();
    const bytes = someBytes(8 * BLOCK);
    const stream = () => new Blob([bytes]).stream();
    await rejection(uploadStream(breakingAfter(5, isPutBlock), url, stream(), options));
    expect(await uploadStream(room.plain, url, stream(), options)).toMatchObject({ resumedBytes: 5 * BLOCK });
    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
  });

  test('that broke off after the commit finds its own blob, even when only a new one may be made', async () => {
    const { url, blob } = await target();
    const bytes = someBytes(3 * BLOCK);
    const onlyNew = { ...options, overwrite: false };
    const silent: Transport = async (request) => {
      const answer = await room.plain(request);
      if (isCommit(request)) throw new Error('the cable is cut');
      return answer;
    };
    await rejection(uploadBlob(silent, url, bytesSource(bytes), onlyNew));
    const { etag } = await uploadBlob(room.plain, url, bytesSource(bytes), onlyNew);
    expect(etag).toBe((await blob.getProperties()).etag);
    const other = uploadBlob(room.plain, url, bytesSource(someBytes(3 * BLOCK).reverse()), onlyNew);
    expect(await rejection(other)).toMatchObject({ status: 409, code: 'BlobAlreadyExists' });
  });

  test('says so when the SAS may not look at what is there', async () => {
    const { container } = await target();
    const name = new URL(container).pathname.split('/').at(-1) ?? '';
    const sas = serviceSas(azuriteAccount, { container: name }, { sp: 'w', se: '2035-01-01T00:00:00Z' });
    const source = bytesSource(someBytes(2 * BLOCK));
    const upload = uploadBlob(room.plain, `${container}/video.mp4?${sas}`, source, options);
    expect(await rejection(upload)).toMatchObject({ status: 403, code: 'AuthorizationPermissionMismatch' });
  });

  test(
    'whose process was killed goes on in another',
    async () => {
      const { url, blob } = await target();
      const path = join(folder, 'video.mp4');
      const bytes = someBytes(200 * BLOCK);
      await writeFile(path, bytes);
      const last = Number(await killAfter(20, 'upload-and-tell.ts', [url, path, String(BLOCK)]));
      expect(last).toBe(20 * BLOCK);
      expect(await blob.exists()).toBe(false);

      const source = await fileSource(path);
      const result = await uploadBlob(room.plain, url, source, options);
      await source.close();
      expect(result.resumedBytes).toBeGreaterThanOrEqual(20 * BLOCK);
      expect(result.resumedBytes).toBeLessThan(200 * BLOCK);
      expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
    },
    KILLED_MS,
  );
});

describe('a download', () => {
  const options = { rangeSizeBytes: BLOCK, parallel: 3, retry };
  const isRange = ({ method }: { method: string }) => method === 'GET';

  async function existing(size: number) {
    const { url, blob } = await target();
    const bytes = someBytes(size);
    await putBlob(room.plain, url, bytes);
    const path = join(folder, 'copy.mp4');
    return { url, blob, bytes, path };
  }

  test.each([0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 7 * BLOCK + 5])('of %d bytes', async (size) => {
    const { url, bytes, path } = await existing(size);
    const progress: number[] = [];
    const blob = await downloadToFile(room.plain, url, path, {
      ...options,
      onProgress: ({ receivedBytes }) => progress.push(receivedBytes),
    });
    expect(blob.sizeBytes).toBe(size);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(progress.at(-1)).toBe(size);
    expect(await readdir(folder)).toEqual(['copy.mp4']);
  });

  test('goes on where it broke off', async () => {
    const { url, bytes, path } = await existing(10 * BLOCK + 1);
    await rejection(downloadToFile(breakingAfter(6, isRange), url, path, options));
    expect(existsSync(path)).toBe(false);
    const { etag } = await getBlobProperties(room.plain, url);
    expect((await stat(partialPath(path, etag))).size).toBe(6 * BLOCK);

    const { transport, requests } = recording(room.plain);
    await downloadToFile(transport, url, path, { ...options, verifyMd5: true });
    expect(requests.filter(isRange)).toHaveLength(5);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(await readdir(folder)).toEqual(['copy.mp4']);
  });

  test(
    'whose process was killed goes on in another',
    async () => {
      const { url, bytes, path } = await existing(200 * BLOCK);
      const last = Number(await killAfter(20, 'download-and-tell.ts', [url, path, String(BLOCK)]));
      expect(last).toBe(19 * BLOCK);
      const progress: number[] = [];
      await downloadToFile(room.plain, url, path, {
        ...options,
        onProgress: ({ receivedBytes }) => progress.push(receivedBytes),
      });
      expect(progress[0]).toBeGreaterThanOrEqual(last);
      expect((await readFile(path)).equals(bytes)).toBe(true);
    },
    KILLED_MS,
  );

  test('of a blob that is changed while it is read fails and leaves nothing behind', async () => {
    const { url, path } = await existing(10 * BLOCK);
    let ranges = 0;
    const racing: Transport = async (request) => {
      if (isRange(request) && ++ranges === 6) await putBlob(room.plain, url, someBytes(10 * BLOCK).reverse());
      return room.plain(request);
    };
    const error = await rejection(downloadToFile(racing, url, path, options));
    expect(error).toMatchObject({ name: 'ServiceError', status: 412, code: 'ConditionNotMet' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('of a blob that was changed since starts from the beginning', async () => {
    const { url, path } = await existing(10 * BLOCK);
    await rejection(downloadToFile(breakingAfter(6, isRange), url, path, options));
    const changed = someBytes(10 * BLOCK).reverse();
    await putBlob(room.plain, url, changed);
    await downloadToFile(room.plain, url, path, options);
    expect((await readFile(path)).equals(changed)).toBe(true);
  });

  test('with bytes that are not the blob’s is found out by MD5', async () => {
    const { url, path } = await existing(3 * BLOCK);
    const corrupting: Transport = async (request) => {
      const answer = await room.plain(request);
      if (answer.body.length > 0) answer.body[0] = (answer.body[0] ?? 0) ^ 1;
      return answer;
    };
    const error = await rejection(downloadToFile(corrupting, url, path, { ...options, verifyMd5: true }));
    expect(error).toMatchObject({ name: 'ProtocolError' });
    expect(error.message).toMatch('MD5');
    expect(await readdir(folder)).toEqual([]);
  });

  test('whose partial file was tampered with is found out by the MD5 of the whole', async () => {
    const { url, path } = await existing(4 * BLOCK);
    const { etag } = await getBlobProperties(room.plain, url);
    await writeFile(partialPath(path, etag), Buffer.alloc(BLOCK));
    const error = await rejection(downloadToFile(room.plain, url, path, { ...options, verifyMd5: true }));
    expect(error).toMatchObject({ name: 'ProtocolError' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('of less than was asked for is not taken for the whole', async () => {
    const { url, path } = await existing(3 * BLOCK);
    const short: Transport = async (request) => {
      const answer = await room.plain(request);
      return isRange(request) ? { ...answer, body: answer.body.subarray(1) } : answer;
    };
    expect(await rejection(downloadToFile(short, url, path, options))).toMatchObject({
      name: 'ProtocolError',
    });
  });

  test.each([false, true])(
    'keeps what it has when a range is garbage, MD5 checked: %s',
    async (verifyMd5) => {
      const { url, bytes, path } = await existing(10 * BLOCK);
      let ranges = 0;
      const garbling: Transport = async (request) => {
        const answer = await room.plain(request);
        return isRange(request) && ++ranges > 6 ? { ...answer, body: Buffer.from('<html>') } : answer;
      };
      const error = await rejection(downloadToFile(garbling, url, path, { ...options, verifyMd5 }));
      expect(error).toMatchObject({ name: 'ProtocolError' });
      const { etag } = await getBlobProperties(room.plain, url);
      expect((await readFile(partialPath(path, etag))).equals(bytes.subarray(0, 6 * BLOCK))).toBe(true);
      const { transport, requests } = recording(room.plain);
      await downloadToFile(transport, url, path, { ...options, verifyMd5 });
      expect(requests.filter(isRange)).toHaveLength(4);
      expect((await readFile(path)).equals(bytes)).toBe(true);
    },
  );

  test.each([235, 255])('to a name of %d bytes', async (length) => {
    const { url, bytes } = await existing(2 * BLOCK);
    const path = join(folder, 'n'.repeat(length));
    await downloadToFile(room.plain, url, path, options);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  test.each([false, true])(
    'beside others of the same blob to the same path, MD5 checked: %s',
    async (verifyMd5) => {
      const { url, bytes, path } = await existing(40 * BLOCK);
      const all = await Promise.all(
        Array.from({ length: 5 }, () => downloadToFile(room.plain, url, path, { ...options, verifyMd5 })),
      );
      expect(all).toHaveLength(5);
      expect((await readFile(path)).equals(bytes)).toBe(true);
      expect(await readdir(folder)).toEqual(['copy.mp4']);
    },
  );

  test('that starts while another is under way continues its beginning, which goes on growing', async () => {
    const { url, bytes, path } = await existing(20 * BLOCK);
    let second: Promise<unknown> | undefined;
    await downloadToFile(room.plain, url, path, {
      ...options,
      verifyMd5: true,
      onProgress: ({ receivedBytes }) => {
        if (receivedBytes >= 5 * BLOCK)
          second ??= downloadToFile(room.plain, url, path, { ...options, verifyMd5: true });
      },
    });
    await second;
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(await readdir(folder)).toEqual(['copy.mp4']);
  });

  test('beside one of another blob to the same path has its own partial file', async () => {
    const [one, other] = [await existing(9 * BLOCK), await existing(9 * BLOCK + 1)];
    await Promise.all([one, other].map(({ url, path }) => downloadToFile(room.plain, url, path, options)));
    const read = await readFile(one.path);
    expect(read.equals(one.bytes) || read.equals(other.bytes)).toBe(true);
    expect(await readdir(folder)).toEqual(['copy.mp4']);
  });

  const onLinux = existsSync('/dev/full') ? test : test.skip;
  onLinux('onto a full disk says so, and leaves no file that looks complete', async () => {
    const { url, path } = await existing(3 * BLOCK);
    const { etag } = await getBlobProperties(room.plain, url);
    await symlink('/dev/full', partialPath(path, etag));
    const { transport, requests } = recording(room.plain);
    expect(await rejection(downloadToFile(transport, url, path, options))).toMatchObject({ code: 'ENOSPC' });
    expect(existsSync(path)).toBe(false);
    expect(requests.length).toBeLessThanOrEqual(1 + options.parallel);
  });

  test('aborted comes back as its own reason', async () => {
    const { url, path } = await existing(30 * BLOCK);
    const controller = new AbortController();
    const reason = new Error('enough');
    const download = downloadToFile(room.plain, url, path, {
      ...options,
      signal: controller.signal,
      onProgress: ({ receivedBytes }) => {
        if (receivedBytes > 0) controller.abort(reason);
      },
    });
    expect(await rejection(download)).toBe(reason);
    expect(existsSync(path)).toBe(false);
  });

  test('of what is not there is a 404 and makes no file', async () => {
    const { url } = await target();
    const error = await rejection(downloadToFile(room.plain, url, join(folder, 'copy.mp4'), options));
    expect(error).toMatchObject({ status: 404, code: 'BlobNotFound' });
    expect(await readdir(folder)).toEqual([]);
  });
});
