import type { Account } from '../account';
import { entitySet, type EntitySet, type Row } from '../model';
import { badRequest, notFound } from './errors';

/** A new key in the set's form. */
export function newId(account: Account, set: EntitySet): string {
  return `nb:${set.idPrefix ?? ''}:UUID:${account.newGuid()}`;
}

/** The guid of `nb:cid:UUID:<guid>`. */
export function guidOf(id: string): string {
  return id.slice(id.lastIndexOf(':') + 1);
}

/** Throws 400 for a malformed key of the set. */
export function checkKey(set: EntitySet, key: string): void {
  if (set.idPrefix === undefined) return;
  const pattern = new RegExp(`^nb:${set.idPrefix}:UUID:[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}$`, 'i');
  if (!pattern.test(key))
    throw badRequest(`The identifier '${key.slice(0, 100)}' is not a valid ${set.type} id.`);
}

/** The row referenced by a property of another entity. Throws 400 for a malformed key, 404 for an unknown one. */
export function linked(account: Account, setName: string, key: string): Row {
  const set = entitySet(setName);
  checkKey(set, key);
  const row = account.store.get(setName, key);
  if (row === undefined) throw notFound(set.type);
  return row;
}

/** A string property. */
export function text(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

/** A numeric property; 0 when null. */
export function count(row: Row, name: string): number {
  const value = row[name];
  return typeof value === 'number' ? value : 0;
}

/** A hidden list of keys. */
export function keys(row: Row, name: string): string[] {
  const value = row[name];
  return Array.isArray(value) ? value.map(String) : [];
}
