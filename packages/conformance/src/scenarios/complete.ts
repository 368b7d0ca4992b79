/** Challenges, paging, operations (level complete). */
import { api, entity, json, refusal, tokens } from '../rules';
import { answersOf, apiRequests, firstLines, isObject, tokenRequests, type Scenario } from '../scenario';
import type { Json, JsonObject } from '../protocol';

const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1704067200"}}}';

const ENCODED_CLAIMS = Buffer.from(CLAIMS).toString('base64');

/** A 401 with a challenge, and a success for the second token, which must have been requested with its claims. */
function challenged(requirement: string, name: string, about: string, challenge: string): Scenario {
  return {
    name,
    about,
    requirements: [requirement],
    async run({ wire, ask, check }) {
      const no = refusal(401, 'Continuous access evaluation.', { 'www-authenticate': challenge });
      const calls = [{ method: 'GET', path: 'Assets' }];
      await ask('call', { calls }, [tokens(), api(no, entity({ Id: '1' }))]);
      const sent = tokenRequests(wire).map(({ body }) => new URLSearchParams(body.toString()).get('claims'));
      check(requirement, JSON.stringify(sent) === JSON.stringify([null, CLAIMS]), [null, CLAIMS], sent);
    },
  };
}

const claims = challenged(
  'CHL-03',
  'claims-challenge',
  'A 401 asks for a token with claims.',
  `Bearer realm="", error="insufficient_claims", claims="${ENCODED_CLAIMS}"`,
);

const claimsAmongOthers = challenged(
  'CHL-01',
  'claims-challenge-among-others',
  'A 401 with two challenges, commas and quotes in quoted strings, names in capitals, and a name that is given twice.',
  'Basic realm="a, Bearer b=\\"c\\"", BEARER Realm="x, y", ERROR=insufficient_claims, ' +
    `Claims="${ENCODED_CLAIMS}", claims="e30"`,
);

const brokenClaims: Scenario = {
  name: 'claims-challenge-broken',
  about: 'A 401 whose claims are not base64.',
  requirements: ['CHL-02'],
  async run({ wire, ask, check }) {
    const challenge = 'Bearer realm="", error="insufficient_claims", claims="{}"';
    const no = refusal(401, 'Continuous access evaluation.', { 'www-authenticate': challenge });
    const calls = [{ method: 'GET', path: 'Assets' }];
    const answer = answersOf(await ask('call', { calls }, [tokens(), api(no, entity({ Id: '1' }))]))[0];
    const sent = tokenRequests(wire).map(({ body }) => new URLSearchParams(body.toString()).get('claims'));
    const ok = JSON.stringify(sent) === '[null,null]' && answer?.status === 200;
    check('CHL-02', ok, 'success with a second token, asked for without claims', {
      claims: sent,
      answer: answer ?? null,
    });
  },
};

