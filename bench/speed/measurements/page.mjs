/** A page of a thousand verbose entities, 1.5 MB: where only JSON.parse should take time. */
import { median, medianRatio } from '../statistics.mjs';
import { rounds, startServer } from '../stand.mjs';

export async function measure({ count }) {
  const contestants = ['raw-pool', 'ams-rest'];
  const stand = await startServer('http');
  const options = { requests: 10, inFlight: 1, path: 'Page' };
  // Of two that are nearly alike many rounds are wanted.
  const turns = { leadMs: 300, ms: 300, count: count * 3 };
  const taken = await rounds({ contestants, scenario: 'get', stand, options, ...turns });
  await stand.stop();
  const of = (name, what) => taken.get(name).map((facts) => facts[what]);
  const ratio = (name, what) => medianRatio(of(name, what), of('raw-pool', what));
  return {
    title: 'A page of 1000 entities',
    text: 'GET of 1.5 MB of verbose JSON, one after the other, beside a raw Pool and JSON.parse.',
    head: ['contestant', 'user CPU', 'time', 'ms'],
    rows: contestants.map((name) => [
      name,
      ratio(name, 'user').toFixed(3),
      ratio(name, 'wall').toFixed(3),
      (median(of(name, 'wall')) / options.requests / 1000).toFixed(1),
    ]),
    targets: [
      {
        what: 'page: user CPU beside raw request and JSON.parse',
        limit: 1.05,
        value: ratio('ams-rest', 'user'),
      },
    ],
  };
}
