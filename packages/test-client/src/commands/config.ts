/** Shows each setting and where it comes from; a secret only as the number of its characters. */
import { findDoubts, findProblems } from '../check-settings';
import type { GlobalOptions, World } from '../context';
import { layOutTable } from '../output/layout';
import { SETTINGS } from '../settings-table';
import { hasIdentity, isLive, sourcedSettings } from '../target';
import { tell } from '../output/print';

export function config(options: GlobalOptions, world: World): Promise<undefined> {
  const settings = sourcedSettings(options, world);
  const live = isLive(options, settings, 'Media Services');
  const shown = SETTINGS.map(({ name, what }) => {
    const { value, from } = settings[name];
    const text = name === 'AZURE_CLIENT_SECRET' && value ? `(${value.length} characters)` : value;
    return { name, value: text, from, what };
  });
  const anyLive = live || isLive(options, settings, 'a token');
  const problems = anyLive ? findProblems(settings, live ? 'Media Services' : 'a token') : [];
  const doubts = findDoubts(settings);
  const table = layOutTable(
    ['Setting', 'Value', 'From', 'Meaning'],
    shown.map(({ name, value, from, what }) => [name, value, from, what]),
    { width: world.stdout.columns, narrow: 'stack' },
  );
  const text = [
    table,
    '',
    live ? 'Commands use AMS_ENDPOINT.' : withoutEndpoint(anyLive && hasIdentity(settings)),
    ...[...problems, ...doubts].map((one) => `! ${one}`),
  ].join('\n');
  tell(options, world, { live, settings: shown, problems, doubts }, text);
  return Promise.resolve(undefined);
}

function withoutEndpoint(identity: boolean): string {
  const local = 'AMS_ENDPOINT is not set: commands for Media Services start a local Azure.';
  return identity
    ? `${local}\nThe commands token, account, and call with a full URL use the settings above.`
    : `${local}\nSo do all others, because no client is configured.`;
}
