/** ky, over the global fetch. */
import ky from 'ky';

/** @type {import('../contestant.mjs').Open} */
export async function open({ apiUrl, headers }) {
  const client = ky.create({ prefixUrl: apiUrl, headers });
  return { get: async (path) => (await client.get(path).json()).d };
}
