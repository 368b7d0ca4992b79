/** The server and the workers of a measurement, and the rounds in which they take turns. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Starts the server; `env` makes a child trust its certificate. */
export async function startServer(scheme) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-speed-'));
  const certificateFile = join(folder, 'certificate.json');
  const trustFile = join(folder, 'trust.pem');
  if (scheme === 'https') {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    await writeFile(certificateFile, JSON.stringify({ cert, key }));
    await writeFile(trustFile, cert);
  }
  const child = fork(here('server.mjs'), [scheme, certificateFile], { execArgv: [] });
  const [{ authorityHost, api }] = await once(child, 'message');
  return {
    service: serviceAt(authorityHost, api),
    env: scheme === 'https' ? { NODE_EXTRA_CA_CERTS: trustFile } : {},
    /** What arrived since the last time, and how busy the server was. */
    async report() {
      child.send('report');
      const [facts] = await once(child, 'message');
      return facts;
    },
    async stop() {
      child.kill();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

/** @returns {import('./contestant.mjs').Service} */
function serviceAt(authorityHost, api) {
  return {
    apiUrl: `${api}/api/`,
    authorityHost,
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '00000000-0000-0000-0000-000000000001',
    clientSecret: 'bench-secret',
    scope: 'https://rest.media.azure.net/.default',
    headers: {
      authorization: `Bearer ${'t'.repeat(1500)}`,
      accept: 'application/json;odata=verbose',
      'x-ms-version': '2.19',
      dataserviceversion: '3.0',
      maxdataserviceversion: '3.0',
      'x-ms-client-request-id': '00000000-0000-0000-0000-000000000000',
    },
  };
}

/** A contestant in its process. */
async function startWorker({ service, env }, task, node) {
  const { contestant } = task;
  const child = fork(here('worker.mjs'), [JSON.stringify({ ...task, service })], {
    env: { ...process.env, ...env, NODE_NO_WARNINGS: '1' },
    execArgv: ['--expose-gc'],
    ...(node && { execPath: node }),
  });
  await reply(child, contestant);
  return {
    async round() {
      child.send('round');
      return reply(child, contestant);
    },
    stop: () => child.disconnect(),
  };
}

/** The next message; a child that ends instead has failed. */
async function reply(child, name) {
  const gone = new AbortController();
  const ended = once(child, 'exit', { signal: gone.signal }).then(() => {
    throw new Error(`${name} ended in the middle of a measurement`);
  });
  const [message] = await Promise.race([once(child, 'message', { signal: gone.signal }), ended]);
  gone.abort();
  ended.catch(() => undefined);
  return message;
}

/**
 * Lets the contestants take turns, so that what disturbs the machine disturbs all of them; the first rounds, in which
 * code is compiled, do not count, nor does the lead of each turn. Returns what a batch took each in each round.
 */
export async function rounds({
  contestants,
  scenario,
  stand,
  options = {},
  count = 15,
  warmUp = 2,
  leadMs = 0,
  ms = 0,
  node,
}) {
  const workers = new Map();
  for (const contestant of contestants) {
    const task = { contestant, scenario, options, leadMs, ms };
    workers.set(contestant, await startWorker(stand, task, node));
  }
  const taken = new Map(contestants.map((name) => [name, []]));
  for (let round = -warmUp; round < count; round++)
    // Every second time in the opposite order: a contestant is disturbed by the one that ends before it.
    for (const name of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      const facts = await workers.get(name).round();
      if (round >= 0) taken.get(name).push(facts);
    }
  for (const worker of workers.values()) worker.stop();
  return taken;
}
