/** Makes assets under random faults and reports what came of it, as JSON. See README.md. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AmsClient,
  AmsRestError,
  clientSecretCredential,
  NetworkError,
  odataString,
  ServiceError,
  undiciTransport,
} from 'ams-rest';
import { dice } from './dice';
import type { Tally } from './fault-server';

const { values } = parseArgs({
  options: {
    creations: { type: 'string', default: '20000' },
    parallel: { type: 'string', default: '32' },
    seed: { type: 'string', default: '1' },
  },
});
const creations = Number(values.creations);
const seed = Number(values.seed);

/** What the makers saw. */
const seen = { errors: {} as Record<string, number>, looks: 0, foundByLooking: 0, again: 0 };
const heap: number[] = [];

async function main(): Promise<void> {
  const server = fork(join(__dirname, 'fault-server.ts'), [String(seed)]);
  const { port } = await answerOf<{ port: number }>(server);
  const transport = undiciTransport();
  const origin = `http://127.0.0.1:${port}`;
  const limits = {
    transport,
    timeoutMs: 1_000,
    retry: { baseDelayMs: 1, maxDelayMs: 20, random: dice(seed) },
  };
  const secret = { tenantId: 't', clientId: 'c', clientSecret: 'secret', authorityHost: origin };
  // The server revokes tokens many times a second. A new token is not replaced within 10 s, so each look takes as long.
  let time = Date.now();
  const now = () => (time += 10_000);
  const credential = clientSecretCredential({ ...secret, ...limits, now });
  const client = new AmsClient({ endpoint: `${origin}/api/`, credential, ...limits });

  const started = performance.now();
  let next = 0;
  const maker = async () => {
    for (let number = next++; number < creations; number = next++) {
      if (number % Math.max(1, Math.floor(creations / 20)) === 0) sampleHeap();
      await makeOnce(client, `asset-${number}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.parallel) }, maker));
  sampleHeap();
  const seconds = (performance.now() - started) / 1000;

  await transport.close();
  server.send('tally');
  const tally = await answerOf<Tally>(server);
  server.disconnect();
  await once(server, 'exit');
  report(tally, seconds);
}

/** Makes the asset, whatever happens on the way, and no second one. */
async function makeOnce(client: AmsClient, name: string): Promise<void> {
  for (;;) {
    try {
      await client.request('POST', 'Assets', { body: { Name: name } });
      return;
    } catch (error) {
      if (await isThere(client, name, error)) return;
      seen.again++;
    }
  }
}

async function isThere(client: AmsClient, name: string, error: unknown): Promise<boolean> {
  if (!(error instanceof AmsRestError)) throw error;
  const unknown = (error instanceof NetworkError || error instanceof ServiceError) && error.outcomeUnknown;
  const kind = `${error.name}${error instanceof ServiceError ? ` ${error.status}` : ''}${unknown ? ', outcome unknown' : ''}`;
  seen.errors[kind] = (seen.errors[kind] ?? 0) + 1;
  if (!unknown) return false;
  for (;;) {
    try {
      seen.looks++;
      const query = { $filter: `Name eq ${odataString(name)}` };
      const body = await client.json<unknown[]>('GET', 'Assets', { query });
      if (body.length > 0) seen.foundByLooking++;
      return body.length > 0;
    } catch (failed) {
      if (!(failed instanceof AmsRestError)) throw failed;
    }
  }
}

function sampleHeap(): void {
  global.gc?.();
  heap.push(Math.round(process.memoryUsage().heapUsed / 1024));
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

function report(tally: Tally, seconds: number): void {
  const times = Object.values(tally.made);
  const [, , ...settled] = heap; // The first tenth warms up.
  const kept = process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind));
  const result = {
    creations,
    seed,
    madeExactlyOnce: times.filter((count) => count === 1).length,
    madeTwice: times.filter((count) => count > 1).length,
    missing: creations - times.length,
    seconds: Math.round(seconds),
    requests: tally.requests,
    faults: tally.faults,
    ...seen,
    heapKiB: { afterFirstTenth: settled[0], atTheEnd: settled.at(-1), all: heap },
    leftOpen: kept,
  };
  console.log(JSON.stringify(result, null, 2));
  if (result.madeExactlyOnce !== creations || kept.length > 0) process.exitCode = 1;
}

void main();
