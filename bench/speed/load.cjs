/** Prints, in ms as JSON, what loading the things named takes, one after the other: each argument a list with commas. */
const times = process.argv.slice(2).map((names) => {
  const start = process.hrtime.bigint();
  for (const name of names.split(',')) require(name);
  return Number(process.hrtime.bigint() - start) / 1e6;
});
console.log(JSON.stringify(times));
