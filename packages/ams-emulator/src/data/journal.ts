import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { createStore, type Change, type Store } from '../media/store';
import { entitySets, keyOf } from '../model';

/** A store that writes every change to a file before the change is answered. */
export interface JournaledStore {
  readonly store: Store;
  close(): void;
}

/**
 * Opens the store kept in `file`, one change a line. Each change is written before it is answered, so killing the
 * process loses nothing. An incomplete last line was never answered and is dropped. Throws if another line is damaged.
 */
export function openJournal(file: string): JournaledStore {
  let descriptor: number | undefined;
  const append = (change: Change): void => {
    if (descriptor !== undefined) writeLine(descriptor, change);
  };
  const store = createStore(append);
  if (existsSync(file)) replay(file, store);
  descriptor = rewrite(file, store);
  return {
    store,
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function writeLine(descriptor: number, change: Change): void {
  const line = Buffer.from(`${JSON.stringify(change)}\n`);
  let written = 0;
  while (written < line.length) written += writeSync(descriptor, line, written);
}

function replay(file: string, store: Store): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  // After the last line break: nothing, or an incomplete change.
  lines.pop();
  for (const [index, line] of lines.entries()) {
    const change = parseChange(line);
    if (change === undefined) throw new Error(`${file}: line ${index + 1} is damaged`);
    const { set, key, row } = change;
    if (row === undefined) store.remove(set, key);
    else if (store.get(set, key) === undefined) store.insert(set, row);
    else store.update(set, key, row);
  }
}

function parseChange(line: string): Change | undefined {
  try {
    const change = JSON.parse(line) as Partial<Change> | null;
    const isChange = typeof change?.set === 'string' && typeof change.key === 'string';
    return isChange ? (change as Change) : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the file with one that holds the current rows only, and returns it open for appending. */
function rewrite(file: string, store: Store): number {
  const fresh = `${file}.new`;
  const descriptor = openSync(fresh, 'w', 0o600);
  for (const set of entitySets) {
    for (const row of store.rows(set.name)) {
      writeLine(descriptor, { set: set.name, key: keyOf(set, row), row });
    }
  }
  fsyncSync(descriptor);
  renameSync(fresh, file);
  return descriptor;
}
