/** Every name that the service can list can be read, written and deleted; played by Azurite and Microsoft's SDK. */
import fc from 'fast-check';
import { blobUrlInContainer, deleteBlob, listBlobs, putBlob, readBlobRange } from '../src/storage';
import { openStorageRoom, type StorageRoom } from './helpers/storage';

let room: StorageRoom;
beforeAll(async () => {
  room = await openStorageRoom();
});
afterAll(() => room.close());

/** XML 1.0 section 2.2: what a list can hold, without the carriage return, which an XML parser turns into a line feed,
 * and the backslash, which the service turns into a slash. */
const listable = fc
  .oneof(
    fc.constantFrom(...Array.from('/.-_~ %+&?#"\'<>:;,=@!$()*[]{}|^`\t\n\u007f')),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  )
  .filter((char) => !/[\0-\x08\x0b\x0c\r\x0e-\x1f\\\ufffe\uffff]/.test(char));
const name = fc
  .array(listable, { minLength: 1, maxLength: 20 })
  .map((chars) => chars.join(''))
  .filter((text) => text.trim() === text && !text.split('/').some((part) => part === '.' || part === '..'));

async function roundTrip(blobName: string) {
  const { sasUrl, url } = await room.newContainer();
  for (const [transport, containerUrl] of [
    [room.plain, sasUrl],
    [room.signing, url],
  ] as const) {
    const blobUrl = blobUrlInContainer(containerUrl, blobName);
    const bytes = Buffer.from(blobName);
    await putBlob(transport, blobUrl, bytes);
    const listed: string[] = [];
    for await (const item of listBlobs(transport, containerUrl)) listed.push(item.name);
    expect(listed).toEqual([blobName]);
    const [first = ''] = listed;
    const again = blobUrlInContainer(containerUrl, first);
    expect(Buffer.from(await readBlobRange(transport, again, 0, bytes.length)).toString()).toBe(blobName);
    expect(await deleteBlob(transport, again)).toBe(true);
  }
}

test.each(['a//b.mp4', 'folder/', '/lead.mp4', '//', 'a\nb', '...', 'a.', '%2e%2e', '~', '\u007f'])(
  '%j',
  roundTrip,
);

test('any other', () => fc.assert(fc.asyncProperty(name, roundTrip), { numRuns: 60 }), 240_000);
