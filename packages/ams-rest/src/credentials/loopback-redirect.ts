/** The web server that a sign-in's redirect comes to: on this machine alone, for one answer (RFC 8252 section 7.3). */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { orAborted } from '../abort';

export interface RedirectListener {
  /** `http://localhost:PORT`, the form that is registered; in matching it, the port does not count. */
  readonly redirectUri: string;
  /** What the redirect brought; rejects with the reason of the signal. */
  readonly redirected: Promise<URLSearchParams>;
  close(): Promise<void>;
}

/**
 * Waits for the redirect that carries `state`. Whatever else knocks is turned away and changes nothing: browsers ask
 * for icons, and any page may send a request to a port of this machine.
 *
 * @throws Node's error when the port cannot be had.
 */
export async function listenForRedirect(
  state: string,
  port: number,
  signal: AbortSignal,
): Promise<RedirectListener> {
  let onRedirect: (params: URLSearchParams) => void = () => undefined;
  const arrived = new Promise<URLSearchParams>((resolve) => (onRedirect = resolve));
  const server = createServer((request, response) => {
    const params = redirectParams(request, state);
    if (!params) {
      reply(response, 404, 'Not here.');
      return;
    }
    response.once('close', () => onRedirect(params));
    const text = params.has('error') ? 'The sign-in did not succeed.' : 'Signed in.';
    reply(response, 200, `${text} You can close this window and go back to the application.`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const redirected = orAborted(arrived, signal);
  redirected.catch(() => undefined); // The waiting caller sees it too; before it waits, nobody else may.
  return {
    redirectUri: `http://localhost:${(server.address() as AddressInfo).port}`,
    redirected,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The query of a GET of `/` with one `state`, ours, and with a code or an error. */
function redirectParams({ method, url = '' }: IncomingMessage, state: string): URLSearchParams | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const states = searchParams.getAll('state');
  const isOurs = states.length === 1 && states[0] === state;
  const hasAnswer = searchParams.has('code') || searchParams.has('error');
  return method === 'GET' && pathname === '/' && isOurs && hasAnswer ? searchParams : undefined;
}

/** Plain text: nothing of the request is in it, and no page of it leads anywhere with the code in the address. */
function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(text);
}
