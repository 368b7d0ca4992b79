/** Each recipe, run on the emulator as it stands on its page. */
import { context, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  AmsClient,
  clientSecretCredential,
  fetchTransport,
  undiciTransport,
  type HttpRequest,
  type Transport,
} from 'ams-rest';
import { startEmulator, type Emulator } from 'ams-emulator';
import { build } from 'esbuild';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { authorizedFetch, SCOPES } from '../any-resource';
import { connect, getUrlEncodedJWT, makeRestCall, putFile, type AppSettings } from '../from-dotnet';
import { handler } from '../lambda';
import { loggedTransport } from '../logging';
import { tracedTransport } from '../open-telemetry';
import { assetServer } from '../server';
import { openAccounts } from '../several-accounts';
import { assetNames } from '../time-limits';
import { lendTokens } from '../worker-tokens';

let azure: Emulator;
beforeAll(async () => {
  azure = await startEmulator({ accounts: ['one', 'two'] });
});
afterAll(() => azure.close());

/** Counts what goes to the token endpoint. */
function counted(inner: Transport = undiciTransport()): { transport: Transport; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const transport: Transport = (request) => {
    requests.push(request);
    return inner(request);
  };
  return { transport, requests };
}

const client = (transport: Transport = undiciTransport()) =>
  new AmsClient({
    endpoint: azure.apiEndpoint,
    credential: clientSecretCredential({ ...azure, transport }),
    transport,
  });

const addAsset = (Name: string) => client().json<{ Id: string }>('POST', 'Assets', { body: { Name } });

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('any-resource', () => {
  it.each([SCOPES.resourceManager, SCOPES.mediaServices])(
    'a token for %s arrives at the API',
    async (scope) => {
      const server = createServer((request, response) => response.end(request.headers.authorization));
      const url = await listening(server);
      const answer = await authorizedFetch(clientSecretCredential(azure), scope)(url, {
        headers: { accept: 'text/plain' },
      });
      const [, payload = ''] = (await answer.text()).replace(/^Bearer /, '').split('.');
      const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud: string };
      expect(aud).toBe(scope.replace('/.default', ''));
    },
  );

  it.each([SCOPES.storage, SCOPES.keyVault, SCOPES.graph])('%s is asked for by its name', async (scope) => {
    const { transport, requests } = counted(() =>
      Promise.resolve({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from('{"token_type":"Bearer","expires_in":3599,"access_token":"opaque"}'),
      }),
    );
    expect((await clientSecretCredential({ ...azure, transport }).getToken(scope)).token).toBe('opaque');
    expect(new URLSearchParams(String(requests[0]?.body)).get('scope')).toBe(scope);
  });
});

it('several-accounts: each its own content', async () => {
  const [one, two] = azure.accounts;
  const accounts = openAccounts({
    one: { endpoint: one?.apiEndpoint ?? '', identity: azure },
    two: { endpoint: two?.apiEndpoint ?? '', identity: azure },
  });
  const account = (name: string) => accounts.get(name) ?? client();
  const create = { body: { Name: 'only in two' } };
  const body = await account('two').json<{ Id: string }>('POST', 'Assets', create);
  const ids = async (name: string) => {
    const found: string[] = [];
    for await (const { Id } of account(name).list<{ Id: string }>('Assets')) found.push(Id);
    return found;
  };
  expect(await ids('two')).toContain(body.Id);
  expect(await ids('one')).not.toContain(body.Id);
});

describe('server', () => {
  it('answers with the assets', async () => {
    const body = await addAsset('by the server');
    const server = assetServer(client());
    const answer = await fetch(`${await server.listen()}/assets`);
    expect(await answer.json()).toContainEqual({ id: body.Id, name: 'by the server' });
    await server.close();
  });

  it('does not tell its visitors about its own secret', async () => {
    const credential = clientSecretCredential({ ...azure, clientSecret: 'wrong' });
    const server = assetServer(new AmsClient({ endpoint: azure.apiEndpoint, credential }));
    const answer = await fetch(`${await server.listen()}/assets`);
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'failed' }]);
    await server.close();
  });
});

