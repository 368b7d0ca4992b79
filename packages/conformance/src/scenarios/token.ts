/** The token request and its answer (level core), and client assertions (level complete). */
import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { json, tokens } from '../rules';
import {
  answersOf,
  errorOf,
  firstLine,
  firstLines,
  isObject,
  tokenRequests,
  type Scenario,
} from '../scenario';
import type { Json, JsonObject } from '../protocol';
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

const certificate: Scenario = {
  name: 'token-certificate',
  about: 'Two tokens by a certificate, whose key signs an assertion for each.',
  requirements: ['CRT-01', 'CRT-02', 'CRT-03'],
  async run({ emulator, wire, ask, check }) {
    const made = await generate([{ name: 'commonName', value: 'conformance' }], { keySize: 2048 });
    const { raw, publicKey } = new X509Certificate(made.cert);
    const ids: Json[] = [];
    for (let round = 0; round < 2; round++) {
      const settings = { certificate: made.private + made.cert };
      await ask('get-token', { scopes: [SCOPE], settings }, [tokens()]);
      const request = tokenRequests(wire)[0];
      const assertion = (request && formOf(request)['client_assertion']) ?? '';
      const [header = '', claims = '', signature = '', ...rest] = assertion.split('.');
      const { alg = null, typ = null, ...thumbprint } = jsonOf(header);
      const wanted = {
        alg: 'PS256',
        typ: 'JWT',
        'x5t#S256': createHash('sha256').update(raw).digest('base64url'),
      };
      const found = { alg, typ, 'x5t#S256': thumbprint['x5t#S256'] ?? null };
      check('CRT-01', JSON.stringify(found) === JSON.stringify(wanted), wanted, found);

      const { jti = null, nbf = null, exp = null, ...parties } = jsonOf(claims);
      const { clientId: id } = emulator;
      const audience = `${wire.urls.azure}/${emulator.tenantDomain}/oauth2/v2.0/token`;
      const expected = { aud: audience, iss: id, sub: id };
      const sent = { aud: parties['aud'] ?? null, iss: parties['iss'] ?? null, sub: parties['sub'] ?? null };
      check('CRT-02', JSON.stringify(sent) === JSON.stringify(expected), expected, sent);
      const now = Date.now() / 1000;
      const isNear = (value: Json, offset: number) =>
        Number.isInteger(value) && Math.abs(Number(value) - now - offset) < CLOCK_SECONDS;
      const times = { nbf: 'five minutes ago', exp: 'in ten minutes', jti: 'not used before' };
      const isRight = isNear(nbf, -300) && isNear(exp, 600) && typeof jti === 'string' && !ids.includes(jti);
      check('CRT-02', isRight, times, { nbf, exp, jti });
      ids.push(jti);

      const isUnpadded =
        rest.length === 0 && [header, claims, signature].every((part) => /^[\w-]+$/.test(part));
      const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
      const bytes = Buffer.from(signature, 'base64url');
      const isSigned = verify('sha256', Buffer.from(`${header}.${claims}`), key, bytes);
      check(
        'CRT-03',
        isUnpadded && isSigned,
        { parts: 3, unpadded: true, signed: true },
        {
          parts: assertion.split('.').length,
          unpadded: isUnpadded,
          signed: isSigned,
        },
      );
    }
  },
};

/** A part of a JWT; empty when it is not a JSON object. */
function jsonOf(part: string): JsonObject {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** How far a port's time may be from the judge's: a slow machine needs a while between the two. */
const CLOCK_SECONDS = 120;

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
  certificate,
];
