/** Shows each setting and where it comes from; secrets as the number of their characters. */
import type { GlobalOptions, World } from '../context';
import { layOutTable } from '../output/layout';
import { isLive, sourcedSettings } from '../session';
import { findDoubts, findProblems, SETTINGS } from '../settings';

export function config(options: GlobalOptions, world: World): void {
  const settings = sourcedSettings(options, world);
  const live = isLive(options, settings);
  const shown = SETTINGS.map(({ name, what }) => {
    const { value, from } = settings[name];
    const text = name === 'AZURE_CLIENT_SECRET' && value ? `(${value.length} characters)` : value;
    return { name, value: text, from, what };
  });
  const problems = live ? findProblems(settings) : [];
  const doubts = findDoubts(settings);
  if (options.json) {
    world.stdout.write(`${JSON.stringify({ live, settings: shown, problems, doubts }, null, 2)}\n`);
    return;
  }
  const rows = shown.map(({ name, value, from, what }) => [name, value, from, what]);
  world.stdout.write(
    `${layOutTable(['Setting', 'Value', 'From', 'What it is'], rows, world.stdout.columns)}\n\n`,
  );
  world.stdout.write(
    live
      ? 'A run goes against AMS_ENDPOINT.\n'
      : 'AMS_ENDPOINT is not set, so a run starts a local Azure and takes its settings from there.\n',
  );
  for (const text of [...problems, ...doubts]) world.stdout.write(`! ${text}\n`);
}
