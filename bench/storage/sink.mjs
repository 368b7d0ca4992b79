/**
 * A server that accepts and discards every PUT, and answers a GET with zeros: as many MiB as the end of the path says. In a
 * separate process; argument: `http` or `https`.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { generate } from 'selfsigned';

const FACTS = {
  etag: '"0x1"',
  'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
  'x-ms-request-id': '1',
  'x-ms-blob-type': 'BlockBlob',
};
const ZEROS = Buffer.alloc(1024 * 1024);

/** @type {import('node:http').RequestListener} */
function serve(request, response) {
  request.resume().on('end', () => {
    if (request.method === 'PUT') response.writeHead(201, { ...FACTS, 'content-length': 0 }).end();
    else give(request, response);
  });
}

async function give({ method, url = '', headers }, response) {
  const size = Number(/(\d+)$/.exec(url)?.[1]) * 1024 * 1024;
  const range = headers['x-ms-range'] ?? headers['range'];
  const [first, last] = (/bytes=(\d+)-(\d*)/.exec(String(range ?? 'bytes=0-')) ?? []).slice(1);
  const start = Number(first);
  const end = last ? Math.min(Number(last), size - 1) : size - 1;
  response.writeHead(range ? 206 : 200, {
    ...FACTS,
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (method !== 'HEAD')
    for (let left = end - start + 1; left > 0; left -= ZEROS.length)
      if (!response.write(ZEROS.subarray(0, left))) await once(response, 'drain');
  response.end();
}

async function secureServer() {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  return createHttpsServer({ cert, key }, serve);
}

const server = process.argv[2] === 'https' ? await secureServer() : createHttpServer(serve);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
