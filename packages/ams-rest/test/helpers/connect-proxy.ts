/** A forward proxy that supports CONNECT only (RFC 9110 section 9.3.6), as companies run them. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  /** What was asked for, and with which headers. */
  readonly tunnels: readonly { readonly target: string | undefined; readonly headers: IncomingHttpHeaders }[];
  /** Every byte that went from clients through tunnels, as it was. */
  seen(): string;
  close(): Promise<void>;
}

/** @param refusal A refusal instead of a tunnel; empty: no answer. */
export async function startProxy(refusal?: string): Promise<ConnectProxy> {
  const tunnels: { target: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const sockets = new Set<Socket>();
  let seen = '';
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connection', keep);
  server.on('connect', ({ url, headers }, client: Socket) => {
    tunnels.push({ target: url, headers });
    if (refusal !== undefined) {
      if (refusal === '') client.resume();
      else client.end(refusal);
      return;
    }
    const target = new URL(`http://${url ?? ''}`);
    const service = keep(connect(Number(target.port), target.hostname));
    service.once('connect', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
    client.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
    client.pipe(service).pipe(client);
    client.on('close', () => service.destroy());
    service.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    tunnels,
    seen: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
