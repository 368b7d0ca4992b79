/** The authorized request (level core). */
import { randomUUID } from 'node:crypto';
import { api, entity, refusal, tokens } from '../rules';
import {
  answersOf,
  apiRequests,
  errorOf,
  firstLines,
  isTokenRequest,
  textOf,
  tokenOf,
  tokenRequests,
  type Scenario,
  type Stage,
} from '../scenario';
import { field } from '../local-azure';
import type { Json } from '../protocol';
import type { Arrived } from '../wire';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NAME = "Jan's grüße + 100% & more?";
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
    // Other lanes create assets too, and the filter must find one.
    const name = `${NAME} ${randomUUID()}`;
    const created = answersOf(
      await ask('call', { calls: [{ method: 'POST', path: 'Assets', body: { Name: name } }] }),
    )[0];
    const post = apiRequests(wire)[0];
    const type = post?.headers['content-type'] ?? '';
    const sent = field(post?.body.toString('utf8') ?? '', 'Name');
    check(
      'REQ-03',
      VERBOSE.test(type) && sent === name,
      { 'content-type': VERSIONS.accept, Name: name },
      {
        'content-type': type,
        Name: sent,
      },
    );
    const id = textOf(created?.value, 'Id') || 'not created';
    const key = { set: 'Assets', key: id };
    const filter = `Name eq '${name.replaceAll("'", "''")}'`;
    const answers = answersOf(
      await ask('call', {
        calls: [
          { method: 'GET', entity: key },
          { method: 'GET', path: 'Assets', query: [['$filter', filter]] },
          { method: 'MERGE', entity: key, body: { Name: 'plain' } },
          { method: 'DELETE', entity: key },
        ],
      }),
    );
    judgeLife(stage, id, filter, answers);
  },
};

function judgeLife(
  { wire, check }: Stage,
  id: string,
  filter: string,
  answers: ReturnType<typeof answersOf>,
): void {
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
  const right = !/[+ ]/.test(value) && decode(value) === filter;
  check('REQ-05', right && Array.isArray(found) && found.length === 1, encodeURIComponent(filter), query);
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
  about: 'A GET and a POST without a body, answered with nothing.',
  requirements: ['REQ-03', 'REQ-08'],
  async run({ wire, ask, check }) {
    const calls = [
      { method: 'GET', path: 'Assets' },
      { method: 'POST', path: "Channels('c')/Start" },
    ];
    const answer = await ask('call', { calls }, [tokens(), api({ status: 200 })]);
    const sent = apiRequests(wire).map(({ method, headers }) => ({
      method,
      'content-type': headers['content-type'] ?? null,
      ...(method === 'POST' && { 'content-length': headers['content-length'] ?? null }),
    }));
    const expected = [
      { method: 'GET', 'content-type': null },
      { method: 'POST', 'content-type': null, 'content-length': '0' },
    ];
    check('REQ-03', JSON.stringify(sent) === JSON.stringify(expected), expected, sent);
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
      const sent = () => apiRequests(wire).map(tokenOf);
      const two = ['token-1', 'token-2'];
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

/** What callers write, and where it leads below the root. */
const BELOW: Readonly<Record<string, string>> = {
  '/Assets': '/api/Assets',
  '//host/x': '/api/host/x',
  'https://x/y': '/api/https://x/y',
  '': '/api/',
};

const belowTheRoot: Scenario = {
  name: 'request-path-below',
  about:
    'Paths that look like other addresses stay below the root, which may be given without its last slash.',
  requirements: ['REQ-13'],
  async run({ wire, ask, check }) {
    const calls = Object.keys(BELOW).map((path) => ({ method: 'GET', path }));
    const settings = { endpoint: `${wire.urls.azure}/api` };
    await ask('call', { calls, settings }, [tokens(), api(entity({ Id: '1' }))]);
    const sent = apiRequests(wire).map(({ target }) => target);
    const expected = Object.values(BELOW);
    check('REQ-13', JSON.stringify(sent) === JSON.stringify(expected), expected, sent);
  },
};

const userName: Scenario = {
  name: 'request-user-name',
  about: 'An endpoint with a user name in it.',
  requirements: ['REQ-10'],
  async run({ wire, ask, check }) {
    const endpoint = `${wire.urls.azure.replace('//', '//user@')}/api/`;
    const calls = [{ method: 'GET', path: 'Assets' }];
    const answer = await ask('call', { calls, settings: { endpoint } }, [tokens(), api(entity({ Id: '1' }))]);
    const kind = errorOf(answer)?.kind ?? null;
    const sent = firstLines(apiRequests(wire));
    const expected = { kind: 'argument', requests: [] };
    check('REQ-10', kind === 'argument' && sent.length === 0, expected, { kind, requests: sent });
  },
};

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
  belowTheRoot,
  userName,
];
