/** The types of the tables in this folder, which describe the Entity Data Model. */

export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

/** An entity as stored. Names that start with `_` belong to the emulator and never reach the wire. */
export type Row = Record<string, Value>;

export type PrimitiveType =
  | 'Edm.Boolean'
  | 'Edm.DateTime'
  | 'Edm.Double'
  | 'Edm.Guid'
  | 'Edm.Int16'
  | 'Edm.Int32'
  | 'Edm.Int64'
  | 'Edm.String'
  | 'Edm.Time';

/** A property: its type (primitive, name of a complex type, or `Collection(…)` of one) and its rules. */
export interface Property {
  readonly type: string;
  /** Value if a new entity omits the property; null if absent. */
  readonly default?: Value;
  /** Set by the service, which ignores a value sent by a client. */
  readonly readOnly?: boolean;
  readonly required?: boolean;
  /** Can be set at creation only. */
  readonly writeOnce?: boolean;
  readonly maxLength?: number;
  /** A date that is always written with `Z`. */
  readonly zoned?: boolean;
  /** Another name that the documentation's examples use. */
  readonly alias?: string;
  /** The allowed numbers of an enumeration sent as Edm.Int32. */
  readonly values?: readonly number[];
}

export type Properties = Readonly<Record<string, Property>>;

/**
 * Where a navigation property leads: to the entities whose property `by` holds this key, to the one entity whose key
 * this row holds in `key`, or to the entities listed in this row's `list`. With `showsDeleted`
 * a deleted entity is replaced by the result of the rule `deleted`.
 */
export type Navigation = { readonly set: string; readonly linkable?: boolean } & (
  | { readonly by: string }
  | { readonly key: string }
  | { readonly list: string; readonly showsDeleted?: boolean }
);

export type Verb = 'create' | 'read' | 'update' | 'delete';

export interface EntitySet {
  readonly name: string;
  readonly type: string;
  /** Name of the key property. */
  readonly key: string;
  /** `cid` in `nb:cid:UUID:<guid>`; absent when the key has another form. */
  readonly idPrefix?: string;
  /** In the order of the wire. */
  readonly properties: Properties;
  readonly navigation?: Readonly<Record<string, Navigation>>;
  readonly verbs: readonly Verb[];
  /** Names of the POST actions bound to one entity. */
  readonly actions?: readonly string[];
  /** Actions named in verbose `__metadata`. */
  readonly advertised?: readonly string[];
  /** Live entities have a state machine, answer 202 and always write dates with `Z`. */
  readonly live?: boolean;
  /** Most entities of an account; one more is 403. */
  readonly quota?: number;
  /** Not listed in the service document. */
  readonly hidden?: boolean;
}

type Rules = Omit<Property, 'type'>;

const typed =
  (type: string) =>
  (rules: Rules = {}): Property => ({ type, ...rules });

export const string = typed('Edm.String');
export const int16 = typed('Edm.Int16');
export const int32 = typed('Edm.Int32');
export const int64 = typed('Edm.Int64');
export const double = typed('Edm.Double');
export const boolean = typed('Edm.Boolean');
export const dateTime = typed('Edm.DateTime');
export const time = typed('Edm.Time');
export const guid = typed('Edm.Guid');
export const complex = (type: string, rules: Rules = {}): Property => ({ type, ...rules });
export const collection = (type: string, rules: Rules = {}): Property => ({
  type: `Collection(${type})`,
  default: [],
  ...rules,
});

/** Rules of a property that only the service sets. */
export const readOnly = { readOnly: true } as const;

/** The properties nearly every entity has. */
export const id = { Id: string(readOnly) };
export const stamps = { Created: dateTime(readOnly), LastModified: dateTime(readOnly) };

/** The property that a client means, by its name or its alias. */
export function findProperty(properties: Properties, name: string): [name: string, Property] | undefined {
  const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (own !== undefined) return [name, own];
  return Object.entries(properties).find(([, { alias }]) => alias === name);
}

/** The item type of `Collection(X)`, undefined for any other type. */
export function itemType(type: string): string | undefined {
  return /^Collection\((.+)\)$/.exec(type)?.[1];
}

/** The unset date of the live entities, `0001-01-01T00:00:00Z`, in milliseconds. */
export const unsetDate = -62_135_596_800_000;

/** The key of a row as text. */
export function keyOf(set: EntitySet, row: Row): string {
  const key = row[set.key];
  if (typeof key !== 'string') throw new Error(`A row of ${set.name} has no key`);
  return key;
}
