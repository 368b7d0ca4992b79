import type { Account } from '../account';
import { entitySet, entitySets, findSet, keyOf, type EntitySet, type Navigation, type Row } from '../model';
import { parseSegments, type Segment } from './address';
import { createEntity, invokeAction, removeEntity, updateEntity } from './changes';
import { exclusively } from './exclusively';
import { badRequest, notFound, ServiceError } from './errors';
import { callFunction } from './functions';
import { changeLink } from './links';
import type { Answer, MediaRequest } from './message';
import { metadataDocument } from './metadata';
import { readQueryOptions, selectPage, type QueryOptions } from './query-options';
import { checkKey, keys, text } from './rows';
import { writeEntity, writeFeed, writeProperty, type Payload, type Writing } from './serialize';
import type { Rules } from './set-rules';

/** Routes a request by path and method. */
export async function answerRequest(account: Account, request: MediaRequest): Promise<Answer> {
  const [first, ...rest] = parseSegments(request.path);
  const { rules, root } = request;
  if (first === undefined) {
    requireMethod(request, 'GET');
    return { status: 200, payload: serviceDocument({ format: request.format, root }) };
  }
  if (first.name === '$metadata' && rest.length === 0) {
    requireMethod(request, 'GET');
    return {
      status: 200,
      other: { type: 'application/xml;charset=utf-8', body: metadataDocument(rules.functions) },
    };
  }
  if (first.name === '$batch') {
    throw new ServiceError(501, 'Batch requests are not implemented by this emulator.');
  }
  const wanted = first.name.toLowerCase();
  const call = rules.functions.find(({ name }) => name.toLowerCase() === wanted);
  if (call !== undefined && rest.length === 0) {
    requireMethod(request, 'GET');
    return exclusively(account, () => callFunction(account, call, request, { format: request.format, root }));
  }
  const set = findSet(first.name);
  if (set === undefined) throw new ServiceError(404, `Resource not found for the segment '${first.name}'.`);
  return answerSet(account, request, set, first, rest);
}

async function answerSet(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  first: Segment,
  rest: readonly Segment[],
): Promise<Answer> {
  const isRead = /^(GET|HEAD)$/.test(request.method);
  const { rules } = request;
  if (isRead) await rules.sets[set.name]?.beforeRead?.(account);
  if (first.key === undefined) {
    if (rest.length > 0) throw badRequest('The request URI is not valid: an entity key is missing.');
    if (isRead) return readSet(account, request, set, presentRows(rules, account, set));
    requireMethod(request, 'POST');
    return exclusively(account, () => createEntity(account, request, set));
  }
  checkKey(set, first.key);
  const key = first.key;
  if (isRead) return readBelow(account, request, set, find(rules, account, set, key), rest);
  return exclusively(account, () => changeBelow(account, request, set, find(rules, account, set, key), rest));
}

/** The row as it is now; undefined if it no longer exists. */
function presentRow(rules: Rules, account: Account, set: EntitySet, row: Row): Row | undefined {
  const present = rules.sets[set.name]?.present;
  return present === undefined ? row : present(account, row);
}

/** All rows of a set as they are now, in order of creation. */
function presentRows(rules: Rules, account: Account, set: EntitySet): readonly Row[] {
  const rows = account.store.rows(set.name);
  const present = rules.sets[set.name]?.present;
  if (present === undefined) return rows;
  return rows.map((row) => present(account, row)).filter((row) => row !== undefined);
}

/** The entity with this key as it is now. Throws 404. */
function find(rules: Rules, account: Account, set: EntitySet, key: string): Row {
  const row = account.store.get(set.name, key);
  const present = row === undefined ? undefined : presentRow(rules, account, set, row);
  if (present === undefined) throw notFound(set.type);
  return present;
}

function changeBelow(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  row: Row,
  [next, ...rest]: readonly Segment[],
): Answer | Promise<Answer> {
  if (next === undefined) {
    if (/^(MERGE|PATCH|PUT)$/.test(request.method)) return updateEntity(account, request, set, row);
    requireMethod(request, 'DELETE');
    return removeEntity(account, request, set, row);
  }
  if (next.name === '$links') return changeLink(account, request, set, row, rest);
  requireMethod(request, 'POST');
  const action = set.actions?.find((name) => name.toLowerCase() === next.name.toLowerCase());
  if (action === undefined || rest.length > 0)
    throw new ServiceError(405, 'The operation is not supported here.');
  return invokeAction(account, request, set, row, action);
}

