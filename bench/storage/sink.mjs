/** A server that takes every PUT and keeps nothing, in a process of its own. Argument: `http` or `https`. */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { generate } from 'selfsigned';

/** @type {import('node:http').RequestListener} */
const take = (request, response) => {
  request.resume().on('end', () => {
    response.writeHead(201, {
      etag: '"0x1"',
      'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
      'x-ms-request-id': '1',
      'content-length': '0',
    });
    response.end();
  });
};

async function secureServer() {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  return createHttpsServer({ cert, key }, take);
}

const server = process.argv[2] === 'https' ? await secureServer() : createHttpServer(take);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
