/** The authorized request (level core). */
import { api, entity, refusal, tokens } from '../rules';
import {
  answersOf,
  apiRequests,
  firstLines,
  isTokenRequest,
  textOf,
  tokenRequests,
  type Scenario,
  type Stage,
} from '../scenario';
import { field } from '../local-azure';
import type { Json } from '../protocol';
import type { Arrived } from '../wire';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NAME = "Jan's grüße + 100% & more?";
const FILTER = `Name eq '${NAME.replaceAll("'", "''")}'`;
const VERBOSE = /^application\/json; ?odata=verbose\b/;

const read: Scenario = {
  name: 'request-read',
  about: 'Two lists of the local Azure.',
  requirements: ['REQ-01', 'REQ-02', 'REQ-07', 'REQ-11'],
  async run({ wire, ask, check }) {
    const call = { method: 'GET', path: 'MediaProcessors' };
    const answer = await ask('call', { calls: [call, call] });
    const issued = (
      JSON.parse(String(tokenRequests(wire)[0]?.reply?.body ?? '{}')) as { access_token?: string }
    ).access_token;
    const [first, second] = apiRequests(wire);
    const authorization = first?.headers.authorization ?? '';
    const ok = issued !== undefined && authorization === `Bearer ${issued}`;
    check('REQ-01', ok, 'Bearer and the token as it came', authorization.slice(0, 10));
    check('REQ-02', hasVersions(first), VERSIONS, versionsOf(first));
    const ids = [first, second].map((request) => request?.headers['x-ms-client-request-id'] ?? '');
    const fresh = ids.every((id) => typeof id === 'string' && GUID.test(id)) && ids[0] !== ids[1];
    check('REQ-11', fresh, 'two GUIDs that differ', ids.map(String));
    const value = answersOf(answer)[0]?.value;
    const isList = Array.isArray(value) && value.length === 19 && textOf(value[0] as Json, 'Name') !== '';
    check('REQ-07', isList, 'a list of 19 entities', answersOf(answer)[0] ?? null);
  },
};

const VERSIONS = {
  'x-ms-version': '2.19',
  dataserviceversion: '3.0',
  maxdataserviceversion: '3.0',
  accept: 'application/json;odata=verbose',
};

function versionsOf(request: Arrived | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.keys(VERSIONS).map((name) => [name, String(request?.headers[name] ?? '')]),
  );
}

function hasVersions(request: Arrived | undefined): boolean {
  const { accept, ...versions } = versionsOf(request);
  // Some HTTP libraries write 3.0;NetFx, which the service takes as well.
  const right = Object.entries(versions).every(([name, value]) =>
    value.startsWith(VERSIONS[name as keyof typeof VERSIONS]),
  );
  return right && VERBOSE.test(accept ?? '');
}

const lifeOfAnEntity: Scenario = {
  name: 'request-life-of-an-entity',
  about: 'An asset with an awkward name is created, read by key, found by name, changed and deleted.',
  requirements: ['REQ-03', 'REQ-04', 'REQ-05', 'REQ-08'],
  async run(stage) {
    const { wire, ask, check } = stage;
    const created = answersOf(
      await ask('call', { calls: [{ method: 'POST', path: 'Assets', body: { Name: NAME } }] }),
    )[0];
    const post = apiRequests(wire)[0];
    const type = post?.headers['content-type'] ?? '';
    const sent = field(post?.body.toString('utf8') ?? '', 'Name');
    check(
      'REQ-03',
      VERBOSE.test(type) && sent === NAME,
      { 'content-type': VERSIONS.accept, Name: NAME },
      {
        'content-type': type,
        Name: sent,
      },
    );
    const id = textOf(created?.value, 'Id') || 'not created';
    const key = { set: 'Assets', key: id };
    const filter = [['$filter', FILTER]];
    const answers = answersOf(
      await ask('call', {
        calls: [
          { method: 'GET', entity: key },
          { method: 'GET', path: 'Assets', query: filter },
          { method: 'MERGE', entity: key, body: { Name: 'plain' } },
          { method: 'DELETE', entity: key },
        ],
      }),
    );
    judgeLife(stage, id, answers);
  },
};

