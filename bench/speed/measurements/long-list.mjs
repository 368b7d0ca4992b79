/** A million entities by `list`: time grows by the same for each page, the heap not at all. */
import { rounds, startServer } from '../stand.mjs';

export async function measure() {
  const stand = await startServer('http');
  const options = { entities: 1_000_000 };
  const contestants = ['raw-pool', 'ams-rest'];
  const taken = await rounds({ contestants, scenario: 'long-list', stand, options, count: 1, warmUp: 0 });
  await stand.stop();
  const marksOf = (name) => taken.get(name)[0].marks;
  const marks = marksOf('ams-rest');
  const [first] = marks;
  const last = marks.at(-1);
  return {
    title: 'A list of 1 000 000 entities',
    text: 'Read page by page; time and heap after garbage collection at each tenth.',
    head: ['entities', 'ams-rest s', 'heap MiB', 'raw-pool s', 'heap MiB'],
    rows: marks.map(({ count, seconds, heapMiB }, index) => {
      const raw = marksOf('raw-pool')[index];
      return [count, seconds.toFixed(1), heapMiB.toFixed(1), raw.seconds.toFixed(1), raw.heapMiB.toFixed(1)];
    }),
    targets: [
      {
        what: 'list: heap at the end beside that after a tenth',
        limit: 1.1,
        value: last.heapMiB / first.heapMiB,
      },
      {
        what: 'list: time for all beside ten times that of a tenth',
        limit: 1.1,
        value: last.seconds / first.seconds / 10,
      },
    ],
  };
}
