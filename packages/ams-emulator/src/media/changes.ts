import type { Account } from '../account';
import { keyOf, type EntitySet, type Row, type Verb } from '../model';
import { emptyBody, readObject, sortMembers, type EntityBody } from './body';
import { badRequest, conflict, forbidden, ServiceError } from './errors';
import type { Answer, MediaRequest } from './message';
import { checkKey, newId } from './rows';
import { entityUri, writeEntity, writeProperty } from './serialize';
import type { Changed, SetRules } from './set-rules';
import { withDefaults } from './values';

function requireVerb(set: EntitySet, verb: Verb): void {
  if (!set.verbs.includes(verb))
    throw new ServiceError(405, `Entities of ${set.name} do not support ${verb}.`);
}

/** POST of an entity to its set. */
export async function createEntity(account: Account, request: MediaRequest, set: EntitySet): Promise<Answer> {
  requireVerb(set, 'create');
  const body = sortMembers(set, readObject(request.http));
  const rules = request.rules.sets[set.name];
  const { operationId, row: stored } = await insertEntity(account, set, body, rules);
  const row = rules?.present?.(account, stored) ?? stored;
  const { root } = request;
  return {
    status: operationId === undefined ? 201 : 202,
    payload: writeEntity(set, row, { format: request.format, root, fresh: true }),
    location: entityUri(root, set, row),
    ...(operationId === undefined ? {} : { operationId }),
  };
}

/** Checks a body against the table row, completes it by the rules and stores it. */
async function insertEntity(
  account: Account,
  set: EntitySet,
  body: EntityBody,
  rules: SetRules | undefined,
): Promise<Changed> {
  for (const [name, property] of Object.entries(set.properties)) {
    if (property.required === true && (body.values[name] ?? null) === null) {
      throw badRequest(`The required property '${name}' is missing.`);
    }
  }
  if (account.store.rows(set.name).length >= (set.quota ?? Infinity)) {
    throw forbidden(`The quota of ${set.name} has been reached.`);
  }
  const draft = withDefaults(set.properties, body.values);
  if (set.idPrefix !== undefined) draft['Id'] = clientKey(account, set, body) ?? newId(account, set);
  const now = account.clock.now();
  for (const stamp of ['Created', 'LastModified']) if (stamp in set.properties) draft[stamp] = now;
  const changed = (await rules?.create?.(account, draft, body)) ?? { row: draft };
  const key = keyOf(set, changed.row);
  if (account.store.get(set.name, key) !== undefined)
    throw conflict(`The ${set.type} '${key}' already exists.`);
  account.store.insert(set.name, changed.row);
  return changed;
}

/** The key chosen by the client, for sets that allow it. */
function clientKey(account: Account, set: EntitySet, { values }: EntityBody): string | undefined {
  const chosen = values['Id'];
  if (typeof chosen !== 'string' || chosen === '') return undefined;
  checkKey(set, chosen);
  if (account.store.get(set.name, chosen) !== undefined) {
    throw conflict(`The ${set.type} '${chosen}' already exists.`);
  }
  return chosen;
}

/** MERGE, PATCH and PUT alike: the documented uses of PUT send one property and expect the rest untouched. */
export async function updateEntity(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  row: Row,
): Promise<Answer> {
  requireVerb(set, 'update');
  const { values } = sortMembers(set, readObject(request.http));
  const changes: Row = {};
  for (const [name, value] of Object.entries(values)) {
    const property = set.properties[name];
    if (property?.required === true && value === null)
      throw badRequest(`The required property '${name}' is missing.`);
    if (property?.writeOnce !== true) changes[name] = value;
    else if (JSON.stringify(value) !== JSON.stringify(row[name] ?? null)) {
      throw badRequest(`The property '${name}' cannot be changed after creation.`);
    }
  }
  const changed = (await request.rules.sets[set.name]?.update?.(account, row, changes)) ?? { row: changes };
  const stamp: Row = 'LastModified' in set.properties ? { LastModified: account.clock.now() } : {};
  account.store.update(set.name, keyOf(set, row), { ...changed.row, ...stamp });
  const { operationId } = changed;
  return operationId === undefined ? { status: 204 } : { status: 202, operationId };
}

/** DELETE of one entity. */
export async function removeEntity(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  row: Row,
): Promise<Answer> {
  requireVerb(set, 'delete');
  const { operationId } =
    (await request.rules.sets[set.name]?.remove?.(account, row, request.http.query)) ?? {};
  if (operationId !== undefined) return { status: 202, operationId };
  account.store.remove(set.name, keyOf(set, row));
  return { status: 204 };
}

/** POST of an action bound to one entity. */
export async function invokeAction(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  row: Row,
  name: string,
): Promise<Answer> {
  const action = request.rules.sets[set.name]?.actions?.[name];
  if (action === undefined) throw new Error(`No rule for the action ${name}`);
  const parameters = request.http.body.length === 0 ? emptyBody.raw : readObject(request.http);
  const { operationId, result } = await action(account, row, parameters);
  if (operationId !== undefined) return { status: 202, operationId };
  if (result === undefined) return { status: 204 };
  const writing = { format: request.format, root: request.root };
  return { status: 200, payload: writeProperty(name, result.type, result.value, writing) };
}
