/** Runs one way to upload and download as a program: prints how long it took, and how much processor and memory it needed, as JSON. */

export const BLOCK = 8 * 1024 * 1024;
export const PARALLEL = 4;

/**
 * Arguments of the program: `upload` or `download`, blob URL, path, and a small blob and path of the same kind.
 *
 * @param {Record<string, (url: string, path: string) => Promise<void>>} ways
 */
export async function measure(ways) {
  const [direction = '', url = '', path = '', warmUrl = '', warmPath = ''] = process.argv.slice(2);
  const act = ways[direction];
  // Modules are loaded and code is compiled by a small one first.
  await act(warmUrl, warmPath);
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  await act(url, path);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(before);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB }));
}
