/**
 * Every limit on what a server can make the library do. `endless` runs each row against a server that never ends, and
 * returns the error that the caller gets.
 */
import type { Socket } from 'node:net';
import {
  AmsClient,
  cachedCredential,
  clientSecretCredential,
  RestClient,
  ServiceError,
  undiciTransport,
  waitForOperation,
  type HttpResponse,
  type RetryOptions,
  type Transport,
} from '../../src';
import { authorizationCodeCredential, deviceCodeCredential } from '../../src/credentials';
import { MAX_LIFE_SECONDS, MIN_INTERVAL_SECONDS } from '../../src/credentials/device-code';
import { MAX_BODY_CHARS } from '../../src/http/errors';
import {
  DEFAULT_MAX_PARSED_BYTES,
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
} from '../../src/http/messages';
import { MAX_EMPTY_PAGES, MAX_PAGES } from '../../src/http/url';
import { ArmClient } from '../../src/resource-manager';
import { MIN_POLL_MS } from '../../src/resource-manager/long-running';
import { listBlobs, listContainers, readBlobRange, updateStoredPolicies } from '../../src/storage';
import { MAX_TRIES } from '../../src/storage/stored-policies';
import { MAX_XML_DEPTH } from '../../src/storage/xml';
import { MAX_PAUSE_MS, MIN_REPLACE_MS } from '../../src/token/token-cache';
import { MAX_TOKEN_RESPONSE_BYTES } from '../../src/token/token-endpoint';
import { closing } from '../helpers/closing';
import {
  answer,
  startServer,
  type ReceivedRequest,
  type Script,
  type ScriptedServer,
} from '../helpers/scripted-server';
import { table } from '../faults/page';
import { listCredential, rejection } from '../helpers/values';

export interface Limit {
  readonly what: string;
  readonly limit: string;
  /** The option that changes it; empty when there is none. */
  readonly option: string;
  /** The class of the error, and words of its message. */
  readonly error: readonly [name: string, words: string];
  readonly endless: () => Promise<Error>;
}

