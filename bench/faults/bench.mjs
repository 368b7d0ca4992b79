/** Runs every peer through every fault over real sockets and prints docs/peers.md. */
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { format } from 'prettier';
import { generate } from 'selfsigned';
import { faults, text } from './faults.mjs';
import { LIMIT_MS, peers } from './peers.mjs';
import { tokenPeers } from './token-peers.mjs';

const TOKEN = 'planted-token';
const SECRET = 'planted-secret';
/** Twice what all attempts together may take. A library that has not ended by then counts as one that never does. */
const PATIENCE_MS = 12 * LIMIT_MS;

// The peers must accept the certificate that is made here.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');
const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);

/** @param preface Answers what does not count, such as discovery; undefined for all other requests. */
async function serve(replies, { tls = false, preface = () => undefined } = {}) {
  const requests = [];
  const sockets = new Set();
  const onSocket = (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    let pending = '';
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      const end = pending.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
      if (end < 0 || pending.length < end + 4 + length) return;
      const request = pending;
      pending = '';
      const before = preface(request);
      if (before !== undefined) {
        socket.write(before);
        return;
      }
      requests.push(request);
      const reply = replies[Math.min(requests.length, replies.length) - 1];
      if (typeof reply === 'function') reply(socket, request);
      else socket.write(reply);
    });
  };
  const server = tls ? createTlsServer({ key, cert }, onSocket) : createServer(onSocket);
  server.on('tlsClientError', () => undefined);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${server.address().port}`,
    requests,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What `ask` leads to, in the words of the table. `planted` is what no error may show and no other server may get. */
async function meet(fault, { ok, planted, ask, ...server }) {
  const elsewhere = await serve([text(200, '{}')]);
  const here = await serve(fault.replies({ elsewhere: `${elsewhere.origin}/x`, ok }), server);
  let timer;
  const patience = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, 'no end')));
  const outcome = await Promise.race([
    ask(here.origin).then(
      (body) => (typeof body === 'string' ? 'ok with a text' : 'ok'),
      (error) =>
        error.name +
        (inspect(error, { depth: 9, showHidden: true }).includes(planted.value)
          ? `, shows the ${planted.name}`
          : ''),
    ),
    patience,
  ]);
  clearTimeout(timer);
  const leaked = elsewhere.requests.some((request) => request.includes(planted.value))
    ? `, ${planted.name} sent there`
    : '';
  const followed = elsewhere.requests.length > 0 ? ', followed' : '';
  const count = here.requests.length;
  here.close();
  elsewhere.close();
  return `${count}× ${outcome}${followed}${leaked}`;
}

const asTable = (headings, rows) =>
  [headings, headings.map(() => '-'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const requestRows = [];
for (const fault of faults) {
  for (const method of fault.methods ?? ['GET', 'POST']) {
    const cells = await Promise.all(
      Object.values(peers).map((send) =>
        meet(fault, {
          ok: text(200, '{"Id":"x"}'),
          planted: { name: 'token', value: TOKEN },
          ask: (origin) => send(method, `${origin}/api/Assets`, TOKEN),
        }),
      ),
    );
    requestRows.push([`${method}: ${fault.name}`, ...cells]);
    console.log(requestRows.at(-1).join(' | '));
  }
}

/** The metadata of a directory, which two of the three read before they ask for a token. */
function discovery(request) {
  if (!request.startsWith('GET')) return undefined;
  const origin = `https://${/host: (\S+)/i.exec(request)[1]}`;
  const base = `${origin}/tenant/oauth2/v2.0`;
  return text(
    200,
    JSON.stringify({
      issuer: `${origin}/tenant/v2.0`,
      token_endpoint: `${base}/token`,
      authorization_endpoint: `${base}/authorize`,
      jwks_uri: `${origin}/tenant/discovery/v2.0/keys`,
    }),
  );
}

const tokenRows = [];
for (const fault of faults.filter(({ methods }) => methods === undefined)) {
  const cells = await Promise.all(
    Object.values(tokenPeers).map((ask) =>
      meet(fault, {
        ok: text(200, JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: TOKEN })),
        planted: { name: 'secret', value: SECRET },
        tls: true,
        preface: discovery,
        ask: (origin) => ask(origin, SECRET),
      }),
    ),
  );
  tokenRows.push([fault.name, ...cells]);
  console.log(tokenRows.at(-1).join(' | '));
}

const page = `# The same faults, met by peers

<!-- Printed by bench/faults/bench.mjs. Do not edit. -->

Each cell is how often the request reached the server and what the caller got. Every library has its defaults, a time limit
of ${LIMIT_MS} ms for one request where it has such an option, and short back-offs. "Shows the token" means that
\`util.inspect\` of the error, hidden properties included, prints the bearer token; "no end" that nothing came within
${PATIENCE_MS / 1000} s.

## Requests to an API

A POST that was sent twice after an answer was lost may have created two things.

${asTable(['Fault', ...Object.keys(peers)], requestRows)}

## A token by client secret

Requests for metadata of the directory are not counted. A token request may be repeated: carried out twice it does no harm.

${asTable(['Fault', ...Object.keys(tokenPeers)], tokenRows)}
`;
await writeFile(
  new URL('../../docs/peers.md', import.meta.url),
  await format(page, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' }),
);
process.exit(0);
