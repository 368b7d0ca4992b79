/** Starts the local Azure and keeps it running: prints the lines for `.env`, then what arrives, until Ctrl-C. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Emulator, EmulatorFlags, EmulatorOptions } from 'ams-emulator';
import { Agent, fetch } from 'undici';
import type { GlobalOptions, World } from '../context';
import { UsageError } from '../errors';
import { loadEmulator, startLocalAzure } from '../local-azure';
import { colorsFor } from '../output/layout';
import { visibleInLine } from '../output/visible';
import { note } from '../output/print';

interface Arrived {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly at: string;
}

export async function emulator(
  options: GlobalOptions & Omit<EmulatorFlags, 'resource'> & { readonly resource?: string },
  world: World,
): Promise<undefined> {
  const { resource } = options;
  const flags = { ...options, resource: resource === undefined ? undefined : [resource] };
  const azure = await startLocalAzure(readFlags(flags)).catch((error: unknown) => {
    const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
    if (code === 'EADDRINUSE')
      throw new UsageError(`Port ${String(port)} is in use. Choose another with --port, or 0 for any.`);
    if (code === 'EACCES' && port !== undefined)
      throw new UsageError(
        port < 1024
          ? `Port ${port} needs administrator rights. Choose one above 1023 with --port.`
          : `Port ${port} is reserved by the system, as Hyper-V does on Windows. Choose another with --port, or 0 for any.`,
      );
    throw error;
  });
  try {
    // Only settings on stdout, so that it can be redirected to a file.
    world.stdout.write(options.json ? `${JSON.stringify(settingsOf(azure), null, 2)}\n` : linesOf(azure));
    if (azure.certificate !== undefined)
      note(
        options,
        world,
        '\nSave this certificate as ca.pem, and set NODE_EXTRA_CA_CERTS=ca.pem where clients start:\n' +
          azure.certificate,
      );
    note(
      options,
      world,
      `\nA local Azure, its blobs at ${azure.blobEndpoint}. What arrives is shown below; Ctrl-C stops it.`,
    );
    if (options.quiet) await wait(2 ** 31 - 1, undefined, { signal: world.signal });
    else await logArrivals(azure, options, world);
  } catch (error) {
    // Ctrl-C is how this command is meant to end.
    if (!world.signal.aborted) throw error;
  } finally {
    await azure.close();
  }
}

function readFlags(flags: EmulatorFlags): EmulatorOptions {
  try {
    return loadEmulator().optionsOf(flags);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(`${error.message}.`) : error;
  }
}

function linesOf(azure: Emulator): string {
  const lines = Object.entries(azure.env).map(([name, value]) => `${name}=${value}\n`);
  return lines.join('') + loadEmulator().accountComments(azure);
}

/** The settings, and what clients of the Access Control Service need. */
function settingsOf({ env, accessControlEndpoint, accounts }: Emulator): unknown {
  return accessControlEndpoint === undefined ? env : { ...env, accessControlEndpoint, accounts };
}

/** The emulator lists what arrived. Queries, which may hold signatures, are not in the list. */
async function logArrivals(azure: Emulator, options: GlobalOptions, world: World): Promise<void> {
  const dispatcher = new Agent(azure.certificate === undefined ? {} : { connect: { ca: azure.certificate } });
  const colors = colorsFor(world.stderr, options.color, world.env);
  for (let shown = 0; ;) {
    const answer = await fetch(`${azure.controlEndpoint}requests`, { signal: world.signal, dispatcher });
    const { counts, requests } = (await answer.json()) as {
      counts: Readonly<Record<string, number>>;
      requests: readonly Arrived[];
    };
    // It keeps the last thousand requests, and counts all; a count that falls means that it was reset.
    const arrived = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const fresh = arrived < shown ? arrived : arrived - shown;
    for (const { at, service, method, path } of requests.slice(Math.max(0, requests.length - fresh)))
      world.stderr.write(
        `${colors.dim(at.slice(11, 23))} ${service.padEnd(7)} ${method.padEnd(6)} ${visibleInLine(path)}\n`,
      );
    shown = arrived;
    await wait(250, undefined, { signal: world.signal });
  }
}
