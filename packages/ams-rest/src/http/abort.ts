/** Waiting that a caller can end: each `await` of this library is one of these, or takes the signal itself. */

/** Timers are 32 bits wide; a longer one would fire immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

interface Listeners {
  readonly callbacks: Set<() => void>;
  readonly run: () => void;
}

/**
 * One listener for each signal, however many requests share it: more than ten look like a leak to Node, which warns on
 * the terminal. An entry lives while somebody waits.
 */
const listening = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `callback` when `signal` aborts, immediately if it has, unless the returned function is called first.
 *
 * To end several things by one signal, abort their own controller from here: `AbortSignal.any` leaves something on
 * a signal that outlives the work (nodejs/node#55351).
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => undefined;
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const listeners = listening.get(signal) ?? listen(signal);
  // Its own function, so that the same callback may be given twice.
  const entry = () => callback();
  listeners.callbacks.add(entry);
  return () => {
    listeners.callbacks.delete(entry);
    if (listeners.callbacks.size > 0 || listening.get(signal) !== listeners) return;
    listening.delete(signal);
    signal.removeEventListener('abort', listeners.run);
  };
}

function listen(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const run = () => {
    listening.delete(signal);
    for (const callback of callbacks) callback();
  };
  const listeners = { callbacks, run };
  listening.set(signal, listeners);
  signal.addEventListener('abort', run, { once: true });
  return listeners;
}

/** Waits, or rejects with the reason of `signal` as soon as it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(
      () => {
        forget();
        resolve();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    });
  });
}

/** Waits for `promise`, or rejects with the reason of `signal` as soon as it aborts. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason as Error));
    promise.finally(forget).then(resolve, reject);
  });
}
