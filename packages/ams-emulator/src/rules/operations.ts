import type { Account } from '../account';
import { ServiceError } from '../media/errors';
import { count, newId, text } from '../media/rows';
import { withDefaults } from '../media/values';
import { entitySet, type Row } from '../model';

/** A change of a live entity that takes time: its row carries this in `_pending` until it is over. */
interface Pending {
  /** The action, such as `Start`. */
  readonly verb: string;
  readonly operationId: string;
  /** The State meanwhile. */
  readonly during: string;
  /** The State afterwards; null if the entity is then deleted. */
  readonly after: string | null;
  readonly due: number;
}

/** Starts an operation on a live entity: returns its id and what the entity's row must carry. */
export function beginOperation(
  account: Account,
  target: Row,
  verb: string,
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
  const operationId = operation.Id;
  return { operationId, changes: { _pending: { verb, operationId, during, after, due } } };
}

/** A live entity as it is now; undefined when its deletion is over. */
export function presentLive(account: Account, row: Row): Row | undefined {
  const pending = pendingOf(row);
  if (pending === undefined) return row;
  if (account.clock.now() < pending.due) return { ...row, State: pending.during };
  return pending.after === null ? undefined : { ...row, State: pending.after, _pending: null };
}

/** An operation as it is now. */
export function presentOperation(account: Account, row: Row): Row {
  return account.clock.now() < count(row, '_due') ? row : { ...row, State: 'Succeeded' };
}

/** Throws for an operation that the state does not allow, or while another is under way. */
export function requireState(account: Account, row: Row, verb: string, ...states: string[]): void {
  const underWay = operationUnderWay(account, row);
  if (underWay !== undefined) {
    throw new ServiceError(
      409,
      `OperationInProgress: ${verb} is not possible while the operation ${underWay.operationId} (${underWay.verb}) ` +
        'is under way.',
      'OperationInProgress',
    );
  }
  const state = text(row, 'State');
  if (states.includes(state)) return;
  throw new ServiceError(
    400,
    `InvalidOperation: ${verb} is not possible in the state ${state}; it needs ${states.join(' or ')}.`,
    'InvalidOperation',
  );
}

/** The operation on a live entity that has not ended yet. */
export function operationUnderWay(account: Account, row: Row): Pending | undefined {
  const pending = pendingOf(row);
  return pending !== undefined && account.clock.now() < pending.due ? pending : undefined;
}

const pendingOf = (row: Row): Pending | undefined =>
  (row['_pending'] as Pending | null | undefined) ?? undefined;
