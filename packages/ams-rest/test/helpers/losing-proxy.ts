/** A proxy that has a request carried out and then cuts the connection instead of answering, once for each match. */
import { createServer, request as sendRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

export interface LosingProxy {
  /** Stands for the origin of the service. */
  readonly origin: string;
  /** Method and path of each request, in order. */
  readonly requests: readonly string[];
  /** How many answers were lost. */
  lost(): number;
  close(): Promise<void>;
}

/**
 * Stands before the service at `target`.
 *
 * @param loses Whether the answer to a request is to be lost; asked for each distinct method and path once.
 */
export async function startLosingProxy(
  target: string,
  loses: (method: string, path: string) => boolean,
): Promise<LosingProxy> {
  const { hostname, port } = new URL(target);
  const requests: string[] = [];
  const seen = new Set<string>();
  let lost = 0;
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const { method = '', url: path = '', headers } = incoming;
      const name = `${method} ${path}`;
      requests.push(name);
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const forwarded = sendRequest({ hostname, port, method, path, headers }, resolve);
        forwarded.on('error', reject);
        incoming.pipe(forwarded);
      });
      const body = await buffer(answer);
      const isFirst = !seen.has(name);
      seen.add(name);
      if (isFirst && loses(method, path)) {
        lost++;
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      outgoing.end(body);
    })().catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    lost: () => lost,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
