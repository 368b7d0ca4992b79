/** Errors of the REST API (level core). */
import { api, entity, json, tokens } from '../rules';
import { answersOf, apiRequests, type Scenario } from '../scenario';

const calls = [{ method: 'GET', path: 'Assets' }];

const notFound: Scenario = {
  name: 'error-not-found',
  about: 'An entity that the local Azure does not have.',
  requirements: ['ERR-01', 'ERR-02'],
  async run({ wire, ask, check }) {
    const key = 'nb:cid:UUID:00000000-0000-4000-8000-000000000000';
    const answer = await ask('call', { calls: [{ method: 'GET', entity: { set: 'Assets', key } }] });
    const error = answersOf(answer)[0]?.error;
    const reply = apiRequests(wire)[0]?.reply;
    const requestId = reply?.headers?.['x-ms-request-id'] ?? reply?.headers?.['request-id'] ?? null;
    const expected = { kind: 'service', status: 404, requestId };
    const arrived = {
      kind: error?.kind ?? null,
      status: error?.['status'] ?? null,
      requestId: error?.['requestId'] ?? null,
    };
    check('ERR-02', JSON.stringify(expected) === JSON.stringify(arrived), expected, arrived);
    const said = (JSON.parse(String(reply?.body ?? '{}')) as { error?: { message?: { value?: string } } })
      .error;
    const message = said?.message?.value ?? 'an error of the API';
    check('ERR-01', error?.['message'] === message, message, error ?? null);
  },
};

const html: Scenario = {
  name: 'error-html-with-200',
  about: 'A sign-in page answers in place of the API.',
  requirements: ['ERR-03'],
  async run({ ask, check }) {
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };
    const answer = answersOf(await ask('call', { calls }, [tokens(), api(page)]))[0];
    check('ERR-03', answer?.error?.kind === 'protocol', { kind: 'protocol' }, answer ?? null);
  },
};

const NOT_JSON = ['{"d":NaN}', '{"d":01}', '{"d":.5}', '{"d":1,}', "{'d':1}", '{"d":1}{}', '{"d":1} // x'];

const almostJson: Scenario = {
  name: 'error-almost-json',
  about: 'Bodies that lenient parsers take.',
  requirements: ['ERR-03'],
  async run({ ask, check }) {
    const replies = NOT_JSON.map((body) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body,
    }));
    const many = { calls: NOT_JSON.map(() => ({ method: 'GET', path: 'Assets' })) };
    const answers = answersOf(await ask('call', many, [tokens(), api(...replies)]));
    const taken = NOT_JSON.filter((_, index) => answers[index]?.error?.kind !== 'protocol');
    check('ERR-03', taken.length === 0, { taken: [] }, { taken });
  },
};

const cutShort: Scenario = {
  name: 'error-body-cut-short',
  about: 'The connection breaks before the last byte of an answer.',
  requirements: ['ERR-04'],
  async run({ ask, check }) {
    const create = [{ method: 'POST', path: 'Assets', body: { Name: 'x' } }];
    const short = { ...entity({ Id: '1' }, 201), cutShort: true as const };
    const answer = answersOf(await ask('call', { calls: create }, [tokens(), api(short)]))[0];
    check('ERR-04', answer?.error?.kind === 'network', { kind: 'network' }, answer ?? null);
  },
};

const nobody: Scenario = {
  name: 'error-nobody-answers',
  about: 'Connections that are cut before an answer.',
  requirements: ['ERR-04'],
  async run({ ask, check }) {
    const create = [{ method: 'POST', path: 'Assets', body: { Name: 'x' } }];
    const answer = answersOf(await ask('call', { calls: create }, [tokens(), api('cut')]))[0];
    check('ERR-04', answer?.error?.kind === 'network', { kind: 'network' }, answer ?? null);
  },
};

const echoed: Scenario = {
  name: 'error-token-echoed',
  about: 'A gateway quotes the request that it could not pass on.',
  requirements: ['ERR-05'],
  async run({ ask, check }) {
    const token = 'secret-token-of-many-characters';
    const answer = await ask('call', { calls }, [
      tokens(() => ({ access_token: token })),
      api(({ headers }) => {
        const { authorization = '' } = headers;
        const error = { code: authorization, message: { value: `Could not pass on: ${authorization}` } };
        return json(400, { error }, { 'x-ms-request-id': authorization });
      }),
    ]);
    const isError = answersOf(answer)[0]?.error?.kind === 'service';
    const shown = JSON.stringify(answer).includes(token);
    check('ERR-05', isError && !shown, 'an error without the token', { isError, tokenInIt: shown });
  },
};

export const errorScenarios = [notFound, html, almostJson, nobody, cutShort, echoed];
