/** Upload, encode, publish on the local Azure (level complete). */
import { createHash } from 'node:crypto';
import { inTurn, json, refusal } from '../rules';
import { field, parse } from '../local-azure';
import { firstLines, isApiRequest, isObject, textOf, type Scenario, type Stage } from '../scenario';
import type { Json } from '../protocol';
import type { Arrived } from '../wire';

const VIDEO = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31) % 256));
const ENCODER = 'nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56';
const OLDER = 'nb:mpid:UUID:1b1da727-93ae-4e46-a8a1-268828765609';

/** As text, 9.0 would be the newest. */
const processors = json(200, {
  d: {
    results: [
      { Id: OLDER, Name: 'Media Encoder Standard', Version: '9.0' },
      { Id: ENCODER, Name: 'Media Encoder Standard', Version: '10.1' },
      { Id: OLDER, Name: 'Media Encoder Standard', Version: '9.5' },
    ],
  },
});

const bodyOf = ({ body }: Arrived) => body.toString('utf8');
const posts = (sent: readonly Arrived[], set: string) =>
  sent.filter(({ method, target }) => method === 'POST' && target === `/api/${set}`);
const pathOf = ({ target }: Arrived) =>
  decodeURIComponent(target.replace(/\?.*/, '').replace(/^\/api\//, ''));

const INPUT = {
  name: 'conformance',
  fileName: 'clip.mp4',
  contentBase64: VIDEO.toString('base64'),
  processor: 'Media Encoder Standard',
  preset: 'Content Adaptive Multiple Bitrate MP4',
  pollMs: 200,
};

const findProcessors = (request: Arrived) =>
  isApiRequest(request) && pathOf(request) === 'MediaProcessors' ? processors : undefined;

const story: Scenario = {
  name: 'story',
  about: 'A file is uploaded, encoded, published, read back and taken away.',
  requirements: ['STO-01', 'STO-02', 'STO-03', 'STO-04', 'STO-05'],
  async run(stage) {
    const { wire, ask, check } = stage;
    const answer = await ask('story', INPUT, [findProcessors]);
    const sent = wire.arrived.filter((request) => isApiRequest(request) || request.place === 'storage');
    checkUpload(stage, sent);
    const [job] = posts(sent, 'Jobs');
    const tasks = field(job ? bodyOf(job) : '', 'Tasks');
    const task = Array.isArray(tasks) ? (tasks as Json[])[0] : undefined;
    const processor = isObject(task) ? (task['MediaProcessorId'] ?? null) : null;
    check('STO-02', processor === ENCODER, `${ENCODER}, version 10.1`, processor);
    const states = sent.filter(isJobRead).map(stateOf);
    const waited = states.at(-1) === 3 && states.slice(0, -1).every((state) => state !== 3);
    check('STO-03', job?.reply?.status === 201 && waited, 'asked until State 3', {
      job: job?.reply?.status ?? null,
      states,
    });
    checkPublished(stage, sent, 'output' in answer ? answer.output : answer);
    checkTakenAway(stage, sent);
  },
};

const failedJob: Scenario = {
  name: 'story-job-failed',
  about: 'The job ends in State 4, and one deletion is refused.',
  requirements: ['STO-03', 'STO-05'],
  async run({ wire, ask, check }) {
    const failed = json(200, { d: { Id: 'nb:jid:UUID:11111111-2222-4333-8444-555555555555', State: 4 } });
    const answer = await ask('story', INPUT, [
      findProcessors,
      (request) => (isApiRequest(request) && isJobRead(request) ? failed : undefined),
      inTurn(
        (request) => isDeletion(request) && pathOf(request).startsWith('Locators'),
        refusal(403, 'Not now.'),
      ),
      // To the local Azure the job is still running, and it keeps what is in use.
      (request) => (isDeletion(request) ? deleted : undefined),
    ]);
    const isError = 'error' in answer && answer.error.kind === 'service';
    const types = posts(wire.arrived, 'Locators').map((locator) => field(bodyOf(locator), 'Type'));
    check(
      'STO-03',
      isError && JSON.stringify(types) === '[1]',
      { error: { kind: 'service' }, locatorTypes: [1] },
      { answer, locatorTypes: types },
    );
    const created = createdIn(wire.arrived);
    const deletions = wire.arrived.filter(isDeletion).map(pathOf);
    const left = idsOf(created).filter((id) => !deletions.some((path) => path.includes(id)));
    check('STO-05', created.length === 4 && left.length === 0, 'four things, each asked to be deleted', {
      created: firstLines(created),
      left,
    });
  },
};

const isDeletion = (request: Arrived) => request.method === 'DELETE' && isApiRequest(request);

const deleted = { status: 204, headers: {}, body: '' };

const createdIn = (sent: readonly Arrived[]) =>
  sent.filter(
    (request) => isApiRequest(request) && request.method === 'POST' && request.reply?.status === 201,
  );

const idsOf = (created: readonly Arrived[]) =>
  created.map(({ reply }) => textOf(field(String(reply?.body ?? ''), 'd'), 'Id'));

const isDeleted = (sent: readonly Arrived[], id: string) =>
  sent.some(
    (request) => request.method === 'DELETE' && request.reply?.status === 204 && pathOf(request).includes(id),
  );

const isJobRead = (request: Arrived) => request.method === 'GET' && /^Jobs\('[^']*'\)$/.test(pathOf(request));

function stateOf({ reply }: Arrived): Json {
  const entity = field(String(reply?.body ?? ''), 'd');
  return isObject(entity) ? (entity['State'] ?? null) : null;
}

function checkUpload({ check }: Stage, sent: readonly Arrived[]): void {
  const lines = sent.map((request) =>
    request.place === 'storage' ? `${request.method} storage` : `${request.method} ${pathOf(request)}`,
  );
  const expected = [
    'POST Assets',
    'POST AccessPolicies',
    'POST Locators',
    'PUT storage',
    'GET CreateFileInfos',
  ];
  const positions = expected.map((line) => lines.indexOf(line));
  const inOrder = positions.every(
    (position, index) => position >= 0 && position > (positions[index - 1] ?? -1),
  );
  const [asset] = posts(sent, 'Assets');
  const [policy] = posts(sent, 'AccessPolicies');
  const [locator] = posts(sent, 'Locators');
  const id = textOf(field(String(asset?.reply?.body), 'd'), 'Id');
  const create = sent.find((request) => pathOf(request) === 'CreateFileInfos');
  const assetId = new URL(create?.target ?? '/', 'http://x').searchParams.get('assetid');
  const facts = {
    permissions: field(policy ? bodyOf(policy) : '', 'Permissions'),
    type: field(locator ? bodyOf(locator) : '', 'Type'),
    assetid: assetId,
  };
  const ok = facts.permissions === 2 && facts.type === 1 && id !== '' && assetId === `'${id}'`;
  check(
    'STO-01',
    inOrder && ok,
    { requests: expected, permissions: 2, type: 1, assetid: `'${id}'` },
    {
      requests: lines.slice(0, 8),
      ...facts,
    },
  );
}

function checkPublished({ check }: Stage, sent: readonly Arrived[], output: Json): void {
  const policy = posts(sent, 'AccessPolicies').at(-1);
  const locator = posts(sent, 'Locators').at(-1);
  const expected = {
    permissions: 1,
    type: 2,
    sha256: createHash('sha256').update(VIDEO).digest('hex'),
  };
  const arrived = {
    permissions: field(policy ? bodyOf(policy) : '', 'Permissions'),
    type: field(locator ? bodyOf(locator) : '', 'Type'),
    sha256: isObject(output) ? (output['sha256'] ?? null) : null,
  };
  const ok = JSON.stringify(expected) === JSON.stringify(arrived) && locator?.reply?.status === 201;
  check('STO-04', ok, expected, { ...arrived, ...(isObject(output) && 'error' in output && { output }) });
}

/** Everything that was created, and the output asset that the job made, is deleted. */
function checkTakenAway({ check }: Stage, sent: readonly Arrived[]): void {
  const created = createdIn(sent);
  const output = sent.find((request) => pathOf(request).endsWith('/OutputMediaAssets'));
  const found = parse(String(output?.reply?.body ?? '')) as { d?: { results?: { Id: string }[] } } | string;
  const made = typeof found === 'object' ? (found.d?.results ?? []).map(({ Id }) => Id) : [];
  const left = [...idsOf(created), ...made].filter((id) => !isDeleted(sent, id));
  const ok = created.length === 6 && made.length === 1 && left.length === 0;
  check('STO-05', ok, 'six things and the output asset created, none left', {
    created: firstLines(created),
    output: made,
    left,
  });
}

export const storyScenarios = [story, failedJob];
