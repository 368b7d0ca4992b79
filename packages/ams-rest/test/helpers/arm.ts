/** A client of Resource Manager before a scripted server. */
import { ArmClient, type ArmClientOptions } from '../../src/resource-manager';
import { closing } from './closing';
import { startServer, type ScriptedServer } from './scripted-server';
import { listCredential } from './values';

type Replies = string | readonly string[];

/** Some answers name the server itself, whose port is known only when it runs. */
export async function armOn(
  replies: Replies | ((origin: string) => Replies),
  more: Partial<ArmClientOptions> = {},
): Promise<{ arm: ArmClient; server: ScriptedServer }> {
  const server: ScriptedServer = closing(
    await startServer((_, index) => {
      const made = typeof replies === 'function' ? replies(server.origin) : replies;
      return typeof made === 'string' ? made : (made[Math.min(index, made.length - 1)] ?? '');
    }),
  );
  const arm = new ArmClient({
    endpoint: server.origin,
    credential: listCredential('token-1', 'token-2'),
    retry: { baseDelayMs: 1 },
    ...more,
  });
  return { arm, server };
}
