/** The errors of the tool itself; those of the library keep their own classes. */

/** A wrong argument, setting or file; the message says which and what to do about it. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Ctrl-C, a signal that asks the process to end, or an output that was closed. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Media Services accepted the job and then reported that it failed. */
export class JobFailed extends Error {
  override name = 'JobFailed';
}

/** The command did its work, but could not delete everything that it had created. */
export class LeftBehind extends Error {
  override name = 'LeftBehind';

  constructor(count: number) {
    super(
      `The work is done, but ${count === 1 ? 'one thing is' : `${count} things are`} left: delete what is named above.`,
    );
  }
}

/** An answer that arrived but cannot be used, such as JSON that is nested too deeply to be printed. */
export class UnusableAnswer extends Error {
  override name = 'UnusableAnswer';
}

/** Reports a TypeError of the library, which means a wrong argument, as a usage error. */
export async function asUsage<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    // Those that the JavaScript engine throws are internal errors.
    const isArgument = error instanceof TypeError && !/undefined|null|not a function/.test(error.message);
    throw isArgument ? new UsageError(`${error.message}.`) : error;
  });
}
