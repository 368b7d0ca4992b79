/** Uploads of several blocks, on the real Blob Storage of the local Azure (level storage). */
import { inTurn } from '../rules';
import { firstLines, type Scenario, type Stage } from '../scenario';
import { putContainer, readBlob } from '../local-azure';
import type { Arrived, Reply, Rule } from '../wire';

export const NAME = 'été/a+b (1).mp4';
export const storageRequests = ({ wire }: Stage) => wire.arrived.filter(({ place }) => place === 'storage');
const parameters = ({ target }: Arrived) => new URL(target, 'http://x').searchParams;
const isBlock = (request: Arrived) =>
  request.place === 'storage' && parameters(request).get('comp') === 'block';
const isList = (request: Arrived) =>
  request.place === 'storage' && parameters(request).get('comp') === 'blocklist';

const blockSizes = (stage: Stage) =>
  storageRequests(stage)
    .filter(isBlock)
    .map(({ body }) => body.length);

/** The URL of a container that does not exist, for a scenario that answers in place of the storage. */
const madeUp = ({ wire }: Stage, version: string) =>
  `${wire.urls.storage}/devstoreaccount1/asset-1?sv=${version}&sig=x`;

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
  about: 'A file of several blocks.',
  requirements: ['BLK-03', 'BLK-04', 'BLK-05'],
  async run(stage) {
    const { ask, check } = stage;
    const container = await putContainer(stage);
    const bytes = content(5 * 65_536 + 17);
    await ask('upload', { ...uploadInput(container.url, bytes), blockBytes: 65_536 });
    const sent = storageRequests(stage);
    checkIds(stage, sent.filter(isBlock));
    const offsets = new Map(
      sent
        .filter(isBlock)
        .map((request) => [parameters(request).get('blockid'), bytes.indexOf(request.body)]),
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
  },
};

const busyBlocks: Scenario = {
  name: 'upload-blocks-busy',
  about: 'The storage is busy at the first block and at the list.',
  requirements: ['BLK-06'],
  async run(stage) {
    const url = madeUp(stage, '2019-12-12');
    const input = { ...uploadInput(url, content(30)), blockBytes: 10 };
    const answer = await stage.ask('upload', input, [once(isBlock, busy), once(isList, busy), accepted]);
    const sent = storageRequests(stage);
    const again = sent.filter(isBlock).length === 4 && sent.filter(isList).length === 2 && 'output' in answer;
    stage.check('BLK-06', again, 'one block and the list once more', firstLines(sent));
  },
};

/** Answers the first request that fits. */
function once(fits: (request: Arrived) => boolean, reply: Reply): Rule {
  let left = 1;
  return inTurn((request) => fits(request) && left-- > 0, reply);
}

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
  about: 'The same blob is uploaded once more, by another process.',
  requirements: ['BLK-07'],
  async run(stage) {
    const { ask, check, restart } = stage;
    const container = await putContainer(stage);
    const input = { ...uploadInput(container.url, content(3 * 65_536)), blockBytes: 65_536 };
    const idsOf = async () => {
      await ask('upload', input);
      const puts = storageRequests(stage).filter(isBlock);
      return puts.map((request) => parameters(request).get('blockid') ?? '');
    };
    // A counter in the process starts again each time.
    await restart();
    const first = await idsOf();
    await restart();
    const second = await idsOf();
    const shared = first.filter((id) => second.includes(id));
    const ok = first.length === 3 && second.length === 3 && shared.length === 0;
    check('BLK-07', ok, 'three ids each, none in common', { first, second });
  },
};

const accepted = ({ place }: Arrived): Reply | undefined =>
  place === 'storage' ? { status: 201 } : undefined;

const many: Scenario = {
  name: 'upload-many-blocks',
  about: 'A hundred and one blocks.',
  requirements: ['BLK-03'],
  async run(stage) {
    const url = madeUp(stage, '2019-12-12');
    await stage.ask('upload', { ...uploadInput(url, content(1001)), blockBytes: 10 }, [accepted]);
    checkIds(stage, storageRequests(stage).filter(isBlock));
  },
};

const tooMany: Scenario = {
  name: 'upload-too-many-blocks',
  about: 'Blocks of one byte, of which there would be 50 001; the first is refused.',
  requirements: ['BLK-02'],
  async run(stage) {
    const url = madeUp(stage, '2019-12-12');
    const refused: Rule = ({ place }) => (place === 'storage' ? { status: 403 } : undefined);
    await stage.ask('upload', { ...uploadInput(url, content(50_001)), blockBytes: 1 }, [refused]);
    const sizes = blockSizes(stage);
    const ok = sizes.length > 0 && sizes.every((size) => size === 2);
    stage.check('BLK-02', ok, 'blocks of two bytes', sizes);
  },
};

const MEBIBYTE = 1024 * 1024;

const oldVersion: Scenario = {
  name: 'upload-old-version',
  about: 'A SAS of 2012, with which a block has 4 MiB at most.',
  requirements: ['BLK-01', 'UPL-05'],
  async run(stage) {
    const { ask, check } = stage;
    const url = madeUp(stage, '2012-02-12');
    await ask('upload', uploadInput(url, Buffer.alloc(4 * MEBIBYTE + 1)), [accepted]);
    const sizes = blockSizes(stage);
    check(
      'UPL-05',
      sizes.every((size) => size <= 4 * MEBIBYTE) && sizes.length > 0,
      'blocks of 4 MiB at most',
      sizes,
    );
    check('BLK-01', sizes.length === 2, 'two blocks', sizes);
  },
};

export const blockScenarios = [blocks, busyBlocks, twice, many, tooMany, oldVersion];
