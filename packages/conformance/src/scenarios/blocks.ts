/** Uploads of several blocks, on the real Blob Storage of the local Azure (level storage). */
import { inTurn } from '../rules';
import { firstLines, type Scenario, type Stage } from '../scenario';
import { putContainer, readBlob } from '../local-azure';
import type { Arrived, Reply } from '../wire';

export const NAME = 'été/a+b (1).mp4';
export const storageRequests = ({ wire }: Stage) => wire.arrived.filter(({ place }) => place === 'storage');
const parameters = ({ target }: Arrived) => new URL(target, 'http://x').searchParams;
const isBlock = (request: Arrived) =>
  request.place === 'storage' && parameters(request).get('comp') === 'block';
const isList = (request: Arrived) =>
  request.place === 'storage' && parameters(request).get('comp') === 'blocklist';

/** Bytes in which no two blocks are alike: a linear congruential generator. */
export function content(size: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state >>> 24;
    }),
  );
}

export const uploadInput = (containerUrl: string, bytes: Buffer) => ({
  containerUrl,
  blobName: NAME,
  contentBase64: bytes.toString('base64'),
  contentType: 'video/mp4',
});

const blocks: Scenario = {
  name: 'upload-blocks',
  about: 'A file of several blocks, while the storage is busy for a moment.',
  requirements: ['BLK-03', 'BLK-04', 'BLK-05', 'BLK-06'],
  async run(stage) {
    const { ask, check } = stage;
    const container = await putContainer(stage);
    const bytes = content(5 * 65_536 + 17);
    const busyOnce = (fits: (request: Arrived) => boolean) => {
      let left = 1;
      return inTurn((request) => fits(request) && left-- > 0, busy);
    };
    const input = { ...uploadInput(container.url, bytes), blockBytes: 65_536 };
    const answer = await ask('upload', input, [busyOnce(isBlock), busyOnce(isList)]);
    const sent = storageRequests(stage);
    const done = sent.filter((request) => isBlock(request) && request.reply?.status === 201);
    checkIds(stage, sent.filter(isBlock));
    const offsets = new Map(
      done.map((request) => [parameters(request).get('blockid'), bytes.indexOf(request.body)]),
    );
    const list = sent.filter(isList).at(-1)?.body.toString('utf8') ?? '';
    const listed = [...list.matchAll(/<(\w+)>([^<]+)<\/\1>/g)];
    const inOrder = listed.map(([, kind, id = '']) => `${kind ?? ''} ${offsets.get(id) ?? -1}`);
    const expected = Array.from({ length: 6 }, (_, index) => `Latest ${index * 65_536}`);
    check('BLK-04', JSON.stringify(inOrder) === JSON.stringify(expected), expected, inOrder);
    const stored = await readBlob(container, NAME);
    const right = stored.bytes.equals(bytes) && stored.type === 'video/mp4';
    check(
      'BLK-05',
      right,
      { bytes: bytes.length, type: 'video/mp4' },
      { bytes: stored.bytes.length, type: stored.type },
    );
    const again = sent.filter(isBlock).length === 7 && sent.filter(isList).length === 2 && 'output' in answer;
    check('BLK-06', again, 'one block and the list once more', firstLines(sent));
  },
};

const busy: Reply = {
  status: 503,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': 'ServerBusy' },
  body: '<?xml version="1.0" encoding="utf-8"?><Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>',
};

function checkIds({ check }: Stage, puts: readonly Arrived[]): void {
  const ids = puts.map((request) => parameters(request).get('blockid') ?? '');
  const bytes = ids.map((id) => Buffer.from(id, 'base64'));
  const base64 = ids.every((id, index) => id !== '' && bytes[index]?.toString('base64') === id);
  const lengths = [...new Set(bytes.map(({ length }) => length))];
  const ok = base64 && lengths.length === 1 && (lengths[0] ?? 65) <= 64;
  check(
    'BLK-03',
    ok && !puts.some(({ target }) => /blockid=[^&]*[+/=]/.test(target)),
    'ids of one length, in base64, percent-encoded',
    ids,
  );
}

const twice: Scenario = {
  name: 'upload-blocks-twice',
  about: 'The same blob is uploaded once more.',
  requirements: ['BLK-07'],
  async run(stage) {
    const { ask, check } = stage;
    const container = await putContainer(stage);
    const input = { ...uploadInput(container.url, content(3 * 65_536)), blockBytes: 65_536 };
    const idsOf = async () => {
      await ask('upload', input);
      const puts = storageRequests(stage).filter(isBlock);
      return puts.map((request) => parameters(request).get('blockid') ?? '');
    };
    const first = await idsOf();
    const second = await idsOf();
    const shared = first.filter((id) => second.includes(id));
    const ok = first.length === 3 && second.length === 3 && shared.length === 0;
    check('BLK-07', ok, 'three ids each, none in common', { first, second });
  },
};

export const blockScenarios = [blocks, twice];