function judgeLife({ wire, check }: Stage, id: string, answers: ReturnType<typeof answersOf>): void {
  const [byKey, byName] = apiRequests(wire);
  const path = `/api/Assets('${encodeURIComponent(id)}')`;
  check(
    'REQ-04',
    byKey?.target === path && answers[0]?.status === 200,
    `GET ${path}`,
    firstLines(apiRequests(wire)),
  );
  const query = /^[^?]*\?(.*)$/.exec(byName?.target ?? '')?.[1] ?? '';
  const value = query.replace(/^(\$|%24)filter=/, '');
  const found = answers[1]?.value;
  // Read as OData does, where a plus is a plus.
  const right = !/[+ ]/.test(value) && decode(value) === FILTER;
  check('REQ-05', right && Array.isArray(found) && found.length === 1, encodeURIComponent(FILTER), query);
  const empty = answers
    .slice(2)
    .map(({ status, value: body }) => ({ status: status ?? null, value: body ?? null }));
  const nothing = { status: 204, value: null };
  check(
    'REQ-08',
    JSON.stringify(empty) === JSON.stringify([nothing, nothing]),
    [nothing, nothing],
    answers.slice(2),
  );
}

const decode = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
};

const noBody: Scenario = {
  name: 'request-without-body',
  about: 'A GET has no Content-Type, and a success of no length is a success.',
  requirements: ['REQ-03', 'REQ-08'],
  async run({ wire, ask, check }) {
    const answer = await ask('call', { calls: [{ method: 'GET', path: 'Assets' }] }, [
      tokens(),
      api({ status: 200 }),
    ]);
    const type = apiRequests(wire)[0]?.headers['content-type'] ?? null;
    check('REQ-03', type === null, null, type);
    const [{ status = null, value = null } = {}] = answersOf(answer);
    const arrived = { status, value };
    check('REQ-08', status === 200 && value === null, { status: 200, value: null }, arrived);
  },
};

function unauthorized(method: 'GET' | 'POST'): Scenario {
  return {
    name: `request-unauthorized-${method.toLowerCase()}`,
    about: `A ${method} is answered 401, at first and then always.`,
    requirements: ['REQ-12'],
    async run({ wire, ask, check }) {
      const body = method === 'POST' ? { body: { Name: 'x' } } : {};
      const calls = [{ method, path: 'Assets', ...body }];
      const no = refusal(401, 'The token is not good.');
      const once = answersOf(await ask('call', { calls }, [tokens(), api(no, entity({ Id: '1' }))]))[0];
      const sent = () => apiRequests(wire).map(({ headers }) => headers.authorization ?? '');
      const two = ['Bearer token-1', 'Bearer token-2'];
      const ok = JSON.stringify(sent()) === JSON.stringify(two) && once?.error === undefined;
      check('REQ-12', ok, two, { sent: sent(), answer: once ?? null });
      const always = answersOf(await ask('call', { calls }, [tokens(), api(no)]))[0];
      const error = always?.error;
      const ends = sent().length === 2 && error?.kind === 'service' && error['status'] === 401;
      check('REQ-12', ends, 'an error of status 401 after two requests', {
        sent: sent(),
        answer: always ?? null,
      });
    },
  };
}

const ASTRAY = [
  '../oauth2',
  'Assets/../x',
  'Assets/%2E%2e/x',
  './Assets',
  'Assets?x=1',
  'Assets#x',
  'a b',
  'a%zz',
];

const astray: Scenario = {
  name: 'request-path-astray',
  about: 'Paths that lead out of the API root, or are not encoded.',
  requirements: ['REQ-13'],
  async run({ wire, ask, check }) {
    const calls = ASTRAY.map((path) => ({ method: 'GET', path }));
    const answers = answersOf(await ask('call', { calls }, [tokens(), api(entity({ Id: '1' }))]));
    const taken = ASTRAY.filter((_, index) => answers[index]?.error?.kind !== 'argument');
    const sent = wire.arrived.filter((request) => !isTokenRequest(request));
    const expected = { taken: [], requests: [] };
    check('REQ-13', taken.length + sent.length === 0, expected, { taken, requests: firstLines(sent) });
  },
};

export const requestScenarios = [
  read,
  lifeOfAnEntity,
  noBody,
  unauthorized('GET'),
  unauthorized('POST'),
  astray,
];
