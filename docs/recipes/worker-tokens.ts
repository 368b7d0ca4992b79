// Tokens for worker threads: the main thread keeps the secret and the tokens; a worker requests a token by message.
import type { AccessToken, TokenCredential } from 'ams-rest';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';

interface Question {
  readonly id: number;
  readonly scopes: string | string[];
  readonly refusedToken?: string | undefined;
}

type Reply = { readonly token: string; readonly expiresOnTimestamp: number } | { readonly error: string };

/** For the main thread: answers the token requests of `tokensFrom` in the worker. */
export function lendTokens(worker: Worker, credential: TokenCredential): void {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', ({ id, scopes, refusedToken }: Question) => {
    void credential
      .getToken(scopes, refusedToken ? { refusedToken } : {})
      .then((answer) => ({ token: answer?.token, expiresOnTimestamp: answer?.expiresOnTimestamp }))
      .catch((error: unknown) => ({ error: String(error) }))
      .then((reply) => port1.postMessage({ id, reply }));
  });
  port1.unref();
  worker.postMessage(port2, [port2]);
}

/** For the worker: a credential that requests its tokens through `port`. */
export function tokensFrom(port: MessagePort): TokenCredential {
  const waiting = new Map<number, (reply: Reply) => void>();
  let lastId = 0;
  port.on('message', ({ id, reply }: { id: number; reply: Reply }) => {
    waiting.get(id)?.(reply);
    waiting.delete(id);
    if (waiting.size === 0) port.unref();
  });
  port.unref();
  return {
    async getToken(scopes, options): Promise<AccessToken> {
      const id = ++lastId;
      port.ref();
      const reply = await new Promise<Reply>((resolve) => {
        waiting.set(id, resolve);
        port.postMessage({ id, scopes, refusedToken: options?.refusedToken } satisfies Question);
      });
      if ('error' in reply) throw new Error(reply.error);
      return reply;
    },
  };
}
