import type { Account } from '../account';
import type { EntityBody } from '../media/body';
import { badRequest, notFound } from '../media/errors';
import { entitySet, type EntitySet, type Row, type Value } from '../model';

/** What came of a change; with an operation id the answer is 202 and the change goes on by itself. */
export interface Outcome {
  readonly operationId?: string;
  /** What an action returns. */
  readonly result?: { readonly type: string; readonly value: Value };
}

/** A row or changes to one, and the id of the operation that the change started. */
export interface Changed {
  readonly row: Row;
  readonly operationId?: string;
}

/** What one entity set does beyond its table row. Each function may throw a ServiceError. */
export interface SetRules {
  /** Completes a new row before it is stored. */
  readonly create?: (account: Account, row: Row, body: EntityBody) => Promise<Changed> | Changed;
  /** Judges an update and returns what is to be stored. */
  readonly update?: (account: Account, row: Row, changes: Row) => Promise<Changed> | Changed;
  /** Before a row is removed: refuses, or removes what hangs on it. With an operation id the row removes itself. */
  readonly remove?: (account: Account, row: Row, query: URLSearchParams) => Promise<Outcome> | Outcome;
  /** The row as it is now, for entities whose state follows the clock; undefined when it is gone by now. */
  readonly present?: (account: Account, row: Row) => Row | undefined;
  readonly actions?: Readonly<
    Record<string, (account: Account, row: Row, parameters: Row) => Promise<Outcome> | Outcome>
  >;
}

/** A new key in the set's form. */
export function newId(account: Account, set: EntitySet): string {
  return `nb:${set.idPrefix ?? ''}:UUID:${account.newGuid()}`;
}

/** The guid of `nb:cid:UUID:<guid>`. */
export function guidOf(id: string): string {
  return id.slice(id.lastIndexOf(':') + 1);
}

/** Throws 400 for a text that cannot be a key of the set. */
export function checkKey(set: EntitySet, key: string): void {
  if (set.idPrefix === undefined) return;
  const pattern = new RegExp(`^nb:${set.idPrefix}:UUID:[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}$`, 'i');
  if (!pattern.test(key))
    throw badRequest(`The identifier '${key.slice(0, 100)}' is not a valid ${set.type} id.`);
}

/** The row that a property of another entity names. Throws 400 for a malformed key, 404 for an unknown one. */
export function linked(account: Account, setName: string, key: string): Row {
  const set = entitySet(setName);
  checkKey(set, key);
  const row = account.store.get(setName, key);
  if (row === undefined) throw notFound(set.type);
  return row;
}

/** A property that the table says is a string. */
export function text(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

/** A property that the table says is a number; 0 when null. */
export function count(row: Row, name: string): number {
  const value = row[name];
  return typeof value === 'number' ? value : 0;
}

/** A hidden list of keys. */
export function keys(row: Row, name: string): string[] {
  const value = row[name];
  return Array.isArray(value) ? value.map(String) : [];
}
