/** Authorized GETs, so many of them in flight. */

export const folder = 'contestants';

/** @param {import('../contestant.mjs').Contestant} client */
export async function batch(client, { requests, inFlight, path }) {
  let left = requests;
  const lane = async () => {
    while (left-- > 0) await client.get(path);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
