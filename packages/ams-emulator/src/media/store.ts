import type { Row } from '../model';

/**
 * All entities of one account, in order of creation. Rows are replaced, never changed in place, so that a reader may
 * keep what it read.
 */
export interface Store {
  get(set: string, key: string): Row | undefined;
  /** Live view; do not change it. */
  rows(set: string): readonly Row[];
  insert(set: string, key: string, row: Row): void;
  update(set: string, key: string, changes: Row): Row;
  remove(set: string, key: string): void;
}

interface Entry {
  row: Row;
  readonly serial: number;
}

interface Table {
  readonly byKey: Map<string, Entry>;
  /** Sorted by serial number, in step with `rows`. */
  readonly serials: number[];
  readonly rows: Row[];
}

/** An empty store. Keys are found in any letter case, as the service's database did. */
export function createStore(): Store {
  const tables = new Map<string, Table>();
  let lastSerial = 0;

  function table(set: string): Table {
    let found = tables.get(set);
    if (found === undefined) {
      found = { byKey: new Map(), serials: [], rows: [] };
      tables.set(set, found);
    }
    return found;
  }

  return {
    get: (set, key) => table(set).byKey.get(key.toLowerCase())?.row,
    rows: (set) => table(set).rows,
    insert(set, key, row) {
      const { byKey, serials, rows } = table(set);
      const serial = ++lastSerial;
      byKey.set(key.toLowerCase(), { row, serial });
      serials.push(serial);
      rows.push(row);
    },
    update(set, key, changes) {
      const { byKey, serials, rows } = table(set);
      const entry = byKey.get(key.toLowerCase());
      if (entry === undefined) throw new Error(`No ${set} row to update`);
      entry.row = { ...entry.row, ...changes };
      rows[indexOf(serials, entry.serial)] = entry.row;
      return entry.row;
    },
    remove(set, key) {
      const { byKey, serials, rows } = table(set);
      const entry = byKey.get(key.toLowerCase());
      if (entry === undefined) return;
      byKey.delete(key.toLowerCase());
      const index = indexOf(serials, entry.serial);
      serials.splice(index, 1);
      rows.splice(index, 1);
    },
  };
}

/** Position of a number in a sorted list that holds it, by halving. */
function indexOf(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
