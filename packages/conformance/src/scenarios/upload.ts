/** Uploads by SAS and requests by Shared Key, on the real Blob Storage of the local Azure (level storage). */
import { isObject, firstLine, firstLines, type Scenario } from '../scenario';
import type { Answer } from '../protocol';
import { parse, putContainer, readBlob } from '../local-azure';
import type { Reply } from '../wire';
import { blockScenarios, content, NAME, storageRequests, uploadInput } from './blocks';

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

const refused: Scenario = {
  name: 'upload-refused',
  about: 'The storage refuses the signature and quotes it; then it breaks the connection.',
  requirements: ['UPL-04', 'UPL-06'],
  async run({ wire, ask, check }) {
    const decoded = 'c2lnbmF0dXJl+W9mLWEtU0FT/A==';
    const signature = encodeURIComponent(decoded);
    const url = `${wire.urls.storage}/devstoreaccount1/asset-1?sv=2019-12-12&sr=c&sp=w&sig=${signature}`;
    const reply: Reply = {
      status: 403,
      headers: { 'content-type': 'application/xml', 'x-ms-error-code': 'AuthenticationFailed' },
      body:
        '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>' +
        `<Message>Signature ${decoded} did not match.\nRequestId:1</Message><Detail>sig=${signature} ${decoded}</Detail></Error>`,
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
    const shows = (one: Answer) => [signature, decoded].some((form) => JSON.stringify(one).includes(form));
    check('UPL-06', error !== undefined && !shows(answer), 'an error without the signature', {
      signatureInIt: shows(answer),
    });
    const cut = await ask('upload', uploadInput(url, content(10)), [
      ({ place }) => (place === 'storage' ? 'cut' : undefined),
    ]);
    check('UPL-06', 'error' in cut && !shows(cut), 'a network error without the signature', {
      signatureInIt: shows(cut),
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

export const uploadScenarios = [small, ...blockScenarios, refused, sharedKey];
