/** What can be counted and comes out the same on every machine: requests, connections, bytes, files loaded. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AmsClient, clientSecretCredential } from 'ams-rest';
import { startServer } from './stand.mjs';

const CALLERS = 1000;

export async function counts() {
  const stand = await startServer('http');
  try {
    const { apiUrl, ...settings } = stand.service;
    const credential = clientSecretCredential(settings);
    await Promise.all(Array.from({ length: CALLERS }, () => credential.getToken(settings.scope)));
    const cold = await stand.report();
    const ams = new AmsClient({ endpoint: apiUrl, credential });
    const one = async () => {
      await ams.request('GET', 'Assets');
      return stand.report();
    };
    await one();
    const small = await one();
    let entities = 0;
    for await (const _ of ams.list('Assets', { query: { $top: 5000 } })) entities++;
    const list = await stand.report();
    return {
      'token requests of 1000 cold callers': cold.tokenRequests,
      'requests of one GET': small.requests,
      'connections of one more GET': small.connections,
      'bytes sent by one GET, token aside':
        small.bytesIn - tokenLength(await credential.getToken(settings.scope)),
      'entities listed': entities,
      'requests of that list': list.requests,
      'files loaded of the library': await filesLoaded('ams-rest'),
      'files loaded of undici with it': await filesLoaded('undici'),
    };
  } finally {
    await stand.stop();
  }
}

const tokenLength = ({ token }) => token.length;

async function filesLoaded(name) {
  const folder = name === 'undici' ? '/undici/' : '/ams-rest/dist/';
  const code = `require('ams-rest'); console.log(Object.keys(require.cache).filter((path) => path.replaceAll('\\\\\\\\', '/').includes('${folder}')).length)`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=commonjs', '-e', code], {
    cwd,
  });
  return Number(stdout);
}