it('worker: counts with a token that the main thread lent', async () => {
  await addAsset('for the worker');
  const { transport, requests } = counted();
  const built = await build({
    entryPoints: [join(__dirname, '../worker.ts')],
    bundle: true,
    platform: 'node',
    conditions: ['@ams-rest/source'],
    write: false,
  });
  const worker = new Worker(built.outputFiles.map(({ text }) => text).join(''), {
    eval: true,
    workerData: { endpoint: azure.apiEndpoint },
  });
  const count = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  lendTokens(worker, clientSecretCredential({ ...azure, transport }));
  expect(await count).toBeGreaterThan(0);
  expect(requests.map(({ url }) => new URL(url).pathname)).toEqual([expect.stringMatching(/\/token$/)]);
  await worker.terminate();
});

it('lambda: warm calls need no further token', async () => {
  const body = await addAsset('from a function');
  Object.assign(process.env, azure.env);
  const tokensGiven = async () => {
    const answer = await fetch(`${azure.controlEndpoint}requests`);
    const { counts } = (await answer.json()) as { counts: { token: number } };
    return counts.token;
  };
  const before = await tokensGiven();
  const warm = { getRemainingTimeInMillis: () => 10_000 };
  for (let call = 0; call < 3; call++)
    expect(await handler({ assetId: body.Id }, warm)).toBe('from a function');
  expect((await tokensGiven()) - before).toBe(1);
  const late = handler({ assetId: body.Id }, { getRemainingTimeInMillis: () => 0 });
  // The emulator runs in this thread too: it cannot answer before the time is over.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  await expect(late).rejects.toMatchObject({ name: 'TimeoutError' });
});

describe('time-limits', () => {
  const never = () => client(() => new Promise(() => undefined));

  it('gives the names in time', async () => {
    await addAsset('in time');
    expect(await assetNames(client(), 10_000)).toContain('in time');
  });
  it('gives up when the time is over', async () => {
    expect(await assetNames(never(), 1)).toBeUndefined();
  });
  it('throws what the caller stopped it with', async () => {
    const reason = new Error('the user went away');
    await expect(assetNames(never(), 10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

it('open-telemetry: a span for each exchange, without secrets', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  await client(tracedTransport(undiciTransport(), provider.getTracer('test'))).request('GET', 'Assets');
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name, attributes }) => [name, attributes['http.response.status_code']])).toEqual([
    ['POST', 200],
    ['GET', 200],
  ]);
  expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain(azure.clientSecret);
  await provider.shutdown();
  trace.disable();
  context.disable();
});

it('logging: a line for each exchange, without secrets', async () => {
  const lines: string[] = [];
  const transport = loggedTransport(fetchTransport(), (line) => lines.push(line));
  await client(transport).request('GET', 'Assets', { query: { $top: 1 } });
  expect(lines).toEqual([
    expect.stringMatching(/^POST http:.*\/token → 200 in \d+ ms/),
    expect.stringMatching(/^GET http:.*\/api\/Assets\?\$top=1 → 200 in \d+ ms/),
  ]);
  expect(lines.join()).not.toContain(azure.clientSecret);
});

describe('from-dotnet', () => {
  const settings = (): AppSettings => ({
    clientid: azure.clientId,
    clientsecret: azure.clientSecret,
    tenant: azure.tenantDomain,
    authorityHost: azure.authorityHost,
    resource: azure.resource,
    restapiuri: azure.apiEndpoint,
  });

  it('gets the token', async () => {
    expect((await getUrlEncodedJWT(settings())).split('.')).toHaveLength(3);
  });

  it('makes the calls of the sample, up to the upload', async () => {
    const ams = connect(settings());
    const create = async (set: string, body: object) =>
      (await makeRestCall(ams, 'POST', `/${set}`, body)).body as { Id: string; Path: string };
    const asset = await create('Assets', { Name: 'moved' });
    const policy = await create('AccessPolicies', { Name: 'w', DurationInMinutes: 60, Permissions: 2 });
    const locator = await create('Locators', { AccessPolicyId: policy.Id, AssetId: asset.Id, Type: 1 });
    expect(await putFile(locator.Path, 'this.ts', __filename)).toBeGreaterThan(1000);
  });
});
