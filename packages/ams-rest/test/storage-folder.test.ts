/** Whole folders into one container. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  blobUrlInContainer,
  getBlobProperties,
  listBlobs,
  uploadFolder,
  type ListBlobsOptions,
} from '../src/storage';
import { type Transport } from '../src';
import { blockIdOf, openStorageRoom, recording, someBytes, type StorageRoom } from './helpers/storage';
import { rejection } from './helpers/values';

let room: StorageRoom;
beforeAll(async () => {
  room = await openStorageRoom();
});
afterAll(() => room.close());

async function names(url: string, options?: ListBlobsOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const item of listBlobs(room.plain, url, options))
    found.push(item.kind === 'prefix' ? `${item.name}…` : item.name);
  return found;
}

describe('a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ams-rest-folder-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const BLOCK = 4096;
  const FILES = {
    'été & co.mp4': 0,
    'deep/er/100%.ts': BLOCK,
    'deep/er/large+.ts': 5 * BLOCK + 1,
    'manifest.ism': BLOCK - 1,
    'also large.bin': 3 * BLOCK,
  };

  test('goes up with everything below it, small files side by side, large ones in blocks', async () => {
    for (const [name, size] of Object.entries(FILES)) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), someBytes(size));
    }
    await mkdir(join(folder, 'empty'));
    // Windows lets only administrators make one.
    if (process.platform !== 'win32') await symlink('/etc/hostname', join(folder, 'link'));
    const { sasUrl, theirs } = await room.newContainer();
    const { transport, requests } = recording(room.plain);
    const told: string[] = [];
    const uploaded = await uploadFolder(transport, sasUrl, folder, {
      prefix: 'v1/',
      blockSizeBytes: BLOCK,
      contentTypeOf: (name) => (name.endsWith('.ts') ? 'video/mp2t' : 'application/octet-stream'),
      onFile: ({ blobName }) => told.push(blobName),
    });
    const blobNames = Object.keys(FILES).map((name) => `v1/${name}`);
    expect(uploaded.map(({ blobName }) => blobName)).toEqual([...blobNames].sort());
    expect(told.sort()).toEqual([...blobNames].sort());
    expect((await names(sasUrl)).sort()).toEqual([...blobNames].sort());
    for (const [name, size] of Object.entries(FILES)) {
      const blob = theirs.getBlobClient(`v1/${name}`);
      expect((await getBlobProperties(room.plain, blobUrlInContainer(sasUrl, `v1/${name}`))).sizeBytes).toBe(
        size,
      );
      if (size > 0) expect((await blob.downloadToBuffer()).equals(someBytes(size))).toBe(true);
    }
    expect((await theirs.getBlobClient('v1/deep/er/100%.ts').getProperties()).contentType).toBe('video/mp2t');
    expect(requests.filter((request) => blockIdOf(request) !== '')).toHaveLength(6 + 3);
  });

  test('with a name that no blob can have is refused before anything is sent', async () => {
    await writeFile(join(folder, 'good'), 'x');
    await writeFile(join(folder, 'bad\\name'), 'x');
    const { sasUrl } = await room.newContainer();
    const { transport, requests } = recording(room.plain);
    expect(await rejection(uploadFolder(transport, sasUrl, folder))).toBeInstanceOf(TypeError);
    expect(requests).toHaveLength(0);
  });

  test('stops at the first file that fails', async () => {
    for (let i = 0; i < 30; i++) await writeFile(join(folder, `file-${i}`), 'x');
    const { sasUrl } = await room.newContainer();
    let sent = 0;
    const failing: Transport = (request) => {
      if (++sent > 5) throw new Error('the cable is cut');
      return room.plain(request);
    };
    const error = await rejection(uploadFolder(failing, sasUrl, folder, { parallel: 2 }));
    expect(error.message).toBe('the cable is cut');
    expect(sent).toBeLessThan(10);
  });
});
