/** got, over node:http; its connections have to be kept alive by an agent. */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import got from 'got';

/** @type {import('../contestant.mjs').Open} */
export async function open({ apiUrl, headers }) {
  const agent = { http: new Agent({ keepAlive: true }), https: new SecureAgent({ keepAlive: true }) };
  const client = got.extend({ prefixUrl: apiUrl, headers, agent });
  return { get: async (path) => (await client.get(path).json()).d };
}