const count = (value: number) => value.toLocaleString('en').replaceAll(',', ' ');
const time = (ms: number) => (ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${count(ms / 1000)} s`);
const bytes = (value: number) =>
  value % 1_048_576 === 0 ? `${value / 1_048_576} MiB` : `${value / 1024} KiB`;

const serve = async (script: Script): Promise<ScriptedServer> => closing(await startServer(script));
const credential = () => listCredential('token-1', 'token-2');
const scope = 'api://films/.default';
const retry = { baseDelayMs: 1 };
const plain = () => closing(undiciTransport());

async function rest(script: Script, options: { timeoutMs?: number; retry?: RetryOptions } = {}) {
  const endpoint = (await serve(script)).origin;
  return closing(new RestClient({ endpoint, credential: credential(), scope, retry, ...options }));
}

async function drain(list: AsyncIterable<unknown>): Promise<Error> {
  return rejection(
    (async () => {
      for await (const item of list) void String(item);
    })(),
  );
}

/** Answers without sockets, where the limit is a hundred thousand exchanges. */
const always = (body: (index: number) => unknown): Transport =>
  (() => {
    let index = 0;
    const response = (): HttpResponse => ({
      status: 200,
      headers: {},
      body: new TextEncoder().encode(JSON.stringify(body(index++))),
    });
    return () => Promise.resolve(response());
  })();

/** A body that goes on until the connection closes. */
const flood =
  (type = 'application/json'): Script =>
  () =>
  (socket: Socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    more();
  };

const listXml = (inner: string, marker: string) =>
  `<EnumerationResults>${inner}<NextMarker>${marker}</NextMarker></EnumerationResults>`;

const tokenClient = async (script: Script, options: object = {}) =>
  clientSecretCredential({
    tenantId: 'contoso.example',
    clientId: 'client',
    clientSecret: 'secret',
    authorityHost: (await serve(script)).origin,
    transport: plain(),
    retry,
    ...options,
  });

const pages = `${count(MAX_PAGES)} pages; ${MAX_EMPTY_PAGES} in a row without an item; no page twice`;

export const loops: readonly Limit[] = [
  {
    what: '`RestClient.pages`, `list`: a circle of pages',
    limit: pages,
    option: '',
    error: ['ProtocolError', 'leads back to an earlier page'],
    endless: async () =>
      drain((await rest((_, n) => answer(200, { value: [1], nextLink: `/p${n % 3}` }))).list('films')),
  },
  {
    what: '`RestClient.pages`, `list`: new pages for ever',
    limit: pages,
    option: '',
    error: ['ProtocolError', `the list has no end: ${MAX_PAGES} pages`],
    endless: () => {
      const transport = always((n) => ({ value: [1], nextLink: `/p${n}` }));
      const client = new RestClient({
        endpoint: 'https://api.example',
        credential: credential(),
        scope,
        transport,
      });
      return drain(client.list('films'));
    },
  },
  {
    what: '`AmsClient.pages`, `list`: a service that ignores `$skip`',
    limit: `${count(MAX_PAGES)} pages; the first empty one is the last`,
    option: '`$top` in the query',
    error: ['ProtocolError', `the list has no end: ${MAX_PAGES} pages`],
    endless: () => {
      const transport = always(() => ({ d: { results: [1] } }));
      const client = new AmsClient({
        endpoint: 'https://ams.example/api/',
        credential: credential(),
        transport,
      });
      return drain(client.list('Assets', { pageSize: 1 }));
    },
  },
  {
    what: '`listBlobs`',
    limit: pages,
    option: '',
    error: ['ProtocolError', `${MAX_EMPTY_PAGES} pages, the last ${MAX_EMPTY_PAGES} of them without an item`],
    endless: async () => {
      const { origin } = await serve((_, n) => answer(200, listXml('<Blobs/>', `m${n}`)));
      return drain(listBlobs(plain(), `${origin}/c`));
    },
  },
  {
    what: '`listContainers`',
    limit: pages,
    option: '',
    error: ['ProtocolError', 'leads back to an earlier page'],
    endless: async () => {
      const one = '<Containers><Container><Name>a</Name></Container></Containers>';
      const { origin } = await serve((_, n) => answer(200, listXml(one, `m${n % 2}`)));
      return drain(listContainers(plain(), origin));
    },
  },
  {
    what: '`ArmClient.complete`: an operation in progress',
    limit: `24 h; at least ${time(MIN_POLL_MS)} between two requests, whatever Retry-After says`,
    option: '`maxWaitMs`, `pollIntervalMs`',
    error: ['ProtocolError', 'the operation has not ended within 50 ms'],
    endless: async () => {
      const { origin } = await serve(({ method }: ReceivedRequest) =>
        method === 'PUT'
          ? answer(201, {}, { 'azure-asyncoperation': `/op` })
          : answer(200, { status: 'InProgress' }, { 'retry-after': '0' }),
      );
      const arm = closing(new ArmClient({ endpoint: origin, credential: credential() }));
      const wait = { apiVersion: '2021-04-01', pollIntervalMs: 5, maxWaitMs: 50 };
      return rejection(arm.complete('PUT', '/subscriptions/s', wait));
    },
  },
  {
    what: '`waitForOperation` of Media Services',
    limit: '24 h; 10 s between two requests',
    option: '`maxWaitMs`, `pollIntervalMs`',
    error: ['ProtocolError', 'the operation has not ended within 50 ms'],
    endless: async () => {
      const { origin } = await serve((_, n) =>
        n === 0 ? answer(202, '', { 'operation-id': 'o' }) : answer(200, { Id: 'o', State: 'InProgress' }),
      );
      const ams = closing(new AmsClient({ endpoint: `${origin}/api/`, credential: credential() }));
      const started = await ams.request('POST', 'Channels/Start');
      return rejection(waitForOperation(ams, started, { pollIntervalMs: 5, maxWaitMs: 50 }));
    },
  },
  {
    what: '`deviceCodeCredential`: a person who never answers',
    limit: `the life of the code, at most ${time(MAX_LIFE_SECONDS * 1000)}; at least ${time(MIN_INTERVAL_SECONDS * 1000)} between two requests`,
    option: '`abortSignal` of `getToken`',
    error: ['AuthenticationError', 'authorization_pending'],
    endless: async () => {
      const { origin } = await serve(({ path }: ReceivedRequest) =>
        path.endsWith('devicecode')
          ? answer(200, {
              device_code: 'd',
              user_code: 'u',
              verification_uri: 'https://x.example',
              expires_in: 1e12,
              interval: 0,
            })
          : answer(400, { error: 'authorization_pending' }),
      );
      let now = 0;
      const asking = deviceCodeCredential({
        tenantId: 'contoso.example',
        clientId: 'client',
        authorityHost: origin,
        transport: plain(),
        onUserCode: () => undefined,
        now: () => now,
        wait: (ms) => {
          if (ms < MIN_INTERVAL_SECONDS * 1000) throw new Error(`a wait of ${ms} ms`);
          now += Math.max(ms, 3_600_000);
          return Promise.resolve();
        },
      });
      return rejection(asking.getToken(scope));
    },
  },
  {
    what: 'Repetitions of a request',
    limit: '3',
    option: '`retry.maxRetries`',
    error: ['ServiceError', 'after 4 attempts (gave up after 3 retries)'],
    endless: async () => rejection((await rest(answer(503))).request('GET', 'films')),
  },
  {
    what: 'A `Retry-After` for ever',
    limit: `obeyed if it fits into the time for all attempts, ${time(2 * DEFAULT_TIMEOUT_MS)}`,
    option: '`retry.totalTimeoutMs`',
    error: ['ServiceError', 'gave up: the service asks to wait 121 s'],
    endless: async () =>
      rejection((await rest(answer(429, '', { 'retry-after': '121' }))).request('GET', 'films')),
  },
  {
    what: 'A 401 to every token',
    limit: '1 new token for each request',
    option: '',
    error: ['ServiceError', 'after 2 attempts (refused with a new token too)'],
    endless: async () => rejection((await rest(answer(401))).request('GET', 'films')),
  },
  {
    what: 'A 401 to tokens that are seconds old',
    limit: `1 replacement in ${time(MIN_REPLACE_MS)}`,
    option: '',
    error: ['ServiceError', 'the credential has no other token than the refused one'],
    endless: async () => {
      let issued = 0;
      const cached = cachedCredential(() =>
        Promise.resolve({ token: `t${issued++}`, expiresOnTimestamp: Date.now() + 3_600_000 }),
      );
      const { origin } = await serve(answer(401));
      const client = closing(
        new RestClient({ endpoint: origin, credential: cached, scope, transport: plain() }),
      );
      await rejection(client.request('GET', 'films'));
      return rejection(client.request('GET', 'films'));
    },
  },
  {
    what: 'Redirects',
    limit: 'none is followed; `AmsClient` follows one 301 to an allowed host, which moves the API root',
    option: '`allowedOrigins`',
    error: ['ServiceError', 'redirects are not followed'],
    endless: async () =>
      rejection((await rest(answer(302, '', { location: '/films' }))).request('GET', 'films')),
  },
  {
    what: '301s of Media Services',
    limit: '1 for each request',
    option: '`allowedOrigins`',
    error: ['ServiceError', '301'],
    endless: async () => {
      const { origin } = await serve((_, n) => answer(301, '', { location: `/api${n}/` }));
      return rejection(
        closing(new AmsClient({ endpoint: `${origin}/api/`, credential: credential() })).request(
          'GET',
          'Assets',
        ),
      );
    },
  },
  {
    what: 'A token endpoint that throttles without a `Retry-After`',
    limit: `30 s without a request; a \`Retry-After\` counts up to ${time(MAX_PAUSE_MS)}`,
    option: '`refreshRetryMs`',
    error: ['AuthenticationError', '429'],
    endless: async () => {
      const asking = await tokenClient(
        (_, n) => (n === 0 ? answer(429, { error: 'throttled' }) : answer(400, { error: 'asked again' })),
        { retry: { maxRetries: 0 } },
      );
      await rejection(asking.getToken(scope));
      return rejection(asking.getToken(scope));
    },
  },
  {
    what: '`updateStoredPolicies`: another writer each time',
    limit: `${MAX_TRIES} attempts`,
    option: '',
    error: ['ServiceError', '412'],
    endless: async () => {
      const server = await serve(({ method }: ReceivedRequest) =>
        method === 'GET' ? answer(200, '<SignedIdentifiers/>') : answer(412),
      );
      const error = await rejection(updateStoredPolicies(plain(), `${server.origin}/c`, () => []));
      if (server.received.length !== 2 * MAX_TRIES) throw new Error(`${server.received.length} requests`);
      return error;
    },
  },
];

