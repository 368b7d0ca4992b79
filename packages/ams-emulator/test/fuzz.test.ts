import { connect } from 'node:net';
import fc from 'fast-check';
import { items, jobBody, requestToken, startClient, uploadedAsset, type Client } from './client';
import { apiRequests, bodies, inLine, methods, oddText } from './odd-requests';

// Whatever arrives: an answer, in time, that gives nothing away, and the next request is served.

let client: Client;
let token: string;
/** Keys of entities that exist, so that some requests are not 404. */
let realKeys: string[] = [];

beforeAll(async () => {
  client = await startClient();
  const asset = await uploadedAsset(client);
  const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, asset));
  const [endpoint = {}] = items(await client.expect(200, 'GET', 'StreamingEndpoints'));
  realKeys = [asset, job, endpoint].map((entity) => String(entity['Id']));
  token = String((await requestToken(client.emulator)).json['access_token']);
});
afterAll(() => client.emulator.close());

/** Writes bytes to a connection and gives all that comes back until the emulator closes it. */
function exchange(bytes: Buffer, andEnd = false): Promise<string> {
  const { hostname, port } = new URL(client.emulator.url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      // Node gives up an answer when the client ends its side, so only what is not HTTP is ended.
      if (andEnd) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A closed connection is a valid answer to bytes that are not HTTP.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

function expectHarmless(answer: string): void {
  expect(answer).not.toMatch(/\n\s+at |node:internal|\.ts:\d|node_modules|TypeError|RangeError/);
  expect(answer).not.toContain(client.emulator.clientSecret);
}

test('requests that look like the REST API', async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(apiRequests(realKeys), async ([method, path, body, isVerbose]) => {
      const format = `application/json${isVerbose ? ';odata=verbose' : ''}`;
      const answer = await exchange(
        Buffer.from(
          `${method} /api/${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
            `Authorization: Bearer ${token}\r\nx-ms-version: 2.19\r\nAccept: ${format}\r\nContent-Type: ${format}\r\n` +
            `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        ),
      );
      expectHarmless(answer);
      const status = statusOf(answer);
      seen.add(status);
      // The one 500 that the service is known for: an AccessPolicy without duration.
      const isKnown = status === 501 || (status === 500 && path === 'AccessPolicies');
      if (status < 200 || (status >= 500 && !isKnown)) throw new Error(answer.slice(0, 300));
    }),
    { numRuns: 500 },
  );
  // Or the requests were too odd to reach anything.
  for (const status of [200, 201, 400, 404, 405]) expect([...seen]).toContain(status);
  await client.expect(200, 'GET', 'Assets');
});

test('token requests', async () => {
  const field = fc.constantFrom(
    'grant_type',
    'client_id',
    'client_secret',
    'resource',
    'scope',
    'claims',
    'client_assertion',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(oddText, fc.constant(client.emulator.tenantId)),
      fc.constantFrom(
        'oauth2/token',
        'oauth2/v2.0/token',
        '.well-known/openid-configuration',
        'discovery/v2.0/keys',
      ),
      fc.array(
        fc.tuple(field, fc.oneof(oddText, fc.constantFrom('client_credentials', client.emulator.clientId))),
      ),
      oddText,
      async (tenant, path, fields, header) => {
        const body = new URLSearchParams(fields).toString();
        const answer = await exchange(
          Buffer.from(
            `POST /${inLine(tenant)}/${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
              `Authorization: Basic ${Buffer.from(header).toString('base64')}\r\n` +
              'Content-Type: application/x-www-form-urlencoded\r\n' +
              `Content-Length: ${body.length}\r\n\r\n${body}`,
          ),
        );
        expectHarmless(answer);
        const status = statusOf(answer);
        if (status < 200 || status >= 500) throw new Error(answer.slice(0, 300));
      },
    ),
    { numRuns: 300 },
  );
});

test('paths that lead anywhere, and the control API', async () => {
  const first = fc.constantFrom(
    '',
    '_emulator/faults',
    '_emulator/tokens',
    'accounts/x/api',
    'cluster/api',
    'api',
    'v2',
  );
  await fc.assert(
    fc.asyncProperty(methods, first, oddText, bodies, async (method, start, rest, body) => {
      const answer = await exchange(
        Buffer.from(
          `${method} /${start}/${inLine(rest)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
            `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        ),
      );
      expectHarmless(answer);
      const status = statusOf(answer);
      if (status < 200 || status >= 500) throw new Error(answer.slice(0, 300));
    }),
    { numRuns: 300 },
  );
});

test('bytes that are not HTTP', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      expectHarmless(await exchange(Buffer.from(bytes), true));
    }),
    { numRuns: 100 },
  );
  await client.expect(200, 'GET', 'Assets');
});
