/**
 * One contestant in one scenario, in a separate process. Each message is a round: it does batches for a time and
 * answers with what one of them took. Argument: JSON of `contestant`, `scenario`, `service`, `options`, `leadMs`, `ms`.
 */
const { contestant, scenario, service, options, leadMs, ms } = JSON.parse(process.argv[2]);
const { batch, folder } = await import(`./scenarios/${scenario}.mjs`);
const { open } = await import(`./${folder}/${contestant}.mjs`);
const client = await open(service);

/** One batch, and more until the time is over. */
async function batches(duration) {
  const end = performance.now() + duration;
  let done = 0;
  let facts;
  do {
    facts = await batch(client, options);
    done++;
  } while (performance.now() < end);
  return { done, facts };
}

process.on('message', async () => {
  globalThis.gc?.();
  // Not counted: who has slept while others had their turn is several times slower for the first tenths of a second.
  if (leadMs > 0) await batches(leadMs);
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  const { done, facts } = await batches(ms);
  const { user, system } = process.cpuUsage(before);
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  process.send({ user: user / done, system: system / done, wall: wall / done, ...facts });
});
process.on('disconnect', () => process.exit());
process.send('ready');
