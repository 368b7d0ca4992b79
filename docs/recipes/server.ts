// Inside a server: one client for all requests. A visitor who leaves aborts what was done for them.
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

  // What the visitor may know: that it failed, and whether to come again. The rest is for the log.
  server.setErrorHandler((error, request, reply) => {
    request.log.error(error);
    const ours = error instanceof AuthenticationError; // our own secret is wrong: no matter of the visitor's
    const again = error instanceof NetworkError || (error instanceof ServiceError && error.retryable);
    return reply.code(again ? 503 : ours ? 500 : 502).send({ error: again ? 'try again' : 'failed' });
  });
  return server;
}
