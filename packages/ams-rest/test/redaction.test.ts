/** No object or error that this library hands out shows a secret, however it is printed. */
import fc from 'fast-check';
import {
  AmsClient,
  AuthenticationError,
  clientSecretCredential,
  fetchTransport,
  NetworkError,
  ProtocolError,
  redactText,
  redactUrl,
  ServiceError,
  undiciTransport,
  type HttpRequest,
  type Transport,
} from '../src';
import { blobUrlInContainer } from '../src/storage';
import { buildTokenRequest, clientSecretForm, judgeTokenResponse } from '../src/credentials';
import { expectLinear } from '../../ams-emulator/test/growth';
import { listCredential, everyPrint, rejection } from './helpers/values';

const SECRET = 'planted~client+secret/=&1';
const TOKEN = 'planted-opaque-token-2';
const SAS = 'https://acct.blob.example/c/b?sv=2020-12-06&sr=c&sp=rw&sig=planted%2Bsig%3D3';
const PLANTED = /planted/;

/** Each form in which a value travels. */
const forms = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ s: secret }).toString().slice(2),
  JSON.stringify(secret).slice(1, -1),
];

test('objects', async () => {
  const seen: HttpRequest[] = [];
  const transport: Transport = (request) => {
    seen.push(request);
    const body =
      request.method === 'POST' ? { token_type: 'Bearer', expires_in: 3599, access_token: TOKEN } : { d: {} };
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) });
  };
  const credential = clientSecretCredential({
    tenantId: 't',
    clientId: 'c',
    clientSecret: SECRET,
    transport,
  });
  const token = await credential.getToken('https://r.example/.default');
  const client = new AmsClient({ endpoint: 'https://h.example/api/', credential, transport });
  await client.request('GET', 'Assets', { headers: { 'x-mine': 'planted' } });

  // The secrets were there.
  expect([token.token, String(seen[0]?.body), seen.at(-1)?.headers['authorization']]).toEqual([
    TOKEN,
    expect.stringContaining(encodeURIComponent('planted~').slice(0, 7)) as string,
    `Bearer ${TOKEN}`,
  ]);
  const form = clientSecretForm('c', SECRET);
  const built = buildTokenRequest({ tenantId: 't' }, form, 'https://r.example/.default', { claims: '{}' });
  const shown = [
    credential,
    token,
    client,
    transport,
    undiciTransport(),
    fetchTransport(),
    form,
    built,
    ...seen,
  ];
  for (const value of shown) expect(everyPrint({ inside: [value] })).not.toMatch(PLANTED);
  expect(everyPrint(seen.at(-1))).toContain('https://h.example/api/Assets');
});

describe('errors', () => {
  const cause = Object.assign(new Error(`Parse Error at Bearer ${TOKEN}`, { cause: new Error(SAS) }), {
    code: 'HPE_INVALID_CONSTANT',
    data: Buffer.from(`{"access_token":"${TOKEN}"}`),
    options: { headers: { authorization: TOKEN } },
  });
  const facts = {
    method: 'PUT',
    url: SAS,
    clientRequestId: 'id',
    reason: `connect failed for ${SAS}`,
    maybeSent: true,
    cause,
    status: 403,
    code: `client_secret=${encodeURIComponent(SECRET)}`,
    serviceMessage: `Authorization: Bearer ${TOKEN}`,
    requestId: `Bearer ${TOKEN}`,
    traceId: `Bearer ${TOKEN}`,
    correlationId: `sig=planted`,
    stopped: 'gave up',
    body: JSON.stringify({ access_token: `planted"with\\quote ${TOKEN}`, refresh_token: 'planted' }),
  };

  test.each([
    new NetworkError(facts),
    new ServiceError(facts),
    new AuthenticationError(facts),
    new ProtocolError(facts),
    new NetworkError({ ...facts, cause: new AggregateError([cause, new Error(SAS)], SAS) }),
    new NetworkError({ ...facts, cause: SAS }),
  ])('%#', (error) => {
    expect(everyPrint(error)).not.toMatch(PLANTED);
    expect(error.message).toContain('https://acct.blob.example/c/b?sv=2020-12-06&sr=c&sp=rw&sig=REDACTED');
  });

  test('keep what helps: the cause’s name, message, code and stack', () => {
    const error = new NetworkError({ ...facts, cause });
    expect(error.cause).toMatchObject({ name: 'Error', code: 'HPE_INVALID_CONSTANT' });
    expect((error.cause as Error).message).toBe('Parse Error at Bearer REDACTED');
    expect((error.cause as Error).stack).toContain('redaction.test');
  });

  test.each(['', '/', '//', '?'])(
    'a path that is an address with a signature (%j in front) is refused without showing it',
    async (front) => {
      const client = new AmsClient({ endpoint: 'https://h.example/api/', credential: listCredential(TOKEN) });
      const error = await rejection(client.request('GET', front + SAS));
      expect(error).toBeInstanceOf(TypeError);
      expect(everyPrint(error)).not.toMatch(PLANTED);
    },
  );

  test('settings that are wrong are refused without showing them', () => {
    const wrong = [
      () => new AmsClient({ endpoint: `https://user:planted@h.example`, credential: listCredential('t') }),
      () =>
        new AmsClient({
          endpoint: 'https://h.example',
          allowedOrigins: ['planted'],
          credential: listCredential('t'),
        }),
      () => clientSecretCredential({ tenantId: 'planted/', clientId: 'c', clientSecret: SECRET }),
      () => blobUrlInContainer('planted?sig=planted', 'x'),
      () => blobUrlInContainer(SAS, '..'),
    ];
    for (const make of wrong) {
      let error: unknown;
      try {
        make();
      } catch (thrown) {
        error = thrown;
      }
      if (error !== undefined) expect(everyPrint(error)).not.toMatch(PLANTED);
    }
  });
});

