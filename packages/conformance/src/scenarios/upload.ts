/** Uploads by SAS and requests by Shared Key, on the real Blob Storage of the local Azure (level storage). */
import { inTurn } from '../rules';
import { isObject, firstLine, firstLines, type Scenario, type Stage } from '../scenario';
import { parse, putContainer, readBlob } from '../local-azure';
import type { Arrived, Reply } from '../wire';

const NAME = 'été/a+b (1).mp4';
const storageRequests = ({ wire }: Stage) => wire.arrived.filter(({ place }) => place === 'storage');
const parameters = ({ target }: Arrived) => new URL(target, 'http://x').searchParams;
const isBlock = (request: Arrived) =>
  request.place === 'storage' && parameters(request).get('comp') === 'block';
const isList = (request: Arrived) =>
  request.place === 'storage' && parameters(request).get('comp') === 'blocklist';

/** Bytes in which no two blocks are alike: a linear congruential generator. */
function content(size: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state >>> 24;
    }),
  );
}

const uploadInput = (containerUrl: string, bytes: Buffer) => ({
  containerUrl,
  blobName: NAME,
  contentBase64: bytes.toString('base64'),
  contentType: 'video/mp4',
});

const small: Scenario = {
  name: 'upload-small',
  about: 'A small file into the container of an asset.',
  requirements: ['UPL-01', 'UPL-02', 'UPL-03'],
  async run(stage) {
    const { ask, check } = stage;
    const container = await putContainer(stage);
    const bytes = content(1000);
    const answer = await ask('upload', uploadInput(container.url, bytes));
    const sent = storageRequests(stage);
    const [put] = sent;
    const [path = '', sas = ''] = container.target.split('?');
    const target = put?.target ?? '';
    const inPlace = target.startsWith(`${path}/`) && target.endsWith(`?${sas}`);
    const name = decodeURIComponent(target.slice(path.length + 1, target.length - sas.length - 1));
    const stored = await readBlob(container, NAME);
    check('UPL-01', inPlace && name === NAME, `PUT ${path}/${encodeURI(NAME)}?…`, firstLines(sent));
    const authorization = put?.headers.authorization ?? null;
    check(
      'UPL-02',
      put !== undefined && authorization === null,
      null,
      authorization === null ? null : 'an Authorization header',
    );
    const headers = (name: string) => put?.headers[name] ?? null;
    const expected = {
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-version': '2019-12-12',
      'content-length': '1000',
    };
    const arrived = Object.fromEntries(Object.keys(expected).map((name) => [name, String(headers(name))]));
    const ok =
      sent.length === 1 && JSON.stringify(arrived) === JSON.stringify(expected) && 'output' in answer;
    const kept = stored.type === 'video/mp4' && stored.bytes.equals(bytes);
    check('UPL-03', ok && kept, { ...expected, stored: 'video/mp4' }, { ...arrived, stored: stored.type });
  },
};

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

const refused: Scenario = {
  name: 'upload-refused',
  about: 'The storage refuses the signature, and quotes it.',
  requirements: ['UPL-04', 'UPL-06'],
  async run({ wire, ask, check }) {
    const signature = 'c2lnbmF0dXJlLW9mLWEtU0FT';
    const url = `${wire.urls.storage}/devstoreaccount1/asset-1?sv=2019-12-12&sr=c&sp=w&sig=${signature}`;
    const reply: Reply = {
      status: 403,
      headers: { 'content-type': 'application/xml', 'x-ms-error-code': 'AuthenticationFailed' },
      body:
        '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>' +
        `<Message>Signature did not match.\nRequestId:1</Message><Detail>sig=${signature}</Detail></Error>`,
    };
    const answer = await ask('upload', uploadInput(url, content(10)), [
      ({ place }) => (place === 'storage' ? reply : undefined),
    ]);
    const error = 'error' in answer ? answer.error : undefined;
    const expected = { kind: 'service', status: 403, code: 'AuthenticationFailed' };
    const arrived = {
      kind: error?.kind ?? null,
      status: error?.['status'] ?? null,
      code: error?.['code'] ?? null,
    };
    check('UPL-04', JSON.stringify(arrived) === JSON.stringify(expected), expected, arrived);
    const shown = JSON.stringify(answer).includes(signature);
    check('UPL-06', error !== undefined && !shown, 'an error without the signature', {
      signatureInIt: shown,
    });
  },
};

const sharedKey: Scenario = {
  name: 'shared-key',
  about: 'The containers of the account, and a container with awkward parameters, by the account key.',
  requirements: ['KEY-05'],
  async run(stage) {
    const { wire, ask, check } = stage;
    for (const query of ['?comp=list', '?comp=list&prefix=a%2Fb%20c%2B&include=metadata']) {
      const url = `${wire.urls.storage}/devstoreaccount1${query}`;
      const answer = await ask('shared-key-get', { account: 'devstoreaccount1', key: DEVELOPMENT_KEY, url });
      const [request] = storageRequests(stage);
      const output = 'output' in answer && isObject(answer.output) ? answer.output : undefined;
      const date = Date.parse(String(request?.headers['x-ms-date']));
      const ok =
        output?.['status'] === 200 && request?.reply?.status === 200 && request.headers.date === undefined;
      check(
        'KEY-05',
        ok && Math.abs(Date.now() - date) < 900_000,
        { status: 200 },
        {
          request: request ? firstLine(request) : null,
          'x-ms-date': String(request?.headers['x-ms-date']),
          date: request?.headers.date ?? null,
          answer: parse(
            request?.reply?.status === 200 ? '""' : JSON.stringify(request?.reply?.body?.toString() ?? ''),
          ),
        },
      );
    }
  },
};

/** Published with every local storage emulator, and good for nothing else. */
const DEVELOPMENT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export const uploadScenarios = [small, blocks, refused, sharedKey];
