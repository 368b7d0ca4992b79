/** The token cache (level reliable). */
import { api, entity, inTurn, json, refusal, tokens } from '../rules';
import {
  answersOf,
  apiRequests,
  eventually,
  firstLines,
  tokenOf,
  tokenRequests,
  type Scenario,
} from '../scenario';
import type { Rule } from '../wire';

const SCOPE = 'https://rest.media.azure.net/.default';
const OTHER_SCOPE = 'https://management.azure.com//.default';
const get = { method: 'GET', path: 'Assets' };
const good = () => api(entity({ Id: '1' }));
const succeeded = (answers: ReturnType<typeof answersOf>) => answers.filter(({ error }) => !error).length;

/** A token is for a scope, so neither verb nor path matters. */
const call = (index: number) => (index % 2 === 0 ? get : { method: 'POST', path: 'Locators', body: {} });

function sharing(
  name: string,
  requirement: string,
  about: string,
  count: number,
  parallel: boolean,
): Scenario {
  return {
    name,
    about,
    requirements: [requirement],
    async run({ wire, ask, check }) {
      const slowly = tokens();
      const answers = answersOf(
        await ask('call', { calls: Array.from({ length: count }, (_, index) => call(index)), parallel }, [
          async (request) => {
            const reply = await slowly(request);
            // Long enough for all callers to have asked.
            if (reply !== undefined && parallel) await new Promise((resolve) => setTimeout(resolve, 300));
            return reply;
          },
          good(),
        ]),
      );
      const asked = tokenRequests(wire);
      const ok = asked.length === 1 && succeeded(answers) === count && apiRequests(wire).length === count;
      check(requirement, ok, 'one token request', {
        tokenRequests: firstLines(asked),
        succeeded: succeeded(answers),
      });
    },
  };
}

const refusedTogether: Scenario = {
  name: 'cache-parallel-refusals',
  about: 'Eight calls at the same time, all refused with the first token.',
  requirements: ['CCH-02'],
  async run({ wire, ask, check }) {
    const count = 8;
    const issue = tokens();
    const answers = answersOf(
      await ask('call', { calls: Array.from({ length: count }, () => get), parallel: true }, [
        async (request) => {
          const reply = await issue(request);
          // Long enough for all callers to have been refused.
          if (reply !== undefined) await new Promise((resolve) => setTimeout(resolve, 300));
          return reply;
        },
        inTurn((request) => tokenOf(request) === 'token-1', refusal(401, 'The token was revoked.')),
        good(),
      ]),
    );
    const asked = tokenRequests(wire);
    const ok = asked.length === 2 && succeeded(answers) === count;
    check('CCH-02', ok, 'two token requests', {
      tokenRequests: firstLines(asked),
      succeeded: succeeded(answers),
    });
  },
};

const expired: Scenario = {
  name: 'cache-expired',
  about: 'Tokens that are over as soon as they come.',
  requirements: ['CCH-03'],
  async run({ wire, ask, check }) {
    await ask('call', { calls: [get, get, get] }, [tokens(() => ({ expires_in: 0 })), good()]);
    const sent = apiRequests(wire).map(tokenOf);
    const expected = ['token-1', 'token-2', 'token-3'];
    check('CCH-03', JSON.stringify(sent) === JSON.stringify(expected), expected, sent);
  },
};

const ahead: Scenario = {
  name: 'cache-refresh-ahead',
  about: 'The token should be refreshed immediately, but the token endpoint refuses from then on.',
  requirements: ['CCH-04', 'CCH-05'],
  async run({ wire, ask, check }) {
    const answers = answersOf(
      await ask('call', { calls: [get, get, get, get] }, [
        tokens((n) => (n === 1 ? { refresh_in: 0 } : json(400, { error: 'invalid_client' }))),
        slowly(good()),
      ]),
    );
    const refreshed = await eventually(() => tokenRequests(wire).length >= 2);
    check('CCH-04', refreshed, 'a second token request', firstLines(tokenRequests(wire)));
    const calm = succeeded(answers) === 4 && tokenRequests(wire).length <= 2;
    check('CCH-05', calm, 'four successes with the first token, and one attempt to refresh it', {
      succeeded: succeeded(answers),
      tokenRequests: tokenRequests(wire).length,
    });
  },
};

/** Long enough for a refresh under way to end before the next call. */
const slowly =
  (rule: Rule): Rule =>
  async (request) => {
    const reply = await rule(request);
    if (reply !== undefined) await new Promise((resolve) => setTimeout(resolve, 150));
    return reply;
  };

const shortLife: Scenario = {
  name: 'cache-short-life',
  about: 'A token that lives for four minutes is not refreshed immediately.',
  requirements: ['CCH-04'],
  async run({ wire, ask, check }) {
    await ask('call', { calls: [get, get, get] }, [tokens(() => ({ expires_in: 240 })), slowly(good())]);
    const asked = tokenRequests(wire).length;
    check('CCH-04', asked === 1, 'one token request', { tokenRequests: asked });
  },
};

const LIFE_SECONDS = 6;

const nearEnd: Scenario = {
  name: 'cache-near-end',
  about: 'A token that arrives after more than half its life, which is counted from when the request left.',
  requirements: ['CCH-04'],
  async run({ wire, ask, check }) {
    const issue = tokens(() => ({ expires_in: LIFE_SECONDS }));
    const late: Rule = async (request) => {
      const reply = await issue(request);
      if (reply !== undefined && tokenRequests(wire).length === 1)
        await new Promise((resolve) => setTimeout(resolve, LIFE_SECONDS * 520));
      return reply;
    };
    await ask('call', { calls: [get, get] }, [late, slowly(good())]);
    const refreshed = await eventually(() => tokenRequests(wire).length >= 2);
    check('CCH-04', refreshed, 'a second token request', firstLines(tokenRequests(wire)));
  },
};

const forgotten: Scenario = {
  name: 'cache-failure-forgotten',
  about: 'The token endpoint refuses once.',
  requirements: ['CCH-06'],
  async run({ ask, check }) {
    const answers = answersOf(
      await ask('call', { calls: [get, get] }, [
        tokens((n) => (n === 1 ? json(400, { error: 'invalid_client' }) : {})),
        good(),
      ]),
    );
    const ok = answers[0]?.error?.kind === 'authentication' && answers[1]?.status === 200;
    check('CCH-06', ok, [{ error: { kind: 'authentication' } }, { status: 200 }], answers);
  },
};

const scopes: Scenario = {
  name: 'cache-by-scope',
  about: 'Tokens for two resources in turn.',
  requirements: ['CCH-07'],
  async run({ wire, ask, check }) {
    const answers = answersOf(await ask('get-token', { scopes: [SCOPE, OTHER_SCOPE, SCOPE] }, [tokens()]));
    const arrived = answers.map((answer) => answer['token'] ?? null);
    const expected = ['token-1', 'token-2', 'token-1'];
    const ok = JSON.stringify(arrived) === JSON.stringify(expected) && tokenRequests(wire).length === 2;
    check('CCH-07', ok, expected, arrived);
  },
};

export const cacheScenarios = [
  sharing('cache-many-calls', 'CCH-01', 'Five calls, one after the other.', 5, false),
  sharing('cache-parallel-calls', 'CCH-02', 'Eight calls at the same time.', 8, true),
  refusedTogether,
  expired,
  ahead,
  shortLife,
  nearEnd,
  forgotten,
  scopes,
];
