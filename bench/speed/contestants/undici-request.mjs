/** `request` of undici, over its global agent. */
import { request } from 'undici';

/** @type {import('../contestant.mjs').Open} */
export async function open({ apiUrl, headers }) {
  return {
    async get(path) {
      const { statusCode, body } = await request(apiUrl + path, { headers });
      if (statusCode !== 200) throw new Error(String(statusCode));
      return (await body.json()).d;
    },
  };
}
