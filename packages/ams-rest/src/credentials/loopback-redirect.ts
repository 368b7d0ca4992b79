/** A web server on the loopback interface that receives a sign-in's redirect (RFC 8252 section 7.3). */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { orAborted } from '../http/abort';

export interface RedirectListener {
  /** `http://localhost:PORT`; the registered URI needs no port. */
  readonly redirectUri: string;
  /** The redirect's query; rejects with the reason of the signal. */
  readonly redirected: Promise<URLSearchParams>;
  close(): Promise<void>;
}

/**
 * Waits for the redirect that carries `state`. All other requests are refused and change nothing: browsers request
 * icons, and any web page can send requests to a local port.
 *
 * @throws Node's error when the port is not available.
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
  redirected.catch(() => undefined); // Prevents an unhandled rejection before the caller waits.
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

/** The query of a GET of `/` that has `state` exactly once, and a code or an error. */
function redirectParams({ method, url = '' }: IncomingMessage, state: string): URLSearchParams | undefined {
  // `//` and `http://[` are request targets too, and any local process can send them.
  if (!url.startsWith('/') || !URL.canParse(`http://localhost${url}`)) return undefined;
  const { pathname, searchParams } = new URL(`http://localhost${url}`);
  const states = searchParams.getAll('state');
  const isOurs = states.length === 1 && states[0] === state;
  const hasAnswer = searchParams.has('code') || searchParams.has('error');
  return method === 'GET' && pathname === '/' && isOurs && hasAnswer ? searchParams : undefined;
}

/** Plain text without links, so that the code in the URL cannot leak through a Referer header. */
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
