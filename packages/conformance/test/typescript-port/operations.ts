/** The operations of the protocol, carried out by ams-rest. Each is a new client: the cache lives for one task. */
import { createHash } from 'node:crypto';
import {
  AmsClient,
  clientSecretCredential,
  entityPath,
  undiciTransport,
  waitForOperation,
  type HttpMethod,
  type Query,
} from 'ams-rest';
import { blobUrlInContainer, bytesSource, sharedKeyTransport, uploadBlob } from 'ams-rest/storage';
import {
  clientAssertionCredential,
  clientCertificateCredential,
  type EndpointVersion,
  withBasicAuthentication,
} from 'ams-rest/credentials';
import { portError } from './errors';
import { tellStory, type StoryInput } from './story';

interface Settings {
  readonly clientSecret?: string;
  readonly endpointVersion?: EndpointVersion;
  readonly tenantId?: string;
  readonly endpoint?: string;
  readonly basic?: boolean;
  readonly clientAssertion?: string;
  readonly certificate?: string;
}

interface Call {
  readonly method: HttpMethod;
  readonly path?: string;
  readonly entity?: { readonly set: string; readonly key: string; readonly rest?: readonly string[] };
  readonly query?: readonly [string, string][];
  readonly body?: unknown;
}

const transport = undiciTransport();
const setting = (name: string) => process.env[name] ?? '';

function credentialFor({ clientSecret, clientAssertion, certificate, basic = false, ...settings }: Settings) {
  const common = {
    tenantId: settings.tenantId ?? setting('AZURE_TENANT_ID'),
    clientId: setting('AZURE_CLIENT_ID'),
    authorityHost: setting('AZURE_AUTHORITY_HOST'),
    endpointVersion: settings.endpointVersion ?? 'v2',
    transport,
  };
  if (certificate !== undefined) return clientCertificateCredential({ ...common, certificate });
  if (clientAssertion !== undefined)
    return clientAssertionCredential({ ...common, assertion: () => Promise.resolve(clientAssertion) });
  return clientSecretCredential({
    ...common,
    clientSecret: clientSecret ?? setting('AZURE_CLIENT_SECRET'),
    ...(basic && { authenticate: withBasicAuthentication }),
  });
}

function clientFor(settings: Settings = {}): AmsClient {
  return new AmsClient({
    endpoint: settings.endpoint ?? setting('AMS_ENDPOINT'),
    credential: credentialFor(settings),
    transport,
  });
}

async function orError<T extends object>(work: Promise<T>): Promise<object> {
  try {
    return await work;
  } catch (error) {
    return { error: portError(error) };
  }
}

async function oneCall(client: AmsClient, { method, path, entity, query = [], body }: Call): Promise<object> {
  const where = entity ? entityPath(entity.set, entity.key, ...(entity.rest ?? [])) : (path ?? '');
  const options = { query: Object.fromEntries(query), ...(body !== undefined && body !== null && { body }) };
  const { status, body: value = null } = await client.request(method, where, options);
  return { status, value };
}

async function each<T>(
  items: readonly T[],
  parallel: boolean,
  work: (item: T) => Promise<object>,
): Promise<object[]> {
  if (parallel) return Promise.all(items.map((item) => orError(work(item))));
  const answers: object[] = [];
  for (const item of items) answers.push(await orError(work(item)));
  return answers;
}

type Operation = (input: never) => Promise<unknown>;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'get-token': async (input: { scopes: string[]; settings?: Settings }) => {
    const credential = credentialFor(input.settings ?? {});
    const work = async (scope: string) => ({ token: (await credential.getToken(scope)).token });
    return { answers: await each(input.scopes, false, work) };
  },
  call: async (input: { calls: Call[]; parallel?: boolean; settings?: Settings }) => {
    const client = clientFor(input.settings);
    return { answers: await each(input.calls, input.parallel ?? false, (call) => oneCall(client, call)) };
  },
  list: async (input: { path: string; pageSize: number; query: [string, string][] }) => {
    const query: Query = Object.fromEntries(input.query);
    const items: object[] = [];
    for await (const item of clientFor().list(input.path, { query, pageSize: input.pageSize }))
      items.push(item);
    return items;
  },
  upload: async (input: UploadInput) => {
    const { containerUrl, blobName, contentBase64, contentType, blockBytes } = input;
    const source = bytesSource(Buffer.from(contentBase64, 'base64'));
    const result = await uploadBlob(transport, blobUrlInContainer(containerUrl, blobName), source, {
      contentType,
      ...(blockBytes !== undefined && { blockSizeBytes: blockBytes }),
    });
    return { blocks: result.blocks };
  },
  'shared-key-get': async ({ url, ...account }: { account: string; key: string; url: string }) => {
    const signed = sharedKeyTransport(transport, { ...account, endpoint: new URL(url).origin });
    const headers = { 'x-ms-version': '2019-12-12' };
    const limits = { timeoutMs: 10_000, maxResponseBytes: 1_000_000 };
    return { status: (await signed({ method: 'GET', url, headers, ...limits })).status };
  },
  operation: async ({ method, path, pollMs }: { method: HttpMethod; path: string; pollMs: number }) => {
    const client = clientFor();
    const answer = await client.request(method, path);
    return { state: (await waitForOperation(client, answer, { pollIntervalMs: pollMs }))?.State ?? null };
  },
  story: async (input: StoryInput) => {
    const bytes = await tellStory(clientFor(), transport, input);
    return { sha256: createHash('sha256').update(bytes).digest('hex') };
  },
};

interface UploadInput {
  readonly containerUrl: string;
  readonly blobName: string;
  readonly contentBase64: string;
  readonly contentType: string;
  readonly blockBytes?: number;
}
