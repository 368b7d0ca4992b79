/** Tokens over a long run: they end, are revoked, cannot be had, and belong to different resources and tenants. */
import { AmsClient, clientSecretCredential, undiciTransport, type Transport } from '../src';
import { runs, told } from './faults/runs';
import { closing } from './helpers/closing';
import { answer, startServer, type ReceivedRequest, type Reply } from './helpers/scripted-server';
import { rejection } from './helpers/values';

const LIFE_SECONDS = 60;

interface IssuedToken {
  readonly audience: string;
  readonly tenant: string;
  readonly expires: number;
}

/** A token endpoint and an API on one server, which keep a clock of their own and check every token. */
async function world(skewMs = 0, tokenFields = (life: number): object => ({ expires_in: life })) {
  const clock = { now: 1_700_000_000_000 };
  const serverNow = () => clock.now + skewMs;
  const issued = new Map<string, IssuedToken>();
  const tally = { tokens: 0, served: 0, refused: 0 };

  function giveToken({ path, body }: ReceivedRequest): string {
    const token = `token-${++tally.tokens}`;
    const audience = new URLSearchParams(body).get('scope') ?? '';
    const expires = serverNow() + LIFE_SECONDS * 1000;
    issued.set(token, { audience, tenant: path.split('/')[1] ?? '', expires });
    const fields = { token_type: 'Bearer', access_token: token, ...tokenFields(LIFE_SECONDS) };
    return answer(200, fields, { date: new Date(serverNow()).toUTCString() });
  }

  function serve({ path, headers }: ReceivedRequest): string {
    const token = issued.get(headers['authorization']?.replace('Bearer ', '') ?? '');
    const [, tenant, audience] = path.split('/');
    const good =
      token &&
      serverNow() < token.expires &&
      token.tenant === tenant &&
      token.audience.includes(audience ?? '');
    tally[good ? 'served' : 'refused']++;
    return good ? answer(200, { d: { results: [] } }) : answer(401);
  }

  const server = closing(
    await startServer((request: ReceivedRequest) =>
      request.path.includes('oauth2') ? giveToken(request) : serve(request),
    ),
  );
  const transport = closing(undiciTransport());
  const client = (tenantId = 'tenant', audience = 'media') => {
    const secret = { clientId: 'c', clientSecret: 'secret', authorityHost: server.origin };
    const credential = clientSecretCredential({ ...secret, tenantId, transport, now: () => clock.now });
    const endpoint = `${server.origin}/${tenantId}/${audience}/`;
    return new AmsClient({ endpoint, credential, scope: `https://${audience}.example/.default`, transport });
  };
  return { clock, issued, tally, server, transport, client };
}

/** So many rounds of a few calls at a time, a second apart. */
async function run(client: AmsClient, clock: { now: number }, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all([1, 2, 3].map(() => client.request('GET', 'Assets')));
    clock.now += 1000;
  }
}

test('tokens that end in the middle of a long run are replaced ahead of time: no call is refused', async () => {
  const { clock, tally, client } = await world();
  await run(client(), clock, 300);
  // Each is replaced after half its life.
  expect(told(tally)).toBe(runs['tokens of 60 s in a run of 300 s, three calls a second']);
});

describe.each([-7_200_000, 7_200_000])('a server whose clock is %d ms off', (skewMs) => {
  test.each<[string, (clock: () => number) => (life: number) => object]>([
    ['expires_in', () => (life) => ({ expires_in: life })],
    [
      'expires_on alone, beside a Date',
      (clock) => (life) => ({ expires_on: String(Math.floor(clock() / 1000) + life) }),
    ],
  ])('%s: changes nothing', async (_, fields) => {
    const now = { of: () => 0 };
    const { clock, tally, client } = await world(skewMs, (life) => fields(() => now.of())(life));
    now.of = () => clock.now + skewMs;
    await run(client(), clock, 100);
    expect(told(tally)).toBe(runs['the server’s clock is two hours behind or ahead, for 100 s']);
  });
});

test('a clock that jumps: ahead costs a token, back costs a refusal', async () => {
  const { clock, tally, client, issued } = await world();
  const one = client();
  await run(one, clock, 3);
  clock.now += 86_400_000;
  await run(one, clock, 3);
  expect(told(tally)).toBe(runs['the client’s clock jumps a day ahead']);
  clock.now -= 86_400_000;
  // To the server the second token ended long ago.
  for (const [token, facts] of issued) issued.set(token, { ...facts, expires: 0 });
  await one.request('GET', 'Assets');
  await run(one, clock, 3);
  expect(told(tally)).toBe(runs['and back, to when the token has ended']);
});

test('a revoked token costs one refusal a call under way, and one new token for all', async () => {
  const { clock, tally, client, issued } = await world();
  const one = client();
  await one.request('GET', 'Assets');
  for (let round = 1; round <= 5; round++) {
    issued.clear();
    clock.now += 10_000; // A replacement is not replaced again before that.
    await Promise.all(Array.from({ length: 50 }, () => one.request('GET', 'Assets')));
    expect(tally).toEqual({ tokens: 1 + round, served: 1 + 50 * round, refused: 50 * round });
  }
  expect(told(tally)).toBe(runs['the token is revoked five times, under 50 calls at once each time']);
});

