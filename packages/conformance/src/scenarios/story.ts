/** Upload, encode, publish on the local Azure (level complete). */
import { createHash } from 'node:crypto';
import { inTurn, json, refusal } from '../rules';
import { field, parse } from '../local-azure';
import {
  firstLines,
  isApiRequest,
  isObject,
  isTokenRequest,
  textOf,
  type Scenario,
  type Stage,
} from '../scenario';
import type { Json } from '../protocol';
import type { Arrived, Rule } from '../wire';

/** An MP4 file with two frames of H.264 that show nothing, and a `free` box that makes it 5000 bytes long. */
const FRAMES = Buffer.from(
  'AAAAFGZ0eXBpc29tAAAAAGlzb20AAAIobW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAbR0cmFr' +
    'AAAAXHRraGQAAAADAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFQbWRpYQAAACBtZGhkAAAAAAAAAAAAAAAAAAAD6AAAAABVxAAAAAAAIWhkbHIAAAAA' +
    'AAAAAHZpZGUAAAAAAAAAAAAAAAAAAAABB21pbmYAAAD/c3RibAAAAH9zdHNkAAAAAAAAAAEAAABvYXZjMQAAAAAAAAABAAAA' +
    'AAAAAAAAAAAAAAAAAABAADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABlh' +
    'dmNDAULACv/hAARnQsAKAQACaM4AAAAgc3R0cwAAAAAAAAACAAAAAQAAACgAAAABAAAAKAAAABRzdHNzAAAAAAAAAAEAAAAB' +
    'AAAAHHN0c2MAAAAAAAAAAQAAAAEAAAACAAAAAQAAABRzdHN6AAAAAAAAAAoAAAACAAAAFHN0Y28AAAAAAAAAAQAAAkQAAAAc' +
    'bWRhdAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'base64',
);
const FREE = Buffer.alloc(5000 - FRAMES.length);
FREE.writeUInt32BE(FREE.length);
FREE.write('free', 4);
const VIDEO = Buffer.concat([FRAMES, FREE]);
const ENCODER = 'nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56';
const OLDER = 'nb:mpid:UUID:1b1da727-93ae-4e46-a8a1-268828765609';

/** Its apostrophe must be doubled in the filter. */
const PROCESSOR = "Jan's Encoder";

/** As text, 9.0 would be the newest. */
const processors = json(200, {
  d: {
    results: [
      { Id: OLDER, Name: PROCESSOR, Version: '9.0' },
      { Id: ENCODER, Name: PROCESSOR, Version: '10.1' },
      { Id: OLDER, Name: PROCESSOR, Version: '9.5' },
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
  processor: PROCESSOR,
  preset: 'Content Adaptive Multiple Bitrate MP4',
  pollMs: 200,
};

const findProcessors = (request: Arrived) =>
  isApiRequest(request) && pathOf(request) === 'MediaProcessors' ? processors : undefined;

const story: Scenario = {
  name: 'story',
  about: 'A file is uploaded, encoded, published, read back and deleted.',
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
    const search = sent.find((request) => pathOf(request) === 'MediaProcessors')?.target ?? '/';
    const found = { processor, $filter: new URL(search, 'http://x').searchParams.get('$filter') };
    const wanted = { processor: ENCODER, $filter: "Name eq 'Jan''s Encoder'" };
    check('STO-02', JSON.stringify(found) === JSON.stringify(wanted), wanted, found);
    checkWaited(stage, sent, job);
    const streamed = wire.arrived.filter(isStreamed);
    checkPublished(stage, sent, streamed, 'output' in answer ? answer.output : answer);
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

const isStreamed = (request: Arrived) =>
  request.place === 'azure' && !isApiRequest(request) && !isTokenRequest(request);

const KEPT = 'The scenario keeps this policy.';

/** The first deletion of a policy is refused. */
const keepOnePolicy = (): Rule => {
  let left = 1;
  return inTurn(
    (request) => isDeletion(request) && pathOf(request).startsWith('AccessPolicies') && left-- > 0,
    refusal(409, KEPT),
  );
};

const isDeletion = (request: Arrived) => request.method === 'DELETE' && isApiRequest(request);

const deleted = { status: 204, headers: {}, body: '' };

const createdIn = (sent: readonly Arrived[]) =>
  sent.filter(
    (request) => isApiRequest(request) && request.method === 'POST' && request.reply?.status === 201,
  );

const idsOf = (created: readonly Arrived[]) =>
  created.map(({ reply }) => textOf(field(String(reply?.body ?? ''), 'd'), 'Id'));

/** What the scenario keeps counts: the port tried. */
const isDeleted = (sent: readonly Arrived[], id: string) =>
  sent.some(
    (request) =>
      request.method === 'DELETE' &&
      (request.reply?.status === 204 || String(request.reply?.body).includes(KEPT)) &&
      pathOf(request).includes(id),
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

/** What is asked about the job after it is published, for example before it is deleted, does not matter. */
function checkWaited({ check }: Stage, sent: readonly Arrived[], job: Arrived | undefined): void {
  const publication = sent.findIndex((request) => isLocator(request) && field(bodyOf(request), 'Type') === 2);
  const before = publication < 0 ? sent : sent.slice(0, publication);
  const states = before.filter(isJobRead).map(stateOf);
  check(
    'STO-03',
    job?.reply?.status === 201 && publication >= 0 && states.includes(3),
    { job: 201, statesBeforeTheOriginLocator: 'asked until State is 3', originLocator: true },
    {
      job: job?.reply?.status ?? null,
      statesBeforeTheOriginLocator: states,
      originLocator: publication >= 0,
    },
  );
}

const isLocator = ({ method, target }: Arrived) => method === 'POST' && target === '/api/Locators';

function checkPublished(
  { check }: Stage,
  sent: readonly Arrived[],
  streamed: readonly Arrived[],
  output: Json,
): void {
  const policy = posts(sent, 'AccessPolicies').at(-1);
  const locator = posts(sent, 'Locators').at(-1);
  const expected = {
    permissions: 1,
    type: 2,
    sha256: createHash('sha256').update(VIDEO).digest('hex'),
    authorizationOfTheReader: [],
  };
  const arrived = {
    permissions: field(policy ? bodyOf(policy) : '', 'Permissions'),
    type: field(locator ? bodyOf(locator) : '', 'Type'),
    sha256: isObject(output) ? (output['sha256'] ?? null) : null,
    authorizationOfTheReader: streamed.flatMap(({ headers }) => headers.authorization ?? []).map(() => '…'),
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

const leftBehind: Scenario = {
  name: 'story-left-behind',
  about: 'All goes well, but one policy cannot be deleted.',
  requirements: ['STO-05'],
  async run(stage) {
    const answer = await stage.ask('story', INPUT, [findProcessors, keepOnePolicy()]);
    const error = 'error' in answer ? answer.error : undefined;
    const isError = error?.kind === 'service' && error['status'] === 409;
    stage.check('STO-05', isError, { error: { kind: 'service', status: 409 } }, answer);
    checkTakenAway(stage, stage.wire.arrived);
  },
};

export const storyScenarios = [story, failedJob, leftBehind];
