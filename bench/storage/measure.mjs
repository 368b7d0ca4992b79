/** Runs one way to upload as a program: prints how long it took, and how much processor and memory it needed, as JSON. */

export const BLOCK = 8 * 1024 * 1024;
export const PARALLEL = 4;

/**
 * Arguments of the program: blob URL, path, path of a small file.
 *
 * @param {(url: string, path: string) => Promise<void>} upload
 */
export async function measure(upload) {
  const [url = '', path = '', warmPath = ''] = process.argv.slice(2);
  // Modules are loaded and code is compiled by a small file first.
  await upload(url, warmPath);
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  await upload(url, path);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(before);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB }));
}
