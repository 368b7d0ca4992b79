// The work of a parser must grow with the length of its input, not with its square. Times are compared with each
// other only, so that a slow machine changes nothing.

const smallest = 16;
const largest = 8192;
// Shorter measurements count as this long: they are mostly noise, and short is not slow.
const floorMs = 0.25;
// Sixteen times the input takes 16 times as long if the work is linear, and 256 times if it is quadratic.
const step = 16;
const most = 64;

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The shortest of a few runs, in milliseconds: the others were interrupted. */
const cost = (work: () => void): number =>
  Math.max(floorMs, Math.min(...Array.from({ length: 3 }, () => timeOf(work))));

/** How many times as long 16 times the input takes. Ends early at work that is worse than quadratic. */
function growth(work: (size: number) => void): number {
  let before = cost(() => work(smallest));
  for (let size = 2 * smallest; size < largest; size *= 2) {
    const now = cost(() => work(size));
    if (now > 12 * before) return Infinity;
    before = now;
  }
  return cost(() => work(largest)) / cost(() => work(largest / step));
}

/** Throws if the work grows faster than its input each time that it is measured. */
export function expectLinear(name: string, work: (size: number) => void): void {
  let ratio = 0;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    ratio = growth(work);
    if (ratio < most) return;
  }
  throw new Error(`${name}: ${step} times the input takes ${ratio.toFixed(0)} times as long`);
}

/** Whether even quadratic work would have taken longer, which spares most inputs the exact measurement. */
const isQuick = (work: (size: number) => void): boolean =>
  [64, 512, largest].every((size) => timeOf(() => work(size)) < 8 * floorMs);

/**
 * Runs a parser on every input that begins with up to two of these pieces, repeats one, and ends well or badly: the
 * form that all attacks on regular expressions have. The parser may refuse its input.
 */
export function attack(pieces: readonly string[], parse: (text: string) => unknown): void {
  const starts = ['', ...pieces, ...pieces.flatMap((first) => pieces.map((second) => first + second))];
  for (const start of starts) {
    for (const pump of pieces) {
      for (const end of ['', '\u0001']) {
        const work = (size: number): void => {
          try {
            parse(start + pump.repeat(size) + end);
          } catch {
            // Refused, which is fine if it was quick.
          }
        };
        if (!isQuick(work)) expectLinear(JSON.stringify([start, pump, end]), work);
      }
    }
  }
}
