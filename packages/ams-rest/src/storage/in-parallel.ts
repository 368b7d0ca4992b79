/** A few workers on one queue: as many things under way as there are workers. */

/**
 * Starts workers and lets each take steps until a step answers false.
 *
 * The first failure, or the caller's abort, stops the others, and is told only when all have ended, so that nothing
 * is sent behind the caller's back.
 *
 * @param worker Makes one worker's step function; the signal aborts when another worker failed.
 */
export async function inParallel(
  workers: number,
  caller: AbortSignal | undefined,
  worker: (signal: AbortSignal) => () => Promise<boolean>,
): Promise<void> {
  if (!Number.isInteger(workers) || workers < 1)
    throw new TypeError('parallel must be a whole number above 0');
  const failed = new AbortController();
  const signal = caller ? AbortSignal.any([caller, failed.signal]) : failed.signal;
  const work = async () => {
    const step = worker(signal);
    do signal.throwIfAborted();
    while (await step());
  };
  await Promise.all(
    Array.from({ length: workers }, () =>
      work().catch((error: unknown) => {
        failed.abort(error);
      }),
    ),
  );
  caller?.throwIfAborted();
  failed.signal.throwIfAborted();
}
