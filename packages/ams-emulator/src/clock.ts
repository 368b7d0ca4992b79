/** Milliseconds since 1970, and a way to let time pass without waiting. */
export interface Clock {
  now(): number;
  advance(ms: number): void;
}

/** Real time plus whatever `advance` added. */
export function realClock(ahead = 0): Clock {
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

/** A clock that stands still until it is told to move, from the first moment of 2024. */
export function stillClock(): Clock {
  let now = Date.UTC(2024, 0, 1);
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A clock that tells when it was moved. */
export interface ObservableClock extends Clock {
  onAdvance(listener: () => void): void;
}

/** The clock, with ears. */
export function observable(clock: Clock): ObservableClock {
  const listeners: (() => void)[] = [];
  return {
    now: () => clock.now(),
    advance(ms) {
      clock.advance(ms);
      for (const listener of listeners) listener();
    },
    onAdvance: (listener) => void listeners.push(listener),
  };
}
