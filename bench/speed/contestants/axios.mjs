/** axios, over node:http; its connections have to be kept alive by an agent. */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import axios from 'axios';

/** @type {import('../contestant.mjs').Open} */
export async function open({ apiUrl, headers }) {
  const client = axios.create({
    baseURL: apiUrl,
    headers,
    httpAgent: new Agent({ keepAlive: true }),
    httpsAgent: new SecureAgent({ keepAlive: true }),
  });
  return { get: async (path) => (await client.get(path)).data.d };
}