function paging(
  name: string,
  requirement: string,
  about: string,
  input: JsonObject,
  expected: readonly object[],
  count: number,
): Scenario {
  return {
    name,
    about,
    requirements: [requirement],
    async run({ wire, ask, check }) {
      const answer = await ask('list', { path: 'MediaProcessors', ...input });
      const items =
        'output' in answer && Array.isArray(answer.output) ? (answer.output as readonly Json[]) : [];
      const ids = new Set(items.map((item) => (isObject(item) ? item['Id'] : null)));
      const sent = apiRequests(wire).map(({ target }) =>
        Object.fromEntries(
          [...new URL(target, 'http://x').searchParams].sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
      );
      const ok =
        JSON.stringify(sent) === JSON.stringify(expected) && items.length === count && ids.size === count;
      check(
        requirement,
        ok,
        { requests: expected as JsonObject[], items: count },
        {
          requests: firstLines(apiRequests(wire)),
          items: items.length,
        },
      );
    },
  };
}

const page = (top: number, skip?: number, more: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries({ ...more, ...(skip !== undefined && { $skip: String(skip) }), $top: String(top) }).sort(
      ([a], [b]) => (a < b ? -1 : 1),
    ),
  );

const pagingScenarios = [
  paging(
    'paging-short-end',
    'PAG-01',
    'Nineteen entities, seven at a time.',
    { pageSize: 7, query: [] },
    [page(7), page(7, 7), page(7, 14)],
    19,
  ),
  paging(
    'paging-full-end',
    'PAG-01',
    'Nineteen entities, nineteen at a time.',
    { pageSize: 19, query: [] },
    [page(19), page(19, 19)],
    19,
  ),
  paging(
    'paging-top',
    'PAG-02',
    'Ten entities after the second, seven at a time.',
    {
      pageSize: 7,
      query: [
        ['$top', 10],
        ['$skip', 2],
      ],
    },
    [page(7, 2), page(3, 9)],
    10,
  ),
  paging(
    'paging-options',
    'PAG-03',
    'Sorted, three at a time.',
    {
      pageSize: 3,
      query: [
        ['$top', 5],
        ['$orderby', 'Name desc'],
      ],
    },
    [page(3, undefined, { $orderby: 'Name desc' }), page(2, 3, { $orderby: 'Name desc' })],
    5,
  ),
  paging(
    'paging-of-nothing',
    'PAG-02',
    'No entities are wanted.',
    { pageSize: 7, query: [['$top', 0]] },
    [],
    0,
  ),
];

const nextLink: Scenario = {
  name: 'paging-next-link',
  about: 'Short pages that name a next one, the last of them empty.',
  requirements: ['PAG-04'],
  async run({ wire, ask, check }) {
    const part = (link: object, ...ids: string[]) =>
      json(200, { d: { results: ids.map((Id) => ({ Id })), ...link } });
    const more = { __next: 'https://a.example/next' };
    const answer = await ask('list', { path: 'Assets', pageSize: 5, query: [] }, [
      tokens(),
      api(part(more, '1', '2'), part(more, '3'), part({})),
    ]);
    const items = 'output' in answer && Array.isArray(answer.output) ? answer.output.length : null;
    const skips = apiRequests(wire).map(({ target }) =>
      new URL(target, 'http://x').searchParams.get('$skip'),
    );
    const expected = { skips: [null, '2', '3'], items: 3 };
    const arrived = { skips, items };
    check('PAG-04', JSON.stringify(arrived) === JSON.stringify(expected), expected, arrived);
  },
};

const longPage: Scenario = {
  name: 'paging-long-page',
  about: 'A page with more than was asked for.',
  requirements: ['PAG-02'],
  async run({ wire, ask, check }) {
    const page = json(200, { d: { results: ['1', '2', '3'].map((Id) => ({ Id })) } });
    const input = { path: 'Assets', pageSize: 5, query: [['$top', 2]] };
    const answer = await ask('list', input, [tokens(), api(page)]);
    const items = 'output' in answer && Array.isArray(answer.output) ? answer.output.length : null;
    const ok = items === 3 && apiRequests(wire).length === 1;
    check('PAG-02', ok, 'three entities, one request', { items, requests: firstLines(apiRequests(wire)) });
  },
};

const operation: Scenario = {
  name: 'operation',
  about: 'A channel is started in the background.',
  requirements: ['STO-06'],
  async run({ wire, ask, check }) {
    const Id = 'nb:opid:UUID:11111111-2222-4333-8444-555555555555';
    const state = (State: string) =>
      entity({ Id, State, TargetEntityId: 'nb:chid:UUID:1', ErrorCode: null, ErrorMessage: null });
    const input = { method: 'POST', path: "Channels('c')/Start", pollMs: 10 };
    const accepted = json(202, {}, { 'operation-id': Id });
    const rules = [
      tokens(),
      api({ ...accepted, body: '' }, state('InProgress'), state('InProgress'), state('Succeeded')),
    ];
    const answer = await ask('operation', input, rules);
    const lines = firstLines(apiRequests(wire));
    const poll = `GET /api/Operations('${encodeURIComponent(Id)}')`;
    const expected = ["POST /api/Channels('c')/Start", poll, poll, poll];
    const output = 'output' in answer && isObject(answer.output) ? answer.output : undefined;
    const ok = JSON.stringify(lines) === JSON.stringify(expected) && output?.['state'] === 'Succeeded';
    check('STO-06', ok, expected, { requests: lines, answer: output ?? null });
    const failing = entity({ Id, State: 'Failed', ErrorCode: 'ChannelFull', ErrorMessage: 'No.' });
    const failed = await ask('operation', input, [tokens(), api({ ...accepted, body: '' }, failing)]);
    const isError =
      'error' in failed && failed.error.kind === 'service' && failed.error['code'] === 'ChannelFull';
    check('STO-06', isError, { error: { kind: 'service', code: 'ChannelFull' } }, failed);
    const atOnce = await ask('operation', input, [tokens(), api({ status: 204 })]);
    const nothing = { requests: ["POST /api/Channels('c')/Start"], answer: { output: { state: null } } };
    const came = { requests: firstLines(apiRequests(wire)), answer: atOnce as JsonObject };
    check('STO-06', JSON.stringify(came) === JSON.stringify(nothing), nothing, came);
  },
};

export const completeScenarios = [
  claims,
  claimsAmongOthers,
  brokenClaims,
  ...pagingScenarios,
  nextLink,
  longPage,
  operation,
];