export const sizes: readonly Limit[] = [
  {
    what: 'JSON and text of `RestClient`, `AmsClient`, `ArmClient`',
    limit: bytes(DEFAULT_MAX_PARSED_BYTES),
    option: '`maxResponseBytes` of the client or the request',
    error: ['ProtocolError', `larger than ${DEFAULT_MAX_PARSED_BYTES} bytes`],
    endless: async () => rejection((await rest(flood())).request('GET', 'films')),
  },
  {
    what: 'Bytes of `RestClient` (`responseType: "bytes"`)',
    limit: bytes(DEFAULT_MAX_RESPONSE_BYTES),
    option: '`maxResponseBytes`',
    error: ['ProtocolError', `larger than ${DEFAULT_MAX_RESPONSE_BYTES} bytes`],
    endless: async () => rejection((await rest(flood())).request('GET', 'films', { responseType: 'bytes' })),
  },
  {
    what: 'Answers of Storage that are parsed',
    limit: bytes(DEFAULT_MAX_PARSED_BYTES),
    option: '`maxResponseBytes`',
    error: ['ProtocolError', `larger than ${DEFAULT_MAX_PARSED_BYTES} bytes`],
    endless: async () => drain(listBlobs(plain(), `${(await serve(flood('application/xml'))).origin}/c`)),
  },
  {
    what: 'A range of a blob',
    limit: `its own length, or ${bytes(DEFAULT_MAX_PARSED_BYTES)} if that is more`,
    option: '',
    error: ['ProtocolError', `larger than ${DEFAULT_MAX_PARSED_BYTES} bytes`],
    endless: async () => rejection(readBlobRange(plain(), `${(await serve(flood())).origin}/c/b`, 0, 100)),
  },
  {
    what: 'Answers of the token endpoint',
    limit: bytes(MAX_TOKEN_RESPONSE_BYTES),
    option: '',
    error: ['ProtocolError', `larger than ${MAX_TOKEN_RESPONSE_BYTES} bytes`],
    endless: async () => rejection((await tokenClient(flood())).getToken(scope)),
  },
  {
    what: 'Elements within elements in XML',
    limit: count(MAX_XML_DEPTH),
    option: '',
    error: ['ProtocolError', 'not the XML expected'],
    endless: async () => {
      const { origin } = await serve(answer(200, '<a>'.repeat(1_000_000)));
      return drain(listBlobs(plain(), `${origin}/c`));
    },
  },
  {
    what: '`body` and `serviceMessage` of an error',
    limit: `${count(MAX_BODY_CHARS)} characters`,
    option: '',
    error: ['ServiceError', '500'],
    endless: async () => {
      const message = 'x'.repeat(1_000_000);
      const client = await rest(answer(500, { error: { code: 'C', message } }));
      const error = await rejection(client.request('POST', 'films'));
      if (!(error instanceof ServiceError) || error.body.length > MAX_BODY_CHARS)
        throw new Error('the body was not cut');
      return error;
    },
  },
];

