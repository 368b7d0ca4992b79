/** Deletes what a run created, newest first, also after a failure and after Ctrl-C. */
import { ServiceError } from 'ams-rest';
import { setTimeout as wait } from 'node:timers/promises';

export interface Cleanup {
  /** @param what Named when it cannot be deleted, so that a person can do it. */
  add(what: string, undo: (signal: AbortSignal) => Promise<unknown>): void;
  /** Leaves what was added with this text in its name. */
  keep(what: string): void;
  readonly size: number;
  /** Deletes everything; returns what was left, each with the reason. */
  run(signal: AbortSignal): Promise<{ what: string; error: unknown }[]>;
}

interface Undo {
  readonly what: string;
  readonly undo: (signal: AbortSignal) => Promise<unknown>;
}

/** @param retryIntervalMs Between two tries to delete something that is still being changed. */
export function createCleanup(retryIntervalMs: number): Cleanup {
  let undos: Undo[] = [];
  return {
    add: (what, undo) => undos.push({ what, undo }),
    keep(what) {
      undos = undos.filter((one) => !one.what.includes(what));
    },
    get size() {
      return undos.length;
    },
    async run(signal) {
      const left: { what: string; error: unknown }[] = [];
      let rest = undos.splice(0).reverse();
      for (;;) {
        const busy: (Undo & { error: unknown })[] = [];
        for (const { what, undo } of rest)
          await undo(signal).catch((error: unknown) => {
            if (isBusy(error)) busy.push({ what, undo, error });
            else left.push({ what, error });
          });
        if (busy.length === 0) break;
        const isTimeUp = await wait(retryIntervalMs, false, { signal }).catch(() => true);
        if (isTimeUp) return [...left, ...busy];
        rest = busy;
      }
      return left;
    },
  };
}

/** An operation on it, or on something that uses it, has not ended: the interrupted step's, for example. */
function isBusy(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  // Resource Manager does not find a storage account that it is still creating, but would give 204 if there was none.
  return error.status === 409 || error.code === 'InvalidOperation' || error.code === 'ResourceNotFound';
}
