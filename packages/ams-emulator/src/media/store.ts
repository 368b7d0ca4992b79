import { entitySets, keyOf, type EntitySet, type Row } from '../model';

/** A change to be stored. Without a row the entity was deleted. */
export interface Change {
  readonly set: string;
  readonly key: string;
  readonly row?: Row;
}

/**
 * All entities of one account, in order of creation. Rows are replaced, never changed in place, so that a reader may
 * keep what it read.
 */
export interface Store {
  get(set: string, key: string): Row | undefined;
  /** Live view; do not change it. */
  rows(set: string): readonly Row[];
  /** The rows whose `property` holds `key`; only for properties that a navigation of the model uses. */
  related(set: string, property: string, key: string): readonly Row[];
  insert(set: string, row: Row): void;
  update(set: string, key: string, changes: Row): Row;
  remove(set: string, key: string): void;
}

interface Entry {
  row: Row;
  readonly serial: number;
}

interface Table {
  readonly set: EntitySet;
  readonly byKey: Map<string, Entry>;
  /** Sorted by serial number, in step with `rows`. */
  readonly serials: number[];
  readonly rows: Row[];
  /** For each property that is an index: keys of the rows by its value, in order of creation. */
  readonly indexes: Map<string, Map<string, Set<string>>>;
}

/**
 * An empty store. Keys are found in any letter case, as in the service's database. Calls `onChange` after each change.
 */
export function createStore(onChange: (change: Change) => void = () => undefined): Store {
  const tables = new Map(entitySets.map((set) => [set.name, emptyTable(set)]));
  let lastSerial = 0;

  function table(set: string): Table {
    const found = tables.get(set);
    if (found === undefined) throw new Error(`No entity set ${set}`);
    return found;
  }

  return {
    get: (set, key) => table(set).byKey.get(key.toLowerCase())?.row,
    rows: (set) => table(set).rows,
    related(set, property, key) {
      const { byKey, indexes } = table(set);
      const index = indexes.get(property);
      if (index === undefined) throw new Error(`${set} has no index on ${property}`);
      const keys = index.get(key) ?? [];
      return Array.from(keys, (each) => byKey.get(each)?.row).filter((row) => row !== undefined);
    },
    insert(set, row) {
      const { byKey, serials, rows, indexes, ...rest } = table(set);
      const key = keyOf(rest.set, row);
      const serial = ++lastSerial;
      byKey.set(key.toLowerCase(), { row, serial });
      serials.push(serial);
      rows.push(row);
      for (const [property, index] of indexes) addToIndex(index, row[property], key.toLowerCase());
      onChange({ set, key, row });
    },
    update(set, key, changes) {
      const { byKey, serials, rows, indexes } = table(set);
      const entry = byKey.get(key.toLowerCase());
      if (entry === undefined) throw new Error(`No row of ${set} to update`);
      for (const [property, index] of indexes) {
        if (!(property in changes)) continue;
        removeFromIndex(index, entry.row[property], key.toLowerCase());
        addToIndex(index, changes[property], key.toLowerCase());
      }
      entry.row = { ...entry.row, ...changes };
      rows[indexOf(serials, entry.serial)] = entry.row;
      onChange({ set, key, row: entry.row });
      return entry.row;
    },
    remove(set, key) {
      const { byKey, serials, rows, indexes } = table(set);
      const entry = byKey.get(key.toLowerCase());
      if (entry === undefined) return;
      byKey.delete(key.toLowerCase());
      const position = indexOf(serials, entry.serial);
      serials.splice(position, 1);
      rows.splice(position, 1);
      for (const [property, index] of indexes) removeFromIndex(index, entry.row[property], key.toLowerCase());
      onChange({ set, key });
    },
  };
}

function emptyTable(set: EntitySet): Table {
  const properties = entitySets
    .flatMap(({ navigation = {} }) => Object.values(navigation))
    .flatMap((navigation) => (navigation.set === set.name && 'by' in navigation ? [navigation.by] : []));
  const indexes = new Map(properties.map((property) => [property, new Map<string, Set<string>>()]));
  return { set, byKey: new Map(), serials: [], rows: [], indexes };
}

function addToIndex(index: Map<string, Set<string>>, value: unknown, key: string): void {
  if (typeof value !== 'string') return;
  const keys = index.get(value);
  if (keys === undefined) index.set(value, new Set([key]));
  else keys.add(key);
}

function removeFromIndex(index: Map<string, Set<string>>, value: unknown, key: string): void {
  if (typeof value !== 'string') return;
  const keys = index.get(value);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(value);
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