/** GET of an entity, or of a property or navigation property below it. */
function readBelow(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  row: Row,
  [next, ...rest]: readonly Segment[],
): Answer {
  const writing = { format: request.format, root: request.root };
  if (next === undefined) {
    const { select } = readQueryOptions(request.http.query, set);
    return {
      status: 200,
      payload: writeEntity(set, row, select === undefined ? writing : { ...writing, select }),
    };
  }
  const navigation = own(set.navigation, next.name);
  if (navigation !== undefined) return readNavigation(account, request, row, navigation, next, rest);
  const property = own(set.properties, next.name);
  if (property === undefined || rest.length > 0) {
    throw new ServiceError(404, `Resource not found for the segment '${next.name}'.`);
  }
  return { status: 200, payload: writeProperty(next.name, property.type, row[next.name] ?? null, writing) };
}

function readNavigation(
  account: Account,
  request: MediaRequest,
  row: Row,
  navigation: Navigation,
  segment: Segment,
  rest: readonly Segment[],
): Answer {
  const target = entitySet(navigation.set);
  if ('key' in navigation) {
    const key = row[navigation.key];
    if (typeof key !== 'string') return { status: 204 };
    return readBelow(account, request, target, find(request.rules, account, target, key), rest);
  }
  const rows = relatedRows(request.rules, account, row, navigation);
  if (segment.key === undefined) {
    if (rest.length > 0) throw badRequest('The request URI is not valid: an entity key is missing.');
    return readSet(account, request, target, rows);
  }
  const wanted = segment.key.toLowerCase();
  const found = rows.find((candidate) => keyOf(target, candidate).toLowerCase() === wanted);
  if (found === undefined) throw notFound(target.type);
  return readBelow(account, request, target, found, rest);
}

/** The entities that a navigation property of a row leads to. */
function relatedRows(rules: Rules, account: Account, row: Row, navigation: Navigation): readonly Row[] {
  const target = entitySet(navigation.set);
  if ('key' in navigation) return [];
  const present = (found: Row | undefined): Row | undefined =>
    found === undefined ? undefined : presentRow(rules, account, target, found);
  const deleted =
    'list' in navigation && navigation.showsDeleted === true ? rules.sets[target.name]?.deleted : undefined;
  const rows =
    'by' in navigation
      ? account.store.related(target.name, navigation.by, text(row, 'Id')).map(present)
      : keys(row, navigation.list).map(
          (key) => present(account.store.get(target.name, key)) ?? deleted?.(account, key),
        );
  return rows.filter((found) => found !== undefined);
}

function readSet(account: Account, request: MediaRequest, set: EntitySet, rows: readonly Row[]): Answer {
  const options: QueryOptions = readQueryOptions(request.http.query, set);
  const { page, count } = selectPage(rows, options);
  const writing: Writing = {
    format: request.format,
    root: request.root,
    ...(options.select === undefined ? {} : { select: options.select }),
  };
  return { status: 200, payload: writeFeed(set, page, writing, options.wantsCount ? count : undefined) };
}

function serviceDocument({ format, root }: Writing): Payload {
  const names = entitySets.filter((set) => set.hidden !== true).map((set) => set.name);
  const body =
    format === 'verbose'
      ? { d: { EntitySets: names } }
      : { 'odata.metadata': `${root}$metadata`, value: names.map((name) => ({ name, url: name })) };
  return { body: JSON.stringify(body), dataServiceVersion: format === 'verbose' ? '1.0;' : '3.0;' };
}

function requireMethod({ method }: MediaRequest, wanted: 'GET' | 'POST' | 'DELETE'): void {
  if (method === wanted || (wanted === 'GET' && method === 'HEAD')) return;
  throw new ServiceError(405, `The method ${method.slice(0, 20)} is not allowed for this resource.`);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
