/** Small authorized GETs: the processor time of each contestant beside that of an undici Pool. */
import { median, medianRatio } from '../statistics.mjs';
import { rounds, startServer } from '../stand.mjs';

const CONTESTANTS = [
  ...[
    'raw-pool',
    'ams-rest',
    'undici-request',
    'node-https',
    'core-rest-pipeline',
    'node-fetch',
    'undici-fetch',
  ],
  ...['global-fetch', 'axios', 'got', 'ky'],
];

export async function measure({ count }) {
  const rows = [];
  const targets = [];
  const bars = [];
  for (const scheme of ['http', 'https']) {
    const stand = await startServer(scheme);
    for (const inFlight of [64, 1]) {
      const requests = 1000;
      const options = { requests, inFlight, path: 'Assets' };
      const turns = { leadMs: 400, ms: 500, count };
      const taken = await rounds({ contestants: CONTESTANTS, scenario: 'get', stand, options, ...turns });
      const { utilization } = await stand.report();
      const group = `${scheme}, ${inFlight} in flight`;
      const userOf = (name) => taken.get(name).map(({ user }) => user);
      const floor = userOf('raw-pool');
      const ratios = new Map(CONTESTANTS.map((name) => [name, medianRatio(userOf(name), floor)]));
      for (const name of CONTESTANTS) {
        const perSecond = (requests * 1e6) / median(taken.get(name).map(({ wall }) => wall));
        const micros = median(userOf(name)) / requests;
        rows.push([group, name, ratios.get(name).toFixed(2), micros.toFixed(0), perSecond.toFixed(0)]);
        bars.push({ group, name, value: ratios.get(name) });
      }
      rows.push([group, 'the server, busy', `${(utilization * 100).toFixed(0)} %`, '', '']);
      const limit = inFlight === 1 ? 1.2 : 1.15;
      targets.push({ what: `${group}: user CPU beside a raw Pool`, limit, value: ratios.get('ams-rest') });
      targets.push({
        what: `${group}: user CPU beside a third of core-rest-pipeline`,
        limit: 1,
        value: (ratios.get('ams-rest') * 3) / ratios.get('core-rest-pipeline'),
      });
    }
    await stand.stop();
  }
  return {
    title: 'Small authorized GET',
    text: `User CPU of the process for each GET of one entity, token cached, retry and error handling on. A raw Pool is the
floor, and where it takes more than a third of core-rest-pipeline no library on a Pool can stay below that third.`,
    head: ['how', 'contestant', 'of raw-pool', 'µs user CPU', 'GET/s'],
    rows,
    targets,
    plot: { label: 'user CPU, times that of a raw undici Pool', bars },
  };
}
