/** Sends one request into one fault, and returns what happened. */
import { getEventListeners } from 'node:events';
import type { LookupFunction } from 'node:net';
import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici';
import {
  AmsClient,
  clientSecretCredential,
  fetchTransport,
  undiciTransport,
  type ClosableTransport,
  type NetworkError,
  type ServiceError,
  type Transport,
} from '../../src';
import type { Certificates } from '../helpers/certificates';
import {
  answer,
  startServer,
  type ReceivedRequest,
  type ScriptedServer,
  type ServerOptions,
} from '../helpers/scripted-server';
import { listCredential } from '../helpers/values';
import { UNKNOWN, type Door, type Fault } from './fault';

export interface Wire {
  readonly over: 'undici' | 'fetch';
  readonly tls: boolean;
}

export interface Encounter {
  /** In the words of the table. */
  readonly outcome: string;
  readonly error: unknown;
  /** Listeners that the library left on the caller's signal. */
  readonly listeners: number;
  /** Sockets still open after the transport was closed and a moment passed. */
  readonly sockets: number;
}

export const SECRETS = ['planted~client+secret/=&1', 'planted-token-1', 'planted-token-2'] as const;
const [CLIENT_SECRET, TOKEN_1, TOKEN_2] = SECRETS;

/** Slow faults end by the time limit; the others must not, however busy the machine is. */
export const LIMITS = {
  slowTimeoutMs: 400,
  timeoutMs: 8_000,
  maxRetries: 2,
  totalTimeoutMs: 10_000,
} as const;
const RETRY = { baseDelayMs: 1, maxRetries: LIMITS.maxRetries, totalTimeoutMs: LIMITS.totalTimeoutMs };

const OK: Readonly<Record<Door, string>> = {
  get: answer(200, { d: { Id: 'x' } }),
  post: answer(201, { d: { Id: 'x' } }),
  token: answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: TOKEN_1 }),
};

export async function meet(
  fault: Fault,
  door: Door,
  wire: Wire,
  certificates: Certificates,
): Promise<Encounter> {
  const tls = wire.tls || /TLS|HTTP|certificate/.test(fault.place ?? '');
  const elsewhere = await startServer(OK[door]);
  const server: ScriptedServer = await startServer(
    (request: ReceivedRequest, index: number) => {
      const scene = { door, request, ok: OK[door], here: origin, elsewhere: elsewhere.origin };
      const replies = fault.replies(scene);
      return replies[Math.min(index, replies.length - 1)] ?? '';
    },
    serverOptions(fault, tls, certificates),
  );
  const origin = `${tls ? 'https' : 'http'}://localhost:${server.port}`;
  if (fault.place === 'closed port') await server.close();

  const transport = transportOver(wire, fault, certificates);
  const caller = watchedSignal();
  const { outcome, error } = await outcomeOf(
    send(door, origin, transport, caller.signal, fault.slow ? LIMITS.slowTimeoutMs : LIMITS.timeoutMs),
  );
  const listeners = caller.listeners();
  await transport.close();
  const sockets = await becomesZero(() => server.sockets.size);
  await Promise.all([server.close(), elsewhere.close()]);
  const leaked = elsewhere.received.length > 0 ? ', and it went elsewhere' : '';
  return { outcome: `${server.received.length}× ${outcome}${leaked}`, error, listeners, sockets };
}

function serverOptions(fault: Fault, tls: boolean, certificates: Certificates): ServerOptions {
  if (fault.place === 'no TLS') return { onConnection: (socket) => socket.resume() };
  if (fault.place === 'reset in TLS')
    return { onConnection: (socket) => socket.once('data', () => socket.resetAndDestroy()) };
  if (fault.place === 'plain HTTP')
    return { onConnection: (socket) => socket.resume().end('HTTP/1.1 400 No\r\n\r\n') };
  return tls ? { tls: certificates.server } : {};
}

/** The transport's own pools where they can do it; a dispatcher of the caller's where a CA or resolver is needed. */
function transportOver(wire: Wire, fault: Fault, { ca }: Certificates): ClosableTransport {
  const needsDispatcher = fault.place === 'unknown host' || (wire.tls && fault.place === undefined);
  if (wire.over === 'undici' && !needsDispatcher) return undiciTransport();
  const agent = new Agent({
    connect: {
      // A destroyed Agent leaves a connection that is still being made to its time limit.
      timeout: 1_000,
      ...(fault.place !== 'untrusted certificate' && { ca }),
      ...(fault.place === 'unknown host' && { lookup: unknownHost }),
    },
  });
  const transport =
    wire.over === 'undici' ? undiciTransport({ dispatcher: agent }) : fetchTransport(fetchOver(agent));
  return Object.assign(transport, { close: () => agent.destroy() });
}

/** undici's own fetch, because Node's takes no dispatcher of another version. */
function fetchOver(dispatcher: Dispatcher): typeof fetch {
  return ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}

const unknownHost: LookupFunction = (host, _, callback) =>
  callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), '');

function send(
  door: Door,
  origin: string,
  transport: Transport,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<unknown> {
  if (door === 'token') {
    const client = {
      clientId: 'client',
      clientSecret: CLIENT_SECRET,
      tenantId: 'tenant',
      authorityHost: origin,
    };
    const credential = clientSecretCredential({ ...client, transport, timeoutMs, retry: RETRY });
    return credential.getToken('https://rest.media.azure.net/.default', { abortSignal: signal });
  }
  const credential = listCredential(TOKEN_1, TOKEN_2);
  const limits = { timeoutMs, retry: RETRY, maxResponseBytes: 1024 * 1024 };
  const client = new AmsClient({ endpoint: `${origin}/api/`, credential, transport, ...limits });
  return door === 'get'
    ? client.request('GET', 'Assets', { signal })
    : client.request('POST', 'Assets', { signal, body: { Name: 'x' } });
}

async function outcomeOf(promise: Promise<unknown>): Promise<{ outcome: string; error?: unknown }> {
  try {
    await promise;
    return { outcome: 'ok' };
  } catch (error) {
    return { outcome: inWords(error), error };
  }
}

function inWords(error: unknown): string {
  const said = error as Partial<NetworkError & ServiceError> & Error;
  const why = said.outcomeUnknown ? UNKNOWN : (said.stopped ?? '');
  const words = [
    said.status === undefined ? said.name : `${said.name} ${said.status}`,
    said.timedOut ? 'timed out' : '',
    said.maybeSent === false ? 'not sent' : '',
    why.replace(/https?:\/\/[\w.]+:\d+/, 'ELSEWHERE').replace(/wait \d{5,} s/, 'wait N s'),
  ];
  return words.filter((word) => word !== '').join(', ');
}

/** A signal that is never aborted, and the number of its listeners. */
function watchedSignal(): { signal: AbortSignal; listeners: () => number } {
  const { signal } = new AbortController();
  return { signal, listeners: () => getEventListeners(signal, 'abort').length };
}

/** What remains after a moment; the other end of a closed socket learns of it a little later. */
export async function becomesZero(count: () => number): Promise<number> {
  const deadline = Date.now() + 5_000;
  while (count() > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  return count();
}
