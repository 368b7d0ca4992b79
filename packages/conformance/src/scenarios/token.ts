/** The token request and its answer (level core). */
import { json, tokens } from '../rules';
import { answersOf, errorOf, firstLine, firstLines, tokenRequests, type Scenario } from '../scenario';
import type { Json } from '../protocol';
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

const lowerEscapes = (text: string) =>
  encodeURIComponent(text).replace(/%../g, (escape) => escape.toLowerCase());

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
      lowerEscapes(secret),
    ];
    const answer = await ask('get-token', { scopes: [SCOPE], settings: { clientSecret: secret } }, [
      tokens((_, { body }) =>
        json(400, {
          error: `invalid_request ${secret}`,
          error_description: `AADSTS90014: ${secret} ${body.toString()}`,
          trace_id: secret,
          correlation_id: lowerEscapes(secret),
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

const tenantAstray: Scenario = {
  name: 'token-tenant-astray',
  about: 'A tenant that would lead the secret to another path.',
  requirements: ['TOK-05'],
  async run({ wire, ask, check }) {
    const answer = await ask('get-token', { scopes: [SCOPE], settings: { tenantId: 'contoso/../evil' } });
    const kind = errorOf(answer)?.kind ?? null;
    const expected = { kind: 'argument', requests: [] };
    const ok = kind === 'argument' && wire.arrived.length === 0;
    check('TOK-05', ok, expected, { kind, requests: firstLines(wire.arrived) });
  },
};

const unusable: Scenario = {
  name: 'token-unusable',
  about: 'Successes of the v1 endpoint that are not a bearer token for the resource.',
  requirements: ['TOK-07'],
  async run({ ask, check }) {
    const bad: Readonly<Record<string, object>> = {
      'token_type pop': { token_type: 'pop' },
      'a blank in the token': { access_token: 'two words' },
      'another resource': { resource: 'https://graph.windows.net' },
    };
    const kinds: Record<string, Json> = {};
    for (const [name, fields] of Object.entries(bad)) {
      const settings = { endpointVersion: 'v1' };
      const answer = await ask('get-token', { scopes: [SCOPE], settings }, [tokens(() => fields)]);
      kinds[name] = errorOf(answer)?.kind ?? null;
    }
    const expected = Object.fromEntries(Object.keys(bad).map((name) => [name, 'protocol']));
    check('TOK-07', JSON.stringify(kinds) === JSON.stringify(expected), expected, kinds);
  },
};

const basic: Scenario = {
  name: 'token-basic',
  about: 'The awkward secret by HTTP Basic.',
  requirements: ['TOK-10'],
  async run({ wire, ask, check }) {
    const settings = { clientSecret: AWKWARD_SECRET, basic: true };
    await ask('get-token', { scopes: [SCOPE], settings }, [tokens()]);
    const request = tokenRequests(wire)[0];
    const [scheme, pair = ''] = (request?.headers.authorization ?? '').split(' ');
    const [, secret = ''] = Buffer.from(pair, 'base64').toString('latin1').split(':');
    const decoded = new URLSearchParams(`secret=${secret}`).get('secret');
    const names = request ? Object.keys(formOf(request)).sort() : [];
    const ok = scheme === 'Basic' && decoded === AWKWARD_SECRET && names.join(' ') === 'grant_type scope';
    const expected = { scheme: 'Basic', secret: AWKWARD_SECRET, form: ['grant_type', 'scope'] };
    check('TOK-10', ok, expected, { scheme: scheme ?? null, secret: decoded, form: names });
  },
};

const assertion: Scenario = {
  name: 'token-assertion',
  about: 'A signed assertion in place of the secret.',
  requirements: ['CRT-04'],
  async run({ wire, ask, check }) {
    const settings = { clientAssertion: 'eyJ0.eyJh.c2ln' };
    await ask('get-token', { scopes: [SCOPE], settings }, [tokens()]);
    const request = tokenRequests(wire)[0];
    const form = request ? formOf(request) : {};
    const given = Object.fromEntries(
      ['client_assertion', 'client_assertion_type', 'client_secret'].map((name) => [
        name,
        form[name] ?? null,
      ]),
    );
    const expected = {
      client_assertion: settings.clientAssertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_secret: null,
    };
    check('CRT-04', JSON.stringify(given) === JSON.stringify(expected), expected, given);
  },
};

export const tokenScenarios = [
  exchange('v2'),
  exchange('v1'),
  awkwardSecret,
  tenantAstray,
  unusable,
  refused,
  echoed,
  basic,
  assertion,
];
