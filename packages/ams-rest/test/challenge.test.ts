import fc from 'fast-check';
import { AmsClient, clientSecretCredential, undiciTransport } from '../src';
import { explainRefusal } from '../src/credentials';
import { claimsChallenge, parseChallenges } from '../src/http/challenge';
import { runs, told } from './faults/runs';
import { closing } from './helpers/closing';
import { answer, startServer } from './helpers/scripted-server';
import { listCredential, rejection } from './helpers/values';

const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
const encoded = Buffer.from(CLAIMS).toString('base64');
const INSUFFICIENT = `Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", error="insufficient_claims", claims="${encoded}"`;

/** What was read, as plain values. */
const read = (header: string) =>
  parseChallenges(header).map(({ scheme, params, token68 }) => [scheme, Object.fromEntries(params), token68]);

describe('parseChallenges', () => {
  test.each<[string, unknown[]]>([
    ['', []],
    [' , ,', []],
    ['Basic', [['basic', {}, undefined]]],
    ['Negotiate YWJj==', [['negotiate', {}, 'YWJj==']]],
    ['Basic realm="a, b=c"', [['basic', { realm: 'a, b=c' }, undefined]]],
    ['Digest Realm = x ,\tnonce="q\\"\\\\"', [['digest', { realm: 'x', nonce: 'q"\\' }, undefined]]],
    [
      'Basic, Bearer error="invalid_token",PoP nonce="n=="',
      [
        ['basic', {}, undefined],
        ['bearer', { error: 'invalid_token' }, undefined],
        ['pop', { nonce: 'n==' }, undefined],
      ],
    ],
    [
      'Negotiate abc=, Bearer a=1',
      [
        ['negotiate', {}, 'abc='],
        ['bearer', { a: '1' }, undefined],
      ],
    ],
    ['Bearer a=1, a=2', [['bearer', { a: '1' }, undefined]]],
    ['Bearer __proto__="x"', [['bearer', JSON.parse('{"__proto__":"x"}') as object, undefined]]],
    ['Bearer a="1" b="2"', [['bearer', {}, undefined]]],
    ['Bearer a="1', [['bearer', {}, undefined]]],
    ['Basic realm="a", =x, Bearer b=1', [['basic', { realm: 'a' }, undefined]]],
    ['"Bearer" a=1', []],
  ])('%j', (header, challenges) => {
    expect(read(header)).toEqual(challenges);
  });

  const token = fc.stringMatching(/^[a-z][a-z0-9!#$&+.^`|~-]{0,8}$/);
  const challenge = fc.record({
    scheme: token,
    params: fc.uniqueArray(fc.tuple(token, fc.string()), { selector: ([name]) => name }),
  });

  test('reads back whatever was written by the grammar', () => {
    fc.assert(
      fc.property(fc.array(challenge), (challenges) => {
        const header = challenges
          .map(
            ({ scheme, params }) =>
              `${scheme} ${params.map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`).join(', ')}`,
          )
          .join(', ');
        fc.pre(!/[\r\n\u2028\u2029]/.test(header));
        expect(read(header)).toEqual(
          challenges.map(({ scheme, params }) => [scheme, Object.fromEntries(params), undefined]),
        );
      }),
    );
  });

  test('takes anything without throwing', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', 'B', ' ', ',', '=', '"', '\\', '\t', '/', '+', '~', 'é'),
          maxLength: 60,
        }),
        (header) => {
          expect(Array.isArray(parseChallenges(header))).toBe(true);
        },
      ),
    );
  });
});

describe('claimsChallenge', () => {
  test.each([
    INSUFFICIENT,
    INSUFFICIENT.replace('Bearer', 'BEARER').replace('error', 'ERROR').replace('claims=', 'Claims='),
    `Basic realm="x", ${INSUFFICIENT}, PoP nonce="n"`,
    INSUFFICIENT.replace(/=+"$/, '"'),
    `Bearer error=insufficient_claims, claims="${Buffer.from(CLAIMS).toString('base64url')}"`,
    INSUFFICIENT.replace('realm=""', 'realm="a \\"quoted, claims=\\"x\\" realm\\""'),
  ])('well-formed: %s', (header) => {
    expect(claimsChallenge(header)).toBe(CLAIMS);
  });

  const claims = (bytes: string | Uint8Array) =>
    `Bearer error="insufficient_claims", claims="${Buffer.from(bytes).toString('base64')}"`;
  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer error="invalid_token"',
    INSUFFICIENT.replace('Bearer', 'PoP'),
    INSUFFICIENT.replace('insufficient_claims', 'invalid_token'),
    INSUFFICIENT.replace('insufficient_claims', 'Insufficient_Claims'),
    'Bearer error="insufficient_claims"',
    'Bearer error="insufficient_claims", claims=""',
    'Bearer error="insufficient_claims", claims="not base64!"',
    `Bearer error="insufficient_claims" claims="${encoded}"`,
    claims('not json'),
    claims('"text"'),
    claims('[1]'),
    claims('null'),
    claims(new Uint8Array([0x7b, 0xff, 0x7d])),
  ])('none, or badly formed: %s', (header) => {
    expect(claimsChallenge(header)).toBeUndefined();
  });
});

describe('a resource that requires claims', () => {
  const challenged = answer(401, '', { 'www-authenticate': INSUFFICIENT });

  async function clientWithAuthority(api: Parameters<typeof startServer>[0]) {
    let issued = 0;
    const authority = closing(
      await startServer(() =>
        answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: `token-${++issued}` }),
      ),
    );
    const server = closing(await startServer(api));
    const transport = closing(undiciTransport());
    const credential = clientSecretCredential({
      tenantId: 't',
      authorityHost: authority.origin,
      clientId: 'c',
      clientSecret: 'secret',
      transport,
    });
    const client = new AmsClient({ endpoint: `${server.origin}/api/`, credential, transport });
    /** What came of it: calls served and refused, tokens asked for. */
    const tally = (served: number) => {
      const { length: calls } = server.received;
      return told({ served, refused: calls - served, tokens: authority.received.length });
    };
    return { authority, server, client, tally };
  }

  test('gets a token with them, once for all who were challenged', async () => {
    const { authority, server, client, tally } = await clientWithAuthority(
      ({ headers }: { headers: Record<string, string> }) =>
        headers['authorization'] === 'Bearer token-1' ? challenged : answer(200, { d: { results: [] } }),
    );
    await Promise.all(Array.from({ length: 20 }, () => client.request('GET', 'Assets')));
    await client.request('GET', 'Jobs');
    const sent = authority.received.map(({ body }) => new URLSearchParams(body).get('claims'));
    expect(sent).toEqual([null, CLAIMS]);
    expect(server.received.at(-1)?.headers['authorization']).toBe('Bearer token-2');
    expect(tally(21)).toBe(runs['claims challenge under 20 calls at once']);
  });

  test('and still refuses is the answer: one more try, no more', async () => {
    const { client, tally } = await clientWithAuthority(challenged);
    const error = await rejection(client.request('POST', 'Assets', { body: {} }));
    expect(error).toMatchObject({ status: 401, attempts: 2, stopped: 'refused with a new token too' });
    expect(tally(0)).toBe(runs['claims challenge that the new token does not satisfy']);
  });

  test('in a way that cannot be read: as any other 401', async () => {
    const garbled = answer(401, '', { 'www-authenticate': 'Bearer error="insufficient_claims", claims="{' });
    const { authority, client, tally } = await clientWithAuthority([garbled, answer(200, { d: {} })]);
    await client.request('GET', 'Assets');
    const sent = authority.received.map(({ body }) => new URLSearchParams(body).get('claims'));
    expect(sent).toEqual([null, null]);
    expect(tally(1)).toBe(runs['claims challenge that cannot be read: as any other 401']);
  });

  test('asks any credential with both the claims and the refused token', async () => {
    const server = closing(await startServer([challenged, answer(200, { d: {} })]));
    const credential = listCredential('token-1', 'token-2');
    await new AmsClient({ endpoint: server.origin, credential }).request('GET', 'Assets');
    expect(credential.asked).toEqual([{}, { refusedToken: 'token-1', claims: CLAIMS }]);
  });

  test('that the authority refuses to give: its error is what the caller sees', async () => {
    const refused = answer(400, { error: 'invalid_grant', error_codes: [53003], claims: CLAIMS });
    const authority = closing(
      await startServer([
        answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: 't1' }),
        refused,
      ]),
    );
    const server = closing(await startServer(challenged));
    const credential = clientSecretCredential({
      tenantId: 't',
      authorityHost: authority.origin,
      clientId: 'c',
      clientSecret: 'secret',
      explain: explainRefusal,
    });
    const error = await rejection(
      new AmsClient({ endpoint: server.origin, credential }).request('GET', 'Assets'),
    );
    expect(error).toMatchObject({ name: 'AuthenticationError', code: 'invalid_grant', claims: CLAIMS });
    expect(error.message).toMatch(/Conditional Access/);
  });
});
