// Writes what the process took, from its start to its exit, to the file that USAGE names.
const start = process.hrtime.bigint();
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = {
    seconds: Number(process.hrtime.bigint() - start) / 1e9,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMiB: maxRSS / 1024,
  };
  require('node:fs').writeFileSync(process.env.USAGE, JSON.stringify(usage));
});