export const times: readonly Limit[] = [
  {
    what: 'One attempt, connection and body included',
    limit: time(DEFAULT_TIMEOUT_MS),
    option: '`timeoutMs`',
    error: ['NetworkError', 'no complete answer within 50 ms'],
    endless: async () => {
      const client = await rest(() => () => undefined, { timeoutMs: 50 });
      return rejection(client.request('POST', 'films'));
    },
  },
  {
    what: 'All attempts and waits of a request',
    limit: `${time(2 * DEFAULT_TIMEOUT_MS)}, or twice \`timeoutMs\` if that is more`,
    option: '`retry.totalTimeoutMs`',
    error: ['ServiceError', 'the time for retries is used up'],
    endless: async () => {
      const delays = { baseDelayMs: 120_000, maxDelayMs: 120_000 };
      const patient = { maxRetries: Infinity, ...delays, totalTimeoutMs: 60_000 };
      return rejection((await rest(answer(503), { retry: patient })).request('GET', 'films'));
    },
  },
  {
    what: '`authorizationCodeCredential`: a person who does not come back from the browser',
    limit: time(300_000),
    option: '`signInTimeoutMs`',
    error: ['TimeoutError', 'timeout'],
    endless: () => {
      const asking = authorizationCodeCredential({
        tenantId: 'contoso.example',
        clientId: 'client',
        transport: plain(),
        openBrowser: () => undefined,
        signInTimeoutMs: 50,
      });
      return rejection(asking.getToken(scope));
    },
  },
];

const INTRODUCTION = `# Limits

<!-- Printed from packages/ams-rest/test/limits/table.ts, whose rows the tests run. Do not edit. -->

A server can be slow, wrong or hostile. Each loop that its answers could prolong has a limit, a minimum delay and an error
that names it; each body has a limit of size, each attempt one of time. A test runs every row against a server that
never ends.
`;

export function limitsPage(): string {
  const cells = ({ what, limit, option, error: [name, words] }: Limit): string[] => [
    what,
    limit,
    option || 'none',
    `${name}: … ${words} …`,
  ];
  const section = (title: string, rows: readonly Limit[]) =>
    `\n## ${title}\n\n${table([HEADINGS, ...rows.map(cells)])}`;
  return INTRODUCTION + section('Loops', loops) + section('Sizes', sizes) + section('Time', times);
}

const HEADINGS = ['What', 'Limit', 'Option', 'Error'] as const;
