/** What all others are measured by: an undici Pool, the headers made once, the body parsed, nothing else. */
import { Pool } from 'undici';

/** @type {import('../contestant.mjs').Open} */
export async function open({ apiUrl, headers }) {
  const { origin, pathname } = new URL(apiUrl);
  const pool = new Pool(origin, { connections: null });
  async function get(path) {
    const { statusCode, body } = await pool.request({ method: 'GET', path: pathname + path, headers });
    if (statusCode !== 200) throw new Error(String(statusCode));
    return JSON.parse(await body.text()).d;
  }
  async function* list() {
    for (let skip = 0; ; skip += 1000) {
      const { results } = await get(`Assets?$skip=${skip}&$top=1000`);
      yield* results;
      if (results.length < 1000) return;
    }
  }
  return { get, list };
}
