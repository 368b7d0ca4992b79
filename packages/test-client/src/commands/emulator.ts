/** Starts the local Azure and keeps it going: prints the lines for `.env`, then what arrives, until Ctrl-C. */
import { setTimeout as wait } from 'node:timers/promises';
import type { GlobalOptions, World } from '../context';
import { startLocalAzure } from '../local-azure';
import { colorsFor } from '../output/layout';
import { UsageError } from '../settings';

interface Arrived {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly at: string;
}

export async function emulator(
  options: GlobalOptions & { readonly port: string; readonly data?: string },
  world: World,
): Promise<void> {
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError('--port must be a number from 0 to 65535.');
  const azure = await startLocalAzure({ port, ...(options.data && { data: options.data }) }).catch(
    (error: unknown) => {
      const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (inUse) throw new UsageError(`Port ${port} is in use. Choose another with --port, or 0 for any.`);
      throw error;
    },
  );
  try {
    const lines = Object.entries(azure.env).map(([name, value]) => `${name}=${value}`);
    // What a program reads is on stdout alone, so that it can go straight into a file.
    world.stdout.write(options.json ? `${JSON.stringify(azure.env, null, 2)}\n` : `${lines.join('\n')}\n`);
    if (!options.quiet) {
      world.stderr.write(
        `\nA local Azure, its blobs at ${azure.blobEndpoint}. What arrives is shown below; Ctrl-C stops it.\n`,
      );
      await logArrivals(`${azure.url}/_emulator/requests`, options, world);
    } else await wait(2 ** 31 - 1, undefined, { signal: world.signal });
  } catch (error) {
    // Ctrl-C is how this command is meant to end.
    if (!world.signal.aborted) throw error;
  } finally {
    await azure.close();
  }
}

/** The emulator tells what arrived when asked; queries, which may hold signatures, it leaves out. */
async function logArrivals(url: string, options: GlobalOptions, world: World): Promise<void> {
  const colors = colorsFor(world.stderr, options.color, world.env);
  for (let shown = 0; ;) {
    const answer = await fetch(url, { signal: world.signal });
    const { counts, requests } = (await answer.json()) as {
      counts: Readonly<Record<string, number>>;
      requests: readonly Arrived[];
    };
    // It keeps the last thousand, and counts all; fewer than before means that it was reset.
    const arrived = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const fresh = arrived < shown ? arrived : arrived - shown;
    for (const { at, service, method, path } of requests.slice(Math.max(0, requests.length - fresh)))
      world.stderr.write(
        `${colors.dim(at.slice(11, 23))} ${service.padEnd(7)} ${method.padEnd(6)} ${printable(path)}\n`,
      );
    shown = arrived;
    await wait(250, undefined, { signal: world.signal });
  }
}

/** A path comes from whoever sent it; control characters must not reach the terminal. */
function printable(path: string): string {
  return path.replace(/\p{C}/gu, '�');
}
