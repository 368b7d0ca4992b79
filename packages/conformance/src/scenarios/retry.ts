/** Retry (level reliable). Only lower bounds of waits are checked, so that a slow machine makes no port fail. */
import { setTimeout } from 'node:timers/promises';
import { api, entity, json, refusal, tokens } from '../rules';
import { answersOf, apiRequests, errorOf, firstLines, tokenRequests, type Scenario } from '../scenario';
import type { Arrived, Rule } from '../wire';

const get = { method: 'GET', path: 'Assets' };
const post = { method: 'POST', path: 'Assets', body: { Name: 'grüße' } };
const created = entity({ Id: '1' }, 201);
const broken = refusal(500, 'An error occurred while processing this request.');
const busy = refusal(503, 'Server is busy. More than 50 requests per second can be throttled.');
/** Timers may be early by a few milliseconds. */
const EARLY_MS = 30;

const gaps = (requests: readonly Arrived[]) =>
  requests.slice(1).map(({ at }, index) => Math.round(at - (requests[index]?.at ?? 0)));
const sameEach = (requests: readonly Arrived[]) =>
  new Set(requests.map(({ method, target, body }) => `${method} ${target} ${body.toString('hex')}`)).size ===
  1;

const passing: Scenario = {
  name: 'retry-passing-fault',
  about: 'A GET, a MERGE and a DELETE meet a fault that passes.',
  requirements: ['RET-01', 'RET-10'],
  async run({ wire, ask, check }) {
    const one = answersOf(
      await ask('call', { calls: [get] }, [tokens(), api(busy, 'cut', entity({ Id: '1' }))]),
    )[0];
    check('RET-01', apiRequests(wire).length === 3 && one?.status === 200, 'success with the third request', {
      requests: firstLines(apiRequests(wire)),
      answer: one ?? null,
    });
    const merge = { method: 'MERGE', entity: { set: 'Assets', key: 'a' }, body: { Name: 'grüße' } };
    await ask('call', { calls: [merge] }, [tokens(), api(broken, { status: 204 })]);
    const sent = apiRequests(wire);
    check('RET-10', sent.length === 2 && sameEach(sent), 'the same request twice', firstLines(sent));
    const remove = { method: 'DELETE', entity: { set: 'Assets', key: 'a' } };
    await ask('call', { calls: [remove] }, [tokens(), api(broken, { status: 204 })]);
    const deletions = apiRequests(wire);
    check('RET-01', deletions.length === 2, 'the DELETE twice', firstLines(deletions));
  },
};

function unknownOutcome(name: string, about: string, fault: 'cut' | typeof broken): Scenario {
  return {
    name,
    about,
    requirements: ['RET-02'],
    async run({ wire, ask, check }) {
      const answer = answersOf(await ask('call', { calls: [post] }, [tokens(), api(fault, created)]))[0];
      const sent = apiRequests(wire);
      const ok = sent.length === 1 && answer?.error?.['outcomeUnknown'] === true;
      check('RET-02', ok, 'one request, and an error with outcomeUnknown', {
        requests: firstLines(sent),
        answer: answer ?? null,
      });
    },
  };
}

const throttledPost: Scenario = {
  name: 'retry-throttled-post',
  about: 'A POST is refused before it is carried out: busy, then throttled.',
  requirements: ['RET-03', 'RET-10'],
  async run({ wire, ask, check }) {
    const answer = answersOf(
      await ask('call', { calls: [post] }, [tokens(), api(busy, refusal(429, 'Too Many Requests'), created)]),
    )[0];
    const sent = apiRequests(wire);
    check('RET-03', sent.length === 3 && answer?.status === 201, 'success with the third request', {
      requests: firstLines(sent),
      answer: answer ?? null,
    });
    check('RET-10', sent.length > 1 && sameEach(sent), 'the same request each time', firstLines(sent));
  },
};

const refusedPost: Scenario = {
  name: 'retry-refused-post',
  about: 'Connections are refused where a POST goes: for a moment, then all the time.',
  requirements: ['RET-03'],
  async run({ wire, ask, check }) {
    const late = await wire.reserve();
    const issue = tokens();
    let opened: Promise<void> | undefined;
    const opening: Rule = (request) => {
      const reply = issue(request);
      // After the first attempt, and before the shortest wait of the third repetition is over.
      if (reply !== undefined) opened ??= setTimeout(300).then(() => late.open());
      return reply;
    };
    const settings = { endpoint: `${late.url}/api/` };
    const answer = answersOf(await ask('call', { calls: [post], settings }, [opening, api(created)]))[0];
    await opened;
    const sent = apiRequests(wire);
    check('RET-03', sent.length === 1 && answer?.status === 201, 'success once somebody listens', {
      requests: firstLines(sent),
      answer: answer ?? null,
    });
    const nobody = { endpoint: `${(await wire.reserve()).url}/api/` };
    const error = errorOf(await ask('call', { calls: [post], settings: nobody }, [tokens()]));
    const known = error?.kind === 'network' && error['outcomeUnknown'] === false;
    check('RET-03', known, { kind: 'network', outcomeUnknown: false }, error ?? null);
  },
};

