import type { Account } from '../account';
import type { PrimitiveType, Row, Value } from '../model';
import type { EntityBody } from './body';

/** The result of a change. With an operation id the answer is 202 and the change continues on its own. */
export interface Outcome {
  readonly operationId?: string;
  /** The return value of an action. */
  readonly result?: { readonly type: string; readonly value: Value };
}

/** A row or changes to one, and the id of the operation that the change started. */
export interface Changed {
  readonly row: Row;
  readonly operationId?: string;
}

/** Checks before and work after a link of one navigation property changes. */
export interface LinkRule {
  readonly add?: (account: Account, row: Row, target: Row) => void;
  readonly removed?: (account: Account, key: string) => void;
}

/** The behaviour of an entity set beyond its table row. Each function may throw a ServiceError. */
export interface SetRules {
  /** Completes a new row before it is stored. */
  readonly create?: (account: Account, row: Row, body: EntityBody) => Promise<Changed> | Changed;
  /** Checks an update and returns what is to be stored. */
  readonly update?: (account: Account, row: Row, changes: Row) => Promise<Changed> | Changed;
  /** Before a row is removed: refuses, or removes what depends on it. With an operation id the row removes itself. */
  readonly remove?: (account: Account, row: Row, query: URLSearchParams) => Promise<Outcome> | Outcome;
  /** Brings the account's rows up to date before the set is read. */
  readonly beforeRead?: (account: Account) => Promise<void>;
  /** The row as it is now, for entities whose state follows the clock; undefined if it no longer exists. */
  readonly present?: (account: Account, row: Row) => Row | undefined;
  /** The replacement for a deleted entity in a navigation property that shows deleted ones. */
  readonly deleted?: (account: Account, key: string) => Row;
  readonly actions?: Readonly<
    Record<string, (account: Account, row: Row, parameters: Row) => Promise<Outcome> | Outcome>
  >;
  /** By navigation property. */
  readonly links?: Readonly<Record<string, LinkRule>>;
}

/** A function of the service root, called by GET. */
export interface ServiceFunction {
  readonly name: string;
  /** Types by name; strings are quoted in the query. */
  readonly parameters: Readonly<Record<string, PrimitiveType>>;
  /** Type of the result, absent for a function that answers 204. */
  readonly returns?: PrimitiveType;
  /** Receives the values in the order of `parameters`. */
  readonly call: (account: Account, ...values: string[]) => Promise<string | undefined>;
}

/** The behaviour that the service is given; it knows no entity set by name. */
export interface Rules {
  /** By name. A set without an entry does exactly what its table row says. */
  readonly sets: Readonly<Record<string, SetRules>>;
  readonly functions: readonly ServiceFunction[];
}
