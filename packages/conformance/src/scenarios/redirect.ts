/** Redirects (level reliable). */
import { entity, inTurn, tokens } from '../rules';
import { answersOf, apiRequests, firstLine, firstLines, type Scenario } from '../scenario';
import type { Arrived, Reply } from '../wire';

const post = { method: 'POST', path: 'Assets', query: [['x', 'a b']], body: { Name: 'grüße' } };
const get = { method: 'GET', path: 'Assets' };

const atFirstRoot = ({ place, target }: Arrived) => place === 'azure' && target.startsWith('/api/');
const atNewRoot = ({ place, target }: Arrived) => place === 'azure' && target.startsWith('/moved/api/');
const movedTo = (location: string, status = 301): Reply => ({ status, headers: { location } });

const followed: Scenario = {
  name: 'redirect-root-moved',
  about: 'The API root has moved: a POST, then a GET.',
  requirements: ['RED-01', 'RED-02'],
  async run({ wire, ask, check }) {
    const answers = answersOf(
      await ask('call', { calls: [post, get] }, [
        tokens(),
        inTurn(atFirstRoot, movedTo(`${wire.urls.azure}/moved/api/`)),
        inTurn(atNewRoot, entity({ Id: '1' }, 201), entity({ Id: '2' })),
      ]),
    );
    const sent = apiRequests(wire);
    const [first, second, ...later] = sent;
    const expected = ['POST /api/Assets?x=a%20b', 'POST /moved/api/Assets?x=a%20b'];
    const lines = firstLines(sent);
    const same = first && second && first.body.length > 0 && first.body.equals(second.body);
    const ok = JSON.stringify(lines.slice(0, 2)) === JSON.stringify(expected) && same === true;
    check('RED-01', ok && answers[0]?.status === 201, expected, {
      requests: lines,
      answer: answers[0] ?? null,
    });
    const direct = later.map(firstLine);
    check(
      'RED-02',
      JSON.stringify(direct) === JSON.stringify(['GET /moved/api/Assets']),
      ['GET /moved/api/Assets'],
      direct,
    );
  },
};

const twice: Scenario = {
  name: 'redirect-twice',
  about: 'The new root has moved as well.',
  requirements: ['RED-03'],
  async run({ wire, ask, check }) {
    const answer = answersOf(
      await ask('call', { calls: [get] }, [
        tokens(),
        inTurn(atFirstRoot, movedTo(`${wire.urls.azure}/moved/api/`)),
        inTurn(atNewRoot, movedTo(`${wire.urls.azure}/api/`)),
      ]),
    )[0];
    const ok = apiRequests(wire).length === 2 && answer?.error?.['status'] === 301;
    check('RED-03', ok && answer.error.kind === 'service', 'an error of status 301 after two requests', {
      requests: firstLines(apiRequests(wire)),
      answer: answer ?? null,
    });
  },
};

const stranger: Scenario = {
  name: 'redirect-to-a-stranger',
  about: 'A 301 to an origin that is not allowed.',
  requirements: ['RED-04'],
  async run({ wire, ask, check }) {
    const rules = [tokens(), inTurn(atFirstRoot, movedTo(`${wire.urls.elsewhere}/api/`))];
    const answers = answersOf(await ask('call', { calls: [get, post] }, rules));
    const there = wire.arrived.filter(({ place }) => place === 'elsewhere');
    const statuses = answers.map(({ error }) => error?.['status'] ?? null);
    const ok = there.length === 0 && JSON.stringify(statuses) === '[301,301]';
    check('RED-04', ok, 'two errors of status 301, and nothing sent elsewhere', {
      statuses,
      sentElsewhere: firstLines(there),
    });
  },
};

function otherStatus(status: number): Scenario {
  return {
    name: `redirect-${status}`,
    about: `A ${status} from the API, and from the token endpoint.`,
    requirements: ['RED-05'],
    async run({ wire, ask, check }) {
      const strange = movedTo(`${wire.urls.elsewhere}/login`, status);
      const near = movedTo(`${wire.urls.azure}/moved/api/Assets`, status);
      const followers = () =>
        wire.arrived.filter((request) => request.place === 'elsewhere' || atNewRoot(request));
      const rules = [tokens(), inTurn(atFirstRoot, strange, near)];
      const answers = answersOf(await ask('call', { calls: [get, get] }, rules));
      const refused = answers.every(({ error }) => error?.kind === 'service' && error['status'] === status);
      check(
        'RED-05',
        refused && answers.length === 2 && followers().length === 0,
        `two errors of status ${status}`,
        {
          answers,
          followed: firstLines(followers()),
        },
      );
      const token = answersOf(await ask('call', { calls: [get] }, [tokens(() => strange)]))[0];
      const ok = token?.error?.kind === 'authentication' && followers().length === 0;
      check('RED-05', ok, 'an authentication error, and the secret not sent elsewhere', {
        answer: token ?? null,
        followed: firstLines(followers()),
      });
    },
  };
}

export const redirectScenarios = [followed, twice, stranger, otherStatus(302), otherStatus(307)];
