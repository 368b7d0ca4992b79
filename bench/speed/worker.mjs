/**
 * One contestant in one scenario, in a process of its own. Each message is a round: it does its batch and answers
 * with what that took. Argument: JSON of `contestant`, `scenario`, `service`, `options`.
 */
const { contestant, scenario, service, options } = JSON.parse(process.argv[2]);
const { batch, folder } = await import(`./scenarios/${scenario}.mjs`);
const { open } = await import(`./${folder}/${contestant}.mjs`);
const client = await open(service);

process.on('message', async () => {
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  const facts = await batch(client, options);
  const { user, system } = process.cpuUsage(before);
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  process.send({ user, system, wall, ...facts });
});
process.on('disconnect', () => process.exit());
process.send('ready');