const retryAfter: Scenario = {
  name: 'retry-after',
  about: 'The service asks to wait for two seconds.',
  requirements: ['RET-04'],
  async run({ wire, ask, check }) {
    const throttled = refusal(429, 'Too Many Requests', { 'retry-after': '2' });
    await ask('call', { calls: [get] }, [tokens(), api(throttled, entity({ Id: '1' }))]);
    const [gap = 0, ...more] = gaps(apiRequests(wire));
    check('RET-04', gap >= 2000 - EARLY_MS && more.length === 0, 'a second request after 2000 ms', {
      gapsMs: [gap, ...more],
    });
  },
};

const givesUp: Scenario = {
  name: 'retry-gives-up',
  about: 'A fault that does not pass.',
  requirements: ['RET-05', 'RET-06'],
  async run({ wire, ask, check }) {
    const answer = answersOf(await ask('call', { calls: [get] }, [tokens(), api(broken)]))[0];
    const sent = apiRequests(wire);
    const ok = sent.length === 4 && answer?.error?.kind === 'service' && answer.error['status'] === 500;
    check('RET-06', ok, 'an error of status 500 after four requests', {
      requests: sent.length,
      answer: answer ?? null,
    });
    const least = [250, 500, 1000].map((ms) => ms - EARLY_MS);
    const waited = gaps(sent);
    const grows = waited.length > 0 && waited.every((gap, index) => gap >= (least[index] ?? 0));
    check('RET-05', grows, { gapsMsAtLeast: least }, { gapsMs: waited });
  },
};

const cutAgainAndAgain: Scenario = {
  name: 'retry-kept-connection',
  about: 'After one answer every connection breaks: some HTTP libraries repeat a GET on their own.',
  requirements: ['RET-06'],
  async run({ wire, ask, check }) {
    const rules = [tokens(), api(entity({ Id: '1' }), 'cut')];
    const answer = answersOf(await ask('call', { calls: [get, get] }, rules))[1];
    const sent = apiRequests(wire).length;
    const ok = sent === 5 && answer?.error?.kind === 'network';
    check('RET-06', ok, 'a network error after one request and four', {
      requests: sent,
      answer: answer ?? null,
    });
  },
};

const tooLong: Scenario = {
  name: 'retry-after-too-long',
  about: 'The service asks to wait for an hour.',
  requirements: ['RET-07'],
  async run({ wire, ask, check }) {
    const throttled = refusal(429, 'Too Many Requests', { 'retry-after': '3600' });
    const answer = answersOf(await ask('call', { calls: [get] }, [tokens(), api(throttled)]))[0];
    const ok = apiRequests(wire).length === 1 && answer?.error?.['status'] === 429;
    check('RET-07', ok, 'an error of status 429 after one request', {
      requests: firstLines(apiRequests(wire)),
      answer: answer ?? null,
    });
  },
};

const clientErrors: Scenario = {
  name: 'retry-not-client-errors',
  about: 'Answers that do not change when asked again.',
  requirements: ['RET-08'],
  async run({ wire, ask, check }) {
    const statuses = [400, 403, 404, 409];
    const replies = statuses.map((status) => refusal(status, 'No.'));
    const answers = answersOf(
      await ask('call', { calls: statuses.map(() => get) }, [tokens(), api(...replies)]),
    );
    const arrived = answers.map(({ error }) => error?.['status'] ?? null);
    const ok = JSON.stringify(arrived) === JSON.stringify(statuses) && apiRequests(wire).length === 4;
    check('RET-08', ok, statuses, { statuses: arrived, requests: apiRequests(wire).length });
  },
};

const tokenRequest: Scenario = {
  name: 'retry-token-request',
  about: 'The token endpoint is unavailable for a moment.',
  requirements: ['RET-09'],
  async run({ wire, ask, check }) {
    const down = json(503, { error: 'temporarily_unavailable' });
    const answer = answersOf(
      await ask('call', { calls: [get] }, [tokens((n) => (n === 1 ? down : {})), api(entity({ Id: '1' }))]),
    )[0];
    check(
      'RET-09',
      tokenRequests(wire).length === 2 && answer?.status === 200,
      'success with the second request',
      {
        tokenRequests: tokenRequests(wire).length,
        answer: answer ?? null,
      },
    );
  },
};

export const retryScenarios = [
  passing,
  unknownOutcome('retry-post-failed', 'A POST is answered 500.', broken),
  unknownOutcome('retry-post-unavailable', 'A POST is answered 503 without a reason.', refusal(503, 'No.')),
  unknownOutcome('retry-post-cut', 'The connection breaks after a POST was sent.', 'cut'),
  throttledPost,
  refusedPost,
  retryAfter,
  givesUp,
  cutAgainAndAgain,
  tooLong,
  clientErrors,
  tokenRequest,
];
