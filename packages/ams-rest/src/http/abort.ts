/** Waiting that a caller can end: each `await` of this library is one of these, or takes the signal itself. */

/** Timers are 32 bits wide; a longer one would fire immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * What is called when a signal aborts: one listener, however many requests share the signal. More than ten look like a
 * leak to Node, which warns on the terminal.
 */
class Callbacks extends Set<() => void> {
  handleEvent(): void {
    for (const callback of this) callback();
  }
}

const callbacksOf = new WeakMap<AbortSignal, Callbacks>();

/**
 * Calls `callback` when `signal` aborts, immediately if it has, unless the returned function is called first.
 *
 * To end several things by one signal, abort their own controller from here: `AbortSignal.any` leaves something on
 * a signal that outlives the work (nodejs/node#55351).
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal?.aborted) callback();
  if (!signal || signal.aborted) return () => undefined;
  const callbacks = callbacksOf.get(signal) ?? new Callbacks();
  callbacksOf.set(signal, callbacks);
  signal.addEventListener('abort', callbacks, { once: true });
  // Its own function, so that the same callback may be given twice.
  const entry = () => callback();
  callbacks.add(entry);
  return () => {
    callbacks.delete(entry);
    if (callbacks.size === 0) signal.removeEventListener('abort', callbacks);
  };
}

/** Waits, or rejects with the reason of `signal` as soon as it aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
  });
  await orAborted(over, signal).finally(() => clearTimeout(timer));
}

/** Waits for `promise`, or rejects with the reason of `signal` as soon as it aborts. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason as Error));
    promise.finally(forget).then(resolve, reject);
  });
}
