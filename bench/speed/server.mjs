/**
 * The other side of every measurement, in a separate process: a token endpoint and an API that answer prepared
 * bytes from raw sockets, several times as fast as a server of node:http, so that it is never what is measured.
 *
 * Argument: `http` or `https`, then, for https, a file with certificate and key as JSON. Sends its two origins, as the
 * token endpoint and the API have different ones. To each message it answers what arrived since the last one, and how
 * busy it was meanwhile.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createServer as createSecureServer } from 'node:tls';
import { entities } from './entities.mjs';

/** Of the length that real ones have, with an end in an hour; nothing here looks inside. */
const TOKEN = `eyJ0eXAiOiJKV1QifQ.${'a'.repeat(1200)}.${'b'.repeat(342)}`;

const LONGEST_LIST = 1_000_000;

const answers = new Map();
const counts = { connections: 0, requests: 0, tokenRequests: 0, bytesIn: 0 };

const verbose = (value) => JSON.stringify({ d: value });

function prepare(body) {
  const bytes = Buffer.from(body);
  const head = [
    'HTTP/1.1 200 OK',
    'Content-Type: application/json;odata=verbose;charset=utf-8',
    `Content-Length: ${bytes.length}`,
    'Server: Microsoft-IIS/8.5',
    'x-ms-request-id: 6c1e2f3a-5b7c-4d8e-9f00-112233445566',
    'DataServiceVersion: 3.0;',
    'Date: Mon, 01 Jan 2024 00:00:00 GMT',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
}

function tokenAnswer() {
  counts.tokenRequests++;
  return prepare(
    JSON.stringify({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: TOKEN }),
  );
}

/** What an identity library looks up before it asks for a token. */
function metadata() {
  const base = `${authorityHost}/contoso.onmicrosoft.com`;
  return prepare(
    JSON.stringify({
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
    }),
  );
}

function answer(method, path) {
  if (method === 'POST') return tokenAnswer();
  if (path.includes('openid-configuration')) return metadata();
  const query = new URLSearchParams(path.split('?')[1]);
  const top = Number(query.get('$top') ?? 0);
  if (path.endsWith('/Page')) return prepared('page', () => verbose({ results: entities(0, 1000) }));
  if (top === 0) return prepared('entity', () => verbose(entities(0, 1)[0]));
  const size = Math.max(0, Math.min(top, LONGEST_LIST - Number(query.get('$skip') ?? 0)));
  return prepared(`list of ${size}`, () => verbose({ results: entities(0, size) }));
}

function prepared(key, make) {
  if (!answers.has(key)) answers.set(key, prepare(make()));
  return answers.get(key);
}

const byRequestLine = new Map();

/** @param {import('node:net').Socket} socket */
function serve(socket) {
  counts.connections++;
  let text = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    counts.bytesIn += chunk.length;
    text += chunk.latin1Slice(0, chunk.length);
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = text.startsWith('GET') ? 0 : Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const line = text.slice(0, text.indexOf('\r\n'));
      text = text.slice(end + 4 + length);
      counts.requests++;
      socket.write(answerTo(line));
    }
  });
}

function answerTo(line) {
  const known = byRequestLine.get(line);
  if (known) return known;
  const [method, path] = line.split(' ');
  const bytes = answer(method, path);
  if (method === 'GET' && byRequestLine.size < 2000) byRequestLine.set(line, bytes);
  return bytes;
}

const [scheme, certificateFile] = process.argv.slice(2);
const secret = scheme === 'https' && JSON.parse(readFileSync(certificateFile, 'utf8'));

function listen() {
  const server = secret ? createSecureServer(secret, serve) : createServer(serve);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`${scheme}://127.0.0.1:${server.address().port}`));
  });
}

let busySince = performance.eventLoopUtilization();
process.on('message', () => {
  const now = performance.eventLoopUtilization();
  process.send?.({ ...counts, utilization: performance.eventLoopUtilization(now, busySince).utilization });
  busySince = now;
  for (const name of Object.keys(counts)) counts[name] = 0;
});
process.on('disconnect', () => process.exit());
const authorityHost = await listen();
process.send?.({ authorityHost, api: await listen() });
