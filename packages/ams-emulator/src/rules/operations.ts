import type { Account } from '../account';
import { ServiceError } from '../media/errors';
import { withDefaults } from '../media/values';
import { entitySet, type Row } from '../model';
import { count, newId, text } from './rules';

/** A change of a live entity that takes time: its row carries this in `_pending` until it is over. */
interface Pending {
  /** What State says meanwhile. */
  readonly during: string;
  /** What State says afterwards; null when the entity is gone then. */
  readonly after: string | null;
  readonly due: number;
}

/** Starts an operation on a live entity: returns its id and what the entity's row must carry. */
export function beginOperation(
  account: Account,
  target: Row,
  during: string,
  after: string | null,
): { operationId: string; changes: Row } {
  const due = account.clock.now() + account.operationDurationMs;
  const set = entitySet('Operations');
  const operation = {
    ...withDefaults(set.properties, { State: 'InProgress', TargetEntityId: text(target, 'Id') }),
    Id: newId(account, set),
    _due: due,
  };
  account.store.insert('Operations', operation);
  return { operationId: operation.Id, changes: { _pending: { during, after, due } } };
}

/** A live entity as it is now; undefined when its deletion is over. */
export function presentLive(account: Account, row: Row): Row | undefined {
  const pending = row['_pending'] as Pending | null | undefined;
  if (pending === undefined || pending === null) return row;
  if (account.clock.now() < pending.due) return { ...row, State: pending.during };
  return pending.after === null ? undefined : { ...row, State: pending.after, _pending: null };
}

/** An operation as it is now. */
export function presentOperation(account: Account, row: Row): Row {
  return account.clock.now() < count(row, '_due') ? row : { ...row, State: 'Succeeded' };
}

/** Refuses what the state does not allow; while an operation runs, everything. */
export function requireState(account: Account, row: Row, verb: string, ...states: string[]): void {
  const state = text(row, 'State');
  if (states.includes(state) && !isBusy(account, row)) return;
  const code = isBusy(account, row) ? 'OperationInProgress' : 'InvalidOperation';
  throw new ServiceError(
    code === 'OperationInProgress' ? 409 : 400,
    `${code}: ${verb} is not possible in the state ${state}; it needs ${states.join(' or ')}.`,
    code,
  );
}

function isBusy(account: Account, row: Row): boolean {
  const pending = row['_pending'] as Pending | null | undefined;
  return pending !== undefined && pending !== null && account.clock.now() < pending.due;
}
