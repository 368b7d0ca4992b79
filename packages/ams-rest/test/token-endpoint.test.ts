import { inspect } from 'node:util';
import {
  AuthenticationError,
  clientSecretCredential,
  ProtocolError,
  undiciTransport,
  type HttpResponse,
} from '../src';
import {
  buildTokenRequest,
  clientSecretForm,
  explainRefusal,
  judgeTokenResponse,
  requestToken,
  tokenEndpoint,
} from '../src/credentials';
import { closing } from './helpers/closing';
import { answer, startServer } from './helpers/scripted-server';
import { everyPrint, rejection } from './helpers/values';

const SCOPE = 'https://rest.media.azure.net/.default';
const SECRET = 'q~+&=%/ä "\\ ~x.8Q';
const AUTHORITY = { tenantId: 'contoso.onmicrosoft.com' };
const SENT_AT = 1_700_000_000_000;

const form = clientSecretForm('11111111-2222-3333-4444-555555555555', SECRET);
const built = buildTokenRequest(AUTHORITY, form, SCOPE);

function response(body: unknown, status = 200, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

function judge(body: unknown, status = 200, headers: Record<string, string> = {}) {
  return judgeTokenResponse(built, response(body, status, headers), SENT_AT, explainRefusal);
}

function refused(body: unknown, status: number, headers: Record<string, string> = {}): AuthenticationError {
  try {
    judge(body, status, headers);
  } catch (error) {
    if (error instanceof AuthenticationError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('the address of the token endpoint', () => {
  test.each([
    [{ tenantId: 'contoso.com' }, 'https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token'],
    [{ tenantId: 't', endpointVersion: 'v1' as const }, 'https://login.microsoftonline.com/t/oauth2/token'],
    [
      { tenantId: 't', authorityHost: 'https://login.example//' },
      'https://login.example/t/oauth2/v2.0/token',
    ],
    [{ tenantId: 't', authorityHost: 'http://localhost:8/' }, 'http://localhost:8/t/oauth2/v2.0/token'],
  ])('%j', (authority, url) => {
    expect(tokenEndpoint(authority)).toBe(url);
  });

  test.each(['https://login.microsoftonline.com/contoso.onmicrosoft.com', 'http://localhost:8/x/'])(
    'a directory in the authority host is refused: %s',
    (authorityHost) => {
      expect(() => tokenEndpoint({ tenantId: 't', authorityHost })).toThrow(/tenantId/);
    },
  );

  test.each(['', '../evil', 'a/b', 'a?b', 'a#b', 'a b', 'a%2fb', '-', '.', 'a.'])(
    'the tenant %j is refused',
    (tenantId) => {
      expect(() => tokenEndpoint({ tenantId })).toThrow(TypeError);
    },
  );

  test.each(['http://login.example', 'login.example', 'https://u:p@login.example', 'https://l.example?x'])(
    'the authority host %s is refused',
    (authorityHost) => {
      expect(() => tokenEndpoint({ tenantId: 't', authorityHost })).toThrow(TypeError);
    },
  );
});

describe('the token request', () => {
  test('v2 sends scope, v1 sends resource; the resource is never normalised', () => {
    const fields = (version: 'v1' | 'v2', scope: string) => {
      const request = buildTokenRequest({ ...AUTHORITY, endpointVersion: version }, form, scope);
      return Object.fromEntries(new URLSearchParams(String(request.body)));
    };
    const common = { grant_type: 'client_credentials', client_id: form['client_id'], client_secret: SECRET };
    expect(fields('v2', SCOPE)).toEqual({ ...common, scope: SCOPE });
    expect(fields('v1', SCOPE)).toEqual({ ...common, resource: 'https://rest.media.azure.net' });
    expect(fields('v1', 'https://management.azure.com//.default')).toMatchObject({
      resource: 'https://management.azure.com/',
    });
    expect(() => fields('v1', 'https://rest.media.azure.net')).toThrow(TypeError);
  });

  test('claims travel along, and each request has its own id', () => {
    const again = buildTokenRequest(AUTHORITY, form, SCOPE, { claims: '{"access_token":{}}' });
    expect(new URLSearchParams(String(again.body)).get('claims')).toBe('{"access_token":{}}');
    expect(again.headers['client-request-id']).not.toBe(built.headers['client-request-id']);
  });

  test('an empty id or secret is refused', () => {
    expect(() => clientSecretForm('', 'x')).toThrow(TypeError);
    expect(() => clientSecretForm('x', '')).toThrow(TypeError);
  });

  test('a secret with awkward characters arrives as it is', async () => {
    const server = closing(
      await startServer(answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: 't1' })),
    );
    const transport = closing(undiciTransport());
    await requestToken(transport, { tenantId: 't', authorityHost: server.origin }, form, SCOPE);
    expect(new URLSearchParams(server.received[0]?.body).get('client_secret')).toBe(SECRET);
    expect(server.received[0]).toMatchObject({ method: 'POST', path: '/t/oauth2/v2.0/token' });
    expect(server.received[0]?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
    });
  });
});

describe('a token that came', () => {
  test('v1: every number is a string', () => {
    const token = judge({
      token_type: 'Bearer',
      expires_in: '3599',
      ext_expires_in: '3599',
      expires_on: '1622089429',
      not_before: '1622085529',
      resource: 'https://rest.media.azure.net',
      access_token: 'eyJ0.e30.sig',
    });
    expect(token.token).toBe('eyJ0.e30.sig');
    expect(token.expiresOnTimestamp).toBe(SENT_AT + 3_599_000);
    expect(token.refreshAfterTimestamp).toBeUndefined();
    expect(token.refreshToken).toBeUndefined();
    expect(token.fields).toContain('ext_expires_in');
  });

  test('v2: numbers, refresh_in, token_type in any case', () => {
    const token = judge({
      token_type: 'bearer',
      expires_in: 86399,
      refresh_in: 43199,
      access_token: 'opaque',
    });
    expect(token.expiresOnTimestamp).toBe(SENT_AT + 86_399_000);
    expect(token.refreshAfterTimestamp).toBe(SENT_AT + 43_199_000);
  });

  test.each([
    [{ expires_on: '1700003600' }, 1_700_003_600_000],
    [{ expires_on: 1_700_003_600 }, 1_700_003_600_000],
    [{ expires_on: '11/14/2023 23:13:20 +00:00' }, 1_700_003_600_000],
    [{ expires_on: '11/14/2023 11:13:20 PM +00:00' }, 1_700_003_600_000],
    [{ expires_on: '11/14/2023 23:13:20' }, 1_700_003_600_000],
    [{ expires_on: '2023-11-14T23:13:20' }, 1_700_003_600_000],
    [{ expires_on: '2023-11-15T01:13:20+02:00' }, 1_700_003_600_000],
    [{ expires_in: '3600.5' }, SENT_AT + 3_600_500],
  ])('%j', (fields, expiresOnTimestamp) => {
    expect(judge({ token_type: 'Bearer', access_token: 't', ...fields }).expiresOnTimestamp).toBe(
      expiresOnTimestamp,
    );
  });

  test('it and its refresh token are not printed', () => {
    const fields = {
      token_type: 'Bearer',
      access_token: 'opaque-1',
      refresh_token: 'opaque-2',
      expires_in: 1,
    };
    const token = judge(fields);
    expect([token.token, token.refreshToken]).toEqual(['opaque-1', 'opaque-2']);
    for (const print of [inspect(token, { showHidden: true }), JSON.stringify(token)])
      expect(print).not.toMatch(/opaque/);
  });

  test('copies of it keep the token and the refresh token', () => {
    const token = judge({ ...good, access_token: 'opaque-1', refresh_token: 'opaque-2' });
    const kept = { token: 'opaque-1', refreshToken: 'opaque-2' };
    expect({ ...token }).toMatchObject(kept);
    expect(structuredClone(token)).toMatchObject(kept);
    expect(Object.keys(token)).toContain('token');
  });

  const good = { token_type: 'Bearer', access_token: 't', expires_in: 3599 };
  test.each([
    ['no JSON', 'hello'],
    ['a list', [good]],
    ['null', 'null'],
    ['empty', ''],
    ['not UTF-8', '\ud800'],
    ['another type', { ...good, token_type: 'mac' }],
    ['no type', { ...good, token_type: undefined }],
    ['no token', { ...good, access_token: undefined }],
    ['a token with a line end', { ...good, access_token: 'a\r\nx-evil: 1' }],
    ['an empty token', { ...good, access_token: '' }],
    ['no life', { ...good, expires_in: undefined }],
    ['a negative life', { ...good, expires_in: -1 }],
    ['no time of day', { ...good, expires_in: undefined, expires_on: '2023-11-15Z' }],
    ['a month', { ...good, expires_in: undefined, expires_on: 'May 5 GMT' }],
    ['a negative end', { ...good, expires_in: undefined, expires_on: '-5' }],
  ])('a success with %s is a ProtocolError', (_, body) => {
    expect(() => judge(body)).toThrow(ProtocolError);
  });
});

describe('a refusal', () => {
  const description =
    'AADSTS7000215: Invalid client secret provided.\r\nTrace ID: aaa\r\nCorrelation ID: bbb\r\nTimestamp: 2025-10-01 12:00:00Z';

  test('keeps the codes, the ids and says what to do', () => {
    const error = refused(
      {
        error: 'invalid_client',
        error_description: description,
        error_codes: [7000215],
        trace_id: 'aaa',
        correlation_id: 'bbb',
        suberror: 'bad_token',
        claims: '{"access_token":{}}',
      },
      401,
      { 'x-ms-request-id': 'aaa' },
    );
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      status: 401,
      code: 'invalid_client',
      serviceMessage: 'AADSTS7000215: Invalid client secret provided.',
      errorCodes: [7000215],
      traceId: 'aaa',
      correlationId: 'bbb',
      suberror: 'bad_token',
      claims: '{"access_token":{}}',
      requestId: 'aaa',
      clientRequestId: built.headers['client-request-id'],
      retryable: false,
    });
    expect(error.hint).toMatch(/value, not its id/);
    expect(error.message).toContain(error.hint);
  });

  test('newer answers divide by blanks, chained codes give the last one’s hint', () => {
    const error = refused(
      { error: 'x', error_description: description.replaceAll('\r\n', ' '), error_codes: [70002, 7000222] },
      400,
    );
    expect(error.serviceMessage).toBe('AADSTS7000215: Invalid client secret provided.');
    expect(error.hint).toMatch(/expired/);
  });

  test('a 429 in plain text keeps its status, words and Retry-After', () => {
    expect(refused('Too Many Requests', 429, { 'retry-after': '60' })).toMatchObject({
      status: 429,
      serviceMessage: 'Too Many Requests',
      retryAfterMs: 60_000,
      retryable: true,
    });
  });

  test.each(['<html>busy</html>', '[1]', 'null', '', '{"error":', '{"error":1,"error_codes":"x"}'])(
    'an answer of 503 with %j is no parse error',
    (body) => {
      expect(refused(body, 503)).toMatchObject({ status: 503, retryable: true, errorCodes: [] });
    },
  );

  test('an endpoint that plays the secret back shows it nowhere', () => {
    const echo = {
      error: `bad ${SECRET}`,
      error_description: SECRET,
      body: String(built.body),
      trace_id: SECRET,
    };
    const shown = everyPrint(refused(echo, 400));
    for (const form of [
      SECRET,
      encodeURIComponent(SECRET),
      new URLSearchParams({ s: SECRET }).toString().slice(2),
    ])
      expect(shown).not.toContain(form);
    expect(shown).toContain('REDACTED');
  });
});

test('the credential asks the token endpoint once and prints nothing secret', async () => {
  const server = closing(
    await startServer(answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: 'opaque-9' })),
  );
  const transport = closing(undiciTransport());
  const credential = clientSecretCredential({
    tenantId: 't',
    authorityHost: server.origin,
    clientId: 'client',
    clientSecret: SECRET,
    endpointVersion: 'v1',
    transport,
  });
  const [one, two] = await Promise.all([credential.getToken(SCOPE), credential.getToken([SCOPE])]);
  expect(one).toBe(two);
  expect(server.received).toHaveLength(1);
  expect(everyPrint(credential)).not.toContain(SECRET);
  const aborted = rejection(
    credential.getToken(SCOPE, { abortSignal: AbortSignal.abort(new Error('mine')) }),
  );
  expect((await aborted).message).toBe('mine');
});
