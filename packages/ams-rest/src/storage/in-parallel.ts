/** Runs a fixed number of workers on one queue. */
import { onAbort } from '../http/abort';

/**
 * Starts workers and runs each one's step function until it returns false.
 *
 * The first failure, or the caller's abort, stops the others. It is thrown when all have ended, so that nothing is sent
 * afterwards.
 *
 * @param worker Returns one worker's step function; the signal aborts when another worker fails.
 */
export async function inParallel(
  workers: number,
  caller: AbortSignal | undefined,
  worker: (signal: AbortSignal) => () => Promise<boolean>,
): Promise<void> {
  if (!Number.isInteger(workers) || workers < 1)
    throw new TypeError('parallel must be a whole number above 0');
  const stop = new AbortController();
  const { signal } = stop;
  const forget = onAbort(caller, () => stop.abort(caller?.reason));
  const work = async () => {
    const step = worker(signal);
    do signal.throwIfAborted();
    while (await step());
  };
  await Promise.all(
    Array.from({ length: workers }, () =>
      work().catch((error: unknown) => {
        stop.abort(error);
      }),
    ),
  );
  forget();
  caller?.throwIfAborted();
  signal.throwIfAborted();
}
