/** The order in which Shared Key signs headers, against the comparator in Microsoft's SDK. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { sharedKeyCanonicalizedHeaders, createContainer, putBlob } from '../src/storage';
import { openStorageRoom } from './helpers/storage';

/** The SDK keeps it inside; a header may have these characters (RFC 9110 section 5.6.2), all in lower case. */
const compareHeader = (() => {
  const fromSdk = createRequire(require.resolve('@azure/storage-blob'));
  const common = dirname(fromSdk.resolve('@azure/storage-common'));
  const file = join(common, 'utils/SharedKeyComparator.js');
  if (!readdirSync(dirname(file)).includes('SharedKeyComparator.js')) throw new Error('the SDK has moved it');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path that only this machine knows
  return (require(file) as { compareHeader: (a: string, b: string) => number }).compareHeader;
})();
const ALPHABET = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";

const ours = (names: readonly string[]) =>
  sharedKeyCanonicalizedHeaders(names.map((name) => [`x-ms-meta-${name}`, '']))
    .split(':\n')
    .slice(0, -1)
    .map((line) => line.slice('x-ms-meta-'.length));
const theirs = (names: readonly string[]) =>
  names
    .map((name) => `x-ms-meta-${name}`)
    .sort(compareHeader)
    .map((name) => name.slice('x-ms-meta-'.length));

test('all pairs of the header alphabet sort as in the SDK, as names and inside names', () => {
  const characters = Array.from(ALPHABET);
  for (const a of characters)
    for (const b of characters)
      if (a !== b)
        for (const pair of [
          [a, b],
          [`i${a}`, `i${b}`],
          [`${a}z`, `${b}a`],
          [`a${a}b${b}`, `a${b}b${a}`],
          [`i${a}`, 'i'],
          [`a${a}b`, `ab${a}`],
        ])
          if (pair[0] !== pair[1]) expect([pair, ours(pair)]).toEqual([pair, theirs(pair)]);
});

test('names of three characters, of those that the order treats differently', () => {
  const some = Array.from("-'_09az");
  const names = some.flatMap((a) => some.flatMap((b) => some.map((c) => a + b + c)));
  for (let i = 0; i < names.length; i++)
    for (let j = i + 1; j < names.length; j++) {
      const pair = [names[i] ?? '', names[j] ?? ''];
      expect([pair, ours(pair)]).toEqual([pair, theirs(pair)]);
    }
});

test('a service that sorts so accepts metadata whose names differ by _ and a digit', async () => {
  const room = await openStorageRoom();
  try {
    const { url } = await room.newContainer();
    await createContainer(room.signing, `${url}-x`);
    const metadata = { i0: '1', i_: '2', a_b: '3', ab: '4', a0b: '5' };
    await putBlob(room.signing, `${url}/b`, new Uint8Array(1), { metadata });
  } finally {
    await room.close();
  }
});
