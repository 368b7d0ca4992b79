/** Time in milliseconds since 1970, which can be advanced without waiting. */
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

/** A clock that starts at 2024-01-01T00:00:00Z and moves only by `advance`. */
export function stillClock(): Clock {
  let now = Date.UTC(2024, 0, 1);
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A clock that notifies listeners when it is moved. */
export interface ObservableClock extends Clock {
  onAdvance(listener: () => void): void;
}

/** Whether a clock may show this time. Dates of the service end with year 9999; later expiry dates must fit. */
const isPossible = (time: number): boolean => time >= 0 && time < Date.UTC(9000, 0);

/** Adds listeners to a clock. Its `advance` throws RangeError for a time outside the years 1970 to 8999. */
export function observable(clock: Clock): ObservableClock {
  const listeners: (() => void)[] = [];
  return {
    now: () => clock.now(),
    advance(ms) {
      if (!isPossible(clock.now() + ms))
        throw new RangeError('The clock must stay within the years 1970 to 8999.');
      clock.advance(ms);
      for (const listener of listeners) listener();
    },
    onAdvance: (listener) => void listeners.push(listener),
  };
}
