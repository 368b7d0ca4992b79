/**
 * Token endpoint and API on one port, failing at random. In a separate process, so that its memory is not counted.
 *
 * Sends its port to the parent; answers `tally` with what was made and which faults happened.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dice } from './dice';

export interface Tally {
  /** How often each name was made. */
  readonly made: Readonly<Record<string, number>>;
  /** How often each fault happened. */
  readonly faults: Readonly<Record<string, number>>;
  readonly requests: number;
}

type Work = () => { status: number; body: unknown };
type Fault = (work: Work, response: ServerResponse) => void;

const random = dice(Number(process.argv[2] ?? 1));
const FAULT_RATE = 0.3;
const made = new Map<string, number>();
const counts: Record<string, number> = {};
let requests = 0;
let token = 1;

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** The first kinds fail before the work is done, the others after it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  '429': (_, response) => send(response, 429, 'slow down', { 'retry-after-ms': '5' }),
  '503, busy': (_, response) => send(response, 503, 'The server is busy.'),
  '503, later': (_, response) => send(response, 503, {}, { 'retry-after': '0' }),
  '401, token revoked': (_, response) => {
    token++;
    send(response, 401, {});
  },
  'reset before the work': (_, response) => response.socket?.resetAndDestroy(),
  'reset after the work': (work, response) => {
    work();
    response.socket?.resetAndDestroy();
  },
  'closed after the work': (work, response) => {
    work();
    response.socket?.destroy();
  },
  'cut in the answer': (work, response) => {
    const body = JSON.stringify(work().body);
    response.writeHead(201, { 'content-length': String(body.length + 1) }).write(body);
    setTimeout(() => response.socket?.destroy(), 1);
  },
  'work done, 500 answered': (work, response) => {
    work();
    send(response, 500, { error: 'internal' });
  },
  'work done, 502 in HTML': (work, response) => {
    work();
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>');
  },
  'work done, no answer': (work) => void work(),
  'work done, a slow answer': (work, response) => {
    const { status, body } = work();
    setTimeout(() => send(response, status, body), 20);
  },
};

function work(request: IncomingMessage, body: string): Work {
  return () => {
    if (request.url?.includes('/oauth2/'))
      return {
        status: 200,
        body: { token_type: 'Bearer', expires_in: 3600, access_token: `token-${token}` },
      };
    if (request.headers.authorization !== `Bearer token-${token}`) return { status: 401, body: {} };
    if (request.method === 'POST') {
      const { Name: name } = JSON.parse(body) as { Name: string };
      made.set(name, (made.get(name) ?? 0) + 1);
      return { status: 201, body: { d: { Id: name } } };
    }
    const name = /'([^']*)'/.exec(decodeURIComponent(request.url ?? ''))?.[1] ?? '';
    return { status: 200, body: { d: { results: made.has(name) ? [{ Id: name }] : [] } } };
  };
}

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    requests++;
    const names = Object.keys(FAULTS);
    const name = random() < FAULT_RATE ? names[Math.floor(random() * names.length)] : undefined;
    const fault = name === undefined ? undefined : FAULTS[name];
    if (name === undefined || !fault) {
      const { status, body: answer } = work(request, body)();
      send(response, status, answer);
      return;
    }
    counts[name] = (counts[name] ?? 0) + 1;
    fault(work(request, body), response);
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => {
  process.send?.({ made: Object.fromEntries(made), faults: counts, requests } satisfies Tally);
});
process.on('disconnect', () => process.exit());