test('two audiences and two tenants, in parallel, never get each other’s tokens', async () => {
  const { clock, tally, client } = await world();
  const clients = ['tenant-a', 'tenant-b'].flatMap((tenant) =>
    ['media', 'storage'].map((audience) => client(tenant, audience)),
  );
  await Promise.all(clients.map((each) => each.request('GET', 'Assets')));
  for (let round = 0; round < 50; round++) {
    await Promise.all(clients.map((each) => each.request('GET', 'Assets')));
    clock.now += 1000;
  }
  expect(told(tally)).toBe(runs['two tenants and two audiences, four credentials']);
});

test('one credential for two audiences keeps them apart', async () => {
  const { server, transport, tally } = await world();
  const credential = clientSecretCredential({
    tenantId: 'tenant',
    clientId: 'c',
    clientSecret: 'secret',
    authorityHost: server.origin,
    transport,
    now: () => 1_700_000_000_000,
  });
  const clientFor = (audience: string) =>
    new AmsClient({
      endpoint: `${server.origin}/tenant/${audience}/`,
      credential,
      scope: `https://${audience}.example/.default`,
      transport,
    });
  const clients = [clientFor('media'), clientFor('storage')];
  for (let round = 0; round < 3; round++) await Promise.all(clients.map((each) => each.request('GET', 'x')));
  expect(told(tally)).toBe(runs['two audiences, one credential']);
});

test('an authority that gives a token for another resource', async () => {
  const { server, transport, tally } = await world();
  const wrong: Transport = (request) =>
    transport(
      request.url.includes('oauth2')
        ? { ...request, body: String(request.body).replace('media', 'other') }
        : request,
    );
  const secret = { clientId: 'c', clientSecret: 'secret', authorityHost: server.origin, tenantId: 'tenant' };
  const scope = 'https://media.example/.default';

  // v2 says nothing about it, so the API does: two tokens, two refusals, no more.
  const v2 = clientSecretCredential({ ...secret, transport: wrong, now: () => 1_700_000_000_000 });
  const endpoint = `${server.origin}/tenant/media/`;
  const error = await rejection(
    new AmsClient({ endpoint, credential: v2, scope, transport }).request('GET', 'x'),
  );
  expect(error).toMatchObject({ status: 401, attempts: 2, stopped: 'refused with a new token too' });
  expect(told(tally)).toBe(runs['v2: the authority gives tokens for another resource']);

  // v1 repeats the resource, and the token is not used at all.
  const other = answer(200, {
    token_type: 'Bearer',
    expires_in: 60,
    access_token: 't',
    resource: 'https://other.example',
  });
  const authority = closing(await startServer(other));
  const v1 = clientSecretCredential({
    ...secret,
    authorityHost: authority.origin,
    endpointVersion: 'v1',
    transport,
  });
  expect(await rejection(v1.getToken(scope))).toMatchObject({
    name: 'ProtocolError',
    reason: 'the token endpoint answered with a token for another resource',
  });
});

describe('a refresh that fails', () => {
  const token = (name: string) => answer(200, { token_type: 'Bearer', expires_in: 3600, access_token: name });
  const html = answer(503, '<html>busy</html>');
  test.each<[string, Reply, object]>([
    ['with 400', answer(400, { error: 'invalid_request' }), { name: 'AuthenticationError', status: 400 }],
    [
      'with 401',
      answer(401, { error: 'invalid_client', error_codes: [7000222] }),
      { status: 401, code: 'invalid_client' },
    ],
    ['with 500', answer(500), { status: 500, attempts: 2 }],
    ['with 503 in HTML', html, { status: 503, attempts: 2 }],
    ['with a token that is none', answer(200, { token_type: 'Bearer' }), { name: 'ProtocolError' }],
    ['with a broken connection', (socket) => socket.destroy(), { name: 'NetworkError', attempts: 2 }],
    ['by its time limit', () => undefined, { name: 'NetworkError', timedOut: true }],
    [
      'with 429 for ten seconds',
      answer(429, 'Too Many Requests', { 'retry-after': '10' }),
      { status: 429, retryAfterMs: 10_000 },
    ],
  ])(
    '%s: calm while the old token lives, told when it does not, forgotten when it works again',
    async (_, failure, facts) => {
      const clock = { now: 1_700_000_000_000 };
      let reply: Reply = token('first');
      const authority = closing(await startServer(() => reply));
      const credential = clientSecretCredential({
        tenantId: 't',
        clientId: 'c',
        clientSecret: 'secret',
        authorityHost: authority.origin,
        transport: closing(undiciTransport()),
        timeoutMs: 150,
        retry: { maxRetries: 1, baseDelayMs: 1, totalTimeoutMs: 2_000 },
        now: () => clock.now,
      });
      const get = async () => (await credential.getToken('r/.default')).token;
      expect(await get()).toBe('first');

      reply = failure;
      clock.now += 3_400_000;
      for (let call = 0; call < 100; call++) expect(await get()).toBe('first');
      clock.now += 180_000;
      expect(await rejection(get())).toMatchObject(facts);

      reply = token('second');
      clock.now += 60_000;
      expect(await get()).toBe('second');
    },
  );
});
