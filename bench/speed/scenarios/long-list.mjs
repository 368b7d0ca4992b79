/** Reads a list of a million entities page by page; prints time and heap after each tenth of it. */

export const folder = 'contestants';

/** @param {import('../contestant.mjs').Contestant} client */
export async function batch(client, { entities }) {
  const start = performance.now();
  const marks = [];
  let count = 0;
  for await (const { Id } of client.list()) {
    if (typeof Id !== 'string') throw new Error('no entity');
    if (++count % (entities / 10) === 0) {
      globalThis.gc();
      marks.push({
        count,
        seconds: (performance.now() - start) / 1000,
        heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
      });
    }
    if (count === entities) break;
  }
  if (count !== entities) throw new Error(`${count} entities`);
  return { marks };
}
