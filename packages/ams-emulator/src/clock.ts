/** Milliseconds since 1970, and a way to let time pass without waiting. */
export interface Clock {
  now(): number;
  advance(ms: number): void;
}

/** Real time plus whatever `advance` added. */
export function realClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}
