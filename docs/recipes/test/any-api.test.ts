/** The recipes for Graph, Key Vault and your own API, on servers that answer as those do and check each token. */
import { startEmulator, type Emulator } from 'ams-emulator';
import { clientSecretCredential, ServiceError, type CachedCredential } from 'ams-rest';
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { graphClient, guests, rename } from '../graph';
import { keyVaultClient, readSecret, secretNames, writeSecret } from '../key-vault';
import { attachInvoice, ordersClient, pay } from '../own-api';

let azure: Emulator;
let credential: CachedCredential;
let keys: (JsonWebKey & { kid: string })[];

beforeAll(async () => {
  azure = await startEmulator({
    resources: ['https://graph.microsoft.com', 'https://vault.azure.net', 'api://orders'],
  });
  credential = clientSecretCredential(azure);
  const answer = await fetch(`${azure.url}/${azure.tenantId}/discovery/v2.0/keys`);
  ({ keys } = (await answer.json()) as { keys: typeof keys });
});
afterAll(() => azure.close());

/** The audience of a token that the emulator signed and that has not expired; undefined for any other. */
function audienceOf(authorization = ''): string | undefined {
  const [header = '', payload = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.');
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as {
      kid?: string;
      aud?: string;
      exp?: number;
    };
  const key = keys.find(({ kid }) => kid === read(header).kid);
  if (!key) return undefined;
  const publicKey = createPublicKey({ key, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  const isSigned = verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'));
  const { aud, exp = 0 } = read(payload);
  return isSigned && exp * 1000 > Date.now() ? aud : undefined;
}

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
type Answer = (call: Call) => { status?: number; headers?: Record<string, string>; body?: unknown };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An API that answers 401 to whatever does not carry a token for it. */
async function api(
  audience: string,
  unauthorized: Record<string, string>,
  answer: Answer,
): Promise<{ origin: string; calls: Call[] }> {
  const calls: Call[] = [];
  const send = (response: ServerResponse, { status = 200, headers = {}, body }: ReturnType<Answer>) => {
    const json = typeof body === 'object';
    response.writeHead(status, {
      ...(body !== undefined && { 'content-type': json ? 'application/json' : 'text/plain' }),
      ...headers,
    });
    response.end(json ? JSON.stringify(body) : body);
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const call = {
        method,
        url: new URL(url, `http://${headers.host}`),
        headers,
        body: Buffer.concat(chunks),
      };
      calls.push(call);
      if (audienceOf(headers.authorization) === audience) send(response, answer(call));
      else send(response, { status: 401, headers: unauthorized, body: { error: { code: 'Unauthorized' } } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

describe('Microsoft Graph', () => {
  const users = Array.from({ length: 5 }, (_, index) => ({
    id: `id-${index}`,
    displayName: `Guest ${index}`,
    mail: null,
  }));

  /** Two users a page, whatever `$top` asks for; the first answer is a 429. */
  function graph(): Answer {
    let busy = true;
    return ({ method, url }) => {
      if (busy) {
        busy = false;
        const error = { code: 'TooManyRequests', message: 'Please retry again later.' };
        return { status: 429, headers: { 'retry-after': '0' }, body: { error } };
      }
      if (method === 'PATCH') return { status: 204 };
      if (url.pathname !== '/v1.0/users') {
        const error = {
          code: 'Request_ResourceNotFound',
          message: `Resource '${url.pathname}' does not exist.`,
        };
        return { status: 404, headers: { 'request-id': 'e2e1' }, body: { error } };
      }
      const skip = Number(url.searchParams.get('$skiptoken') ?? 0);
      const next = `${url.origin}/v1.0/users?$skiptoken=${skip + 2}`;
      return {
        body: {
          '@odata.context': `${url.origin}/v1.0/$metadata#users`,
          ...(skip + 2 < users.length && { '@odata.nextLink': next }),
          value: users.slice(skip, skip + 2),
        },
      };
    };
  }

  it('lists every page, waits out a 429, and changes a user', async () => {
    const { origin, calls } = await api('https://graph.microsoft.com', {}, graph());
    const client = graphClient(credential, `${origin}/v1.0`);
    expect(await guests(client)).toEqual(users);
    await rename(client, 'id-1', 'Renamed');
    expect(calls[0]?.url.searchParams.get('$filter')).toBe("userType eq 'Guest'");
    expect(calls.at(-1)).toMatchObject({ method: 'PATCH', body: Buffer.from('{"displayName":"Renamed"}') });
    await client.close();
  });

  it('reports what Graph says of an error', async () => {
    const { origin } = await api('https://graph.microsoft.com', {}, graph());
    const client = graphClient(credential, `${origin}/v1.0`);
    const refused = client.request('GET', 'groups/none');
    await expect(refused).rejects.toBeInstanceOf(ServiceError);
    await expect(refused).rejects.toMatchObject({
      status: 404,
      code: 'Request_ResourceNotFound',
      serviceMessage: "Resource '/v1.0/groups/none' does not exist.",
      requestId: 'e2e1',
    });
    await client.close();
  });

  it('sends the token to no other origin, whatever a next link says', async () => {
    const elsewhere = await api('https://graph.microsoft.com', {}, () => ({ body: { value: [] } }));
    const { origin } = await api('https://graph.microsoft.com', {}, () => ({
      body: { value: users, '@odata.nextLink': `${elsewhere.origin}/v1.0/users?$skiptoken=2` },
    }));
    const client = graphClient(credential, `${origin}/v1.0`);
    await expect(guests(client)).rejects.toThrow(/leads away/);
    expect(elsewhere.calls).toEqual([]);
    await client.close();
  });
});

it('Key Vault: writes, reads and lists secrets, and knows a missing one', async () => {
  const secrets = new Map<string, string>();
  const challenge = {
    'www-authenticate': `Bearer authorization="https://login.windows.net/${azure.tenantId}", resource="https://vault.azure.net"`,
  };
  const { origin, calls } = await api('https://vault.azure.net', challenge, ({ method, url, body }) => {
    const name = decodeURIComponent(url.pathname.slice('/secrets/'.length));
    const idOf = (secret: string) => `${url.origin}/secrets/${secret}`;
    if (url.searchParams.get('api-version') !== '7.4')
      return {
        status: 400,
        body: { error: { code: 'BadParameter', message: 'api-version must be specified' } },
      };
    if (method === 'PUT') secrets.set(name, (JSON.parse(body.toString()) as { value: string }).value);
    if (name === '') {
      const all = [...secrets.keys()];
      const skip = Number(url.searchParams.get('$skiptoken') ?? 0);
      const next = `${url.origin}/secrets?api-version=7.4&$skiptoken=${skip + 1}`;
      // Key Vault may answer with an empty page that has a next page.
      const value = all.slice(skip, skip + 1).map((id) => ({ id: idOf(id), attributes: { enabled: true } }));
      return { body: { value, nextLink: skip < all.length ? next : null } };
    }
    const value = secrets.get(name);
    return value === undefined
      ? {
          status: 404,
          body: {
            error: { code: 'SecretNotFound', message: `A secret with (name/id) ${name} was not found` },
          },
        }
      : { body: { value, id: `${idOf(name)}/v1` } };
  });
  const vault = keyVaultClient(origin, credential);
  await writeSecret(vault, 'first', 'one');
  await writeSecret(vault, 'second', 'two');
  expect(await readSecret(vault, 'first')).toBe('one');
  expect(await readSecret(vault, 'third')).toBeUndefined();
  expect(await secretNames(vault)).toEqual(['first', 'second']);
  expect(calls.filter(({ headers }) => headers.authorization === undefined)).toEqual([]);
  await vault.close();
});

describe('your own API', () => {
  const unauthorized = { 'www-authenticate': 'Bearer error="invalid_token"' };

  /** One order with an ETag; the first answer is a 503. */
  function orders(): Answer {
    let order = { id: '7', state: 'open' };
    let etag = '"1"';
    let busy = true;
    return ({ method, url, headers, body }) => {
      if (busy) {
        busy = false;
        return { status: 503, headers: { 'retry-after': '0' } };
      }
      if (url.pathname.endsWith('/invoice'))
        return { status: 201, body: `${headers['content-type']} ${body.toString('hex')}` };
      if (method === 'PUT') {
        if (headers['if-match'] !== etag)
          return {
            status: 412,
            headers: { 'content-type': 'application/problem+json' },
            body: { type: 'about:blank', title: 'Precondition Failed', status: 412 },
          };
        order = JSON.parse(body.toString()) as typeof order;
        etag = '"2"';
        return { status: 204 };
      }
      const answer = { headers: { etag }, body: order };
      // Somebody else changes order 8 after it was read.
      if (url.pathname.endsWith('/8')) etag = '"9"';
      return answer;
    };
  }

  it('writes only what is unchanged, and reports each retry', async () => {
    const { origin, calls } = await api('api://orders', unauthorized, orders());
    const lines: string[] = [];
    const client = ordersClient(`${origin}/api/`, credential, (line) => lines.push(line));
    expect(await pay(client, '7')).toBe(true);
    expect(await pay(client, '8')).toBe(false);
    expect(lines).toEqual([expect.stringMatching(/^attempt 1 ended with 503; the next one is in \d+ ms$/)]);
    expect(calls.find(({ method }) => method === 'PUT')?.headers['if-match']).toBe('"1"');
    await client.close();
  });

  it('sends bytes and reads text', async () => {
    const { origin } = await api('api://orders', unauthorized, orders());
    const client = ordersClient(`${origin}/api/`, credential);
    await expect(pay(client, '7')).resolves.toBe(true);
    expect(await attachInvoice(client, '7', Uint8Array.of(0, 255))).toBe('application/pdf 00ff');
    await client.close();
  });
});
