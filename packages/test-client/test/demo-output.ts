/** The demo's output with everything masked that differs from run to run, so that two runs can be compared. */

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

export function mask(output: string): string {
  return output
    .replace(/node \S+[\\/]ams\b/g, 'node ams')
    .replace(GUID, 'GUID')
    .replace(/demo-[0-9a-f]{8}/g, 'demo-RUN')
    .replace(/local[0-9a-f]{8}\./g, 'local.')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/\b(iat|nbf|exp|aio|rh|uti|emu_issued)( +│ ).*/g, '$1$2VALUE')
    .replace(/clocks differ by \d+ s/g, 'clocks agree')
    .replace(/\d+ ms\b/g, 'N ms')
    .replace(/\d+(\.\d+)? s\b/g, 'N s')
    .replace(/, \d+ times/g, '')
    .replace(/\d{4}-\d\d-\d\dT[\d:.%A]+Z?/g, 'DATE')
    .split('\n')
    .filter((line) => !/^ {5}(Queued|Scheduled|Processing)/.test(line))
    .map((line) => line.replace(/ {2,}/g, '  ').trimEnd())
    .join('\n')
    .trim();
}
