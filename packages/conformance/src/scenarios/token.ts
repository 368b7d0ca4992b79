/** The token request and its answer (level core). */
import { json, tokens } from '../rules';
import { answersOf, firstLine, tokenRequests, type Scenario } from '../scenario';
import type { Arrived } from '../wire';

const SCOPE = 'https://rest.media.azure.net/.default';
const AWKWARD_SECRET = 'a+b&c=d%41 ~grüße/"€';

const formOf = ({ body }: Arrived) => Object.fromEntries(new URLSearchParams(body.toString('utf8')));

function exchange(endpointVersion: 'v1' | 'v2'): Scenario {
  const path = endpointVersion === 'v2' ? 'oauth2/v2.0/token' : 'oauth2/token';
  return {
    name: `token-${endpointVersion}`,
    about: `One token from the ${endpointVersion} endpoint of the local Azure.`,
    requirements: ['TOK-01', 'TOK-02', 'TOK-04', 'TOK-06'],
    async run({ emulator, wire, ask, check }) {
      const answer = await ask('get-token', { scopes: [SCOPE], settings: { endpointVersion } });
      const request = tokenRequests(wire)[0];
      const line = request ? firstLine(request) : 'nothing';
      check(
        'TOK-01',
        line === `POST /${emulator.tenantDomain}/${path}`,
        `POST /${emulator.tenantDomain}/${path}`,
        line,
      );
      const { client_secret: secret, scope, resource, ...form } = request ? formOf(request) : {};
      const type = request?.headers['content-type'] ?? '';
      const wanted = { grant_type: 'client_credentials', client_id: emulator.clientId };
      const sent =
        JSON.stringify(form, Object.keys(form).sort()) ===
          JSON.stringify(wanted, Object.keys(wanted).sort()) &&
        secret === emulator.clientSecret &&
        /^application\/x-www-form-urlencoded\b/.test(type) &&
        request?.headers.accept === 'application/json';
      check(
        'TOK-02',
        sent,
        { ...wanted, client_secret: '…', accept: 'application/json' },
        {
          ...form,
          client_secret: secret === undefined ? null : '…',
          'content-type': type,
          accept: request?.headers.accept ?? null,
        },
      );
      const target = endpointVersion === 'v2' ? { scope: SCOPE } : { resource: emulator.resource };
      const given = { ...(scope !== undefined && { scope }), ...(resource !== undefined && { resource }) };
      check('TOK-04', JSON.stringify(given) === JSON.stringify(target), target, given);
      const issued = issuedToken(request);
      const token = answersOf(answer)[0]?.['token'] ?? null;
      check(
        'TOK-06',
        issued !== undefined && token === issued,
        'the access_token of the answer',
        shape(token),
      );
    },
  };
}

function issuedToken(request: Arrived | undefined): string | undefined {
  try {
    return (JSON.parse(String(request?.reply?.body)) as { access_token?: string }).access_token;
  } catch {
    return undefined;
  }
}

const shape = (token: unknown) =>
  typeof token === 'string' ? `another text of ${token.length} characters` : null;

const awkwardSecret: Scenario = {
  name: 'token-awkward-secret',
  about: 'A secret with characters that a form must encode.',
  requirements: ['TOK-03'],
  async run({ wire, ask, check }) {
    await ask('get-token', { scopes: [SCOPE], settings: { clientSecret: AWKWARD_SECRET } }, [tokens()]);
    const request = tokenRequests(wire)[0];
    const arrived = request ? (formOf(request)['client_secret'] ?? null) : null;
    check('TOK-03', arrived === AWKWARD_SECRET, AWKWARD_SECRET, arrived);
  },
};

const refused: Scenario = {
  name: 'token-refused',
  about: 'A wrong secret, refused by the local Azure.',
  requirements: ['TOK-08'],
  async run({ ask, check }) {
    const answer = await ask('get-token', { scopes: [SCOPE], settings: { clientSecret: 'wrong' } });
    const error = answersOf(answer)[0]?.error;
    const codes = Array.isArray(error?.['errorCodes']) ? error['errorCodes'] : [];
    const ok = error?.kind === 'authentication' && error['status'] === 401 && codes.includes(7000215);
    const expected = { kind: 'authentication', status: 401, code: 'invalid_client', errorCodes: [7000215] };
    check('TOK-08', ok && error['code'] === 'invalid_client', expected, error ?? answersOf(answer));
  },
};

const echoed: Scenario = {
  name: 'token-secret-echoed',
  about: 'The token endpoint quotes the request in its refusal.',
  requirements: ['TOK-09'],
  async run({ ask, check }) {
    const secret = 'S3cret+with/awkward=characters';
    const forms = [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams([['', secret]]).toString().slice(1),
    ];
    const answer = await ask('get-token', { scopes: [SCOPE], settings: { clientSecret: secret } }, [
      tokens((_, { body }) =>
        json(400, {
          error: 'invalid_request',
          error_description: `AADSTS90014: ${secret} ${body.toString()}`,
        }),
      ),
    ]);
    const text = JSON.stringify(answer);
    const refusedIt = answersOf(answer)[0]?.error?.kind === 'authentication';
    check('TOK-09', refusedIt && !forms.some((form) => text.includes(form)), 'an error without the secret', {
      isError: refusedIt,
      formsOfTheSecretInIt: forms.filter((form) => text.includes(form)).length,
    });
  },
};

export const tokenScenarios = [exchange('v2'), exchange('v1'), awkwardSecret, refused, echoed];