describe('whatever the secret is', () => {
  // Long enough that it cannot be there by chance.
  const secret = fc
    .string({ unit: 'binary', minLength: 12, maxLength: 40 })
    .filter((text) => text.trim().length > 8);

  test('a token endpoint that plays it back shows it nowhere', () => {
    fc.assert(
      fc.property(secret, fc.nat(3), (clientSecret, form) => {
        const request = buildTokenRequest(
          { tenantId: 't' },
          clientSecretForm('c', clientSecret),
          'r/.default',
        );
        const echo = forms(clientSecret)[form] ?? '';
        const body = JSON.stringify({
          error: echo,
          error_description: `x ${echo} y`,
          trace_id: echo,
          claims: echo,
          also: echo,
        });
        for (const answer of [body, `<p>${echo}</p>`]) {
          const response = { status: 400, headers: { 'x-ms-request-id': echo }, body: Buffer.from(answer) };
          let error: unknown;
          try {
            judgeTokenResponse(request, response, 0);
          } catch (thrown) {
            error = thrown;
          }
          const printed = everyPrint(error);
          for (const each of forms(clientSecret)) expect(printed).not.toContain(each);
        }
      }),
    );
  });

  const base64 = fc.stringMatching(/^[A-Za-z0-9+/]{24,44}={0,2}$/);
  test('the signature of a SAS is in no error about its address', () => {
    fc.assert(
      fc.property(base64, fc.boolean(), (signature, inFilter) => {
        const sig = `sig=${encodeURIComponent(signature)}`;
        const url = inFilter
          ? `https://h.example/api/Files?$filter=${encodeURIComponent(`Path eq 'https://a.example/c?${sig}'`)}`
          : `https://a.example/c/b?se=1&${sig}&sp=r`;
        const printed = everyPrint(
          new NetworkError({ method: 'GET', url, reason: `no ${url}`, maybeSent: false }),
        );
        for (const each of [...forms(signature), encodeURIComponent(encodeURIComponent(signature))])
          expect(printed).not.toContain(each);
      }),
    );
  });
});

test.each([
  'eyJ',
  'eyJ-',
  'eyJa.',
  'bearer ',
  'bearer\t \n',
  'sig=',
  'client_secret',
  'client_secret=',
  '"password" : "\\',
  'code ',
  '?code=',
  'eyJ.-',
])('redacting takes time in proportion to the length of a text of %j', (piece) => {
  expectLinear(piece, (size) => redactText(piece.repeat(size)));
  expectLinear(`${piece} and blanks`, (size) => redactText(piece + ' '.repeat(size)));
  expectLinear(`${piece} and letters`, (size) => redactText(piece + 'a'.repeat(size)));
});

test('redacting a URL takes time in proportion to its length', () => {
  expectLinear('$a=%', (size) => redactUrl(`https://h.example/?${'$a=%'.repeat(size)}`));
});
