// One client serves all requests of a server. When a visitor disconnects, the work for that visitor is aborted.
import { AuthenticationError, NetworkError, ServiceError, type AmsClient } from 'ams-rest';
import fastify, { type FastifyInstance } from 'fastify';

interface Asset {
  Id: string;
  Name: string;
}

export function assetServer(ams: AmsClient): FastifyInstance {
  const server = fastify();

  server.get('/assets', async (request, reply) => {
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const assets: Asset[] = [];
    for await (const asset of ams.list<Asset>('Assets', { signal: gone.signal })) assets.push(asset);
    return assets.map(({ Id, Name }) => ({ id: Id, name: Name }));
  });

  // The visitor learns only that the request failed and whether to try again. The details go to the log.
  server.setErrorHandler((error, request, reply) => {
    request.log.error(error);
    const ours = error instanceof AuthenticationError; // our secret is wrong; the visitor cannot fix that
    const again = error instanceof NetworkError || (error instanceof ServiceError && error.retryable);
    return reply.code(again ? 503 : ours ? 500 : 502).send({ error: again ? 'try again' : 'failed' });
  });
  return server;
}
