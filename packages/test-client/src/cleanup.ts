/** What a run made is taken away again, newest first, also when a step failed or the person pressed Ctrl-C. */

export interface Cleanup {
  /** @param what Named when it cannot be taken away, so that the person can do it. */
  add(what: string, undo: (signal: AbortSignal) => Promise<unknown>): void;
  readonly size: number;
  /** Takes everything away; returns what was left, each with the reason. */
  run(signal: AbortSignal): Promise<{ what: string; error: unknown }[]>;
}

export function createCleanup(): Cleanup {
  const undos: { what: string; undo: (signal: AbortSignal) => Promise<unknown> }[] = [];
  return {
    add: (what, undo) => undos.push({ what, undo }),
    get size() {
      return undos.length;
    },
    async run(signal) {
      const left: { what: string; error: unknown }[] = [];
      for (let next = undos.pop(); next; next = undos.pop()) {
        const { what, undo } = next;
        await undo(signal).catch((error: unknown) => left.push({ what, error }));
      }
      return left;
    },
  };
}
