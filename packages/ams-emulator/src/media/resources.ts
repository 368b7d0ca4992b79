import type { Account } from '../account';
import { entitySet, entitySets, findSet, keyOf, type EntitySet, type Navigation, type Row } from '../model';
import { checkKey, keys, text } from '../rules/rules';
import { hasPendingFiles, takeIngestedFiles } from '../rules/ingest';
import { presentRow, presentRows } from '../rules';
import { parseSegments, type Segment } from './address';
import { createEntity, invokeAction, removeEntity, updateEntity } from './changes';
import { exclusively } from './exclusively';
import { badRequest, notFound, ServiceError } from './errors';
import { callFunction, findFunction } from './functions';
import { changeLink } from './links';
import { metadataDocument } from './metadata';
import { readQueryOptions, selectPage, type QueryOptions } from './query-options';
import { writeEntity, writeFeed, writeProperty, type Payload, type Writing } from './serialize';
import type { Answer, MediaRequest } from './service';

/** Finds what the path names and lets the method do its work. */
export async function answerRequest(account: Account, request: MediaRequest): Promise<Answer> {
  const [first, ...rest] = parseSegments(request.path);
  const root = account.apiRoot;
  if (first === undefined) {
    requireMethod(request, 'GET');
    return { status: 200, payload: serviceDocument({ format: request.format, root }) };
  }
  if (first.name === '$metadata' && rest.length === 0) {
    requireMethod(request, 'GET');
    return { status: 200, other: { type: 'application/xml;charset=utf-8', body: metadataDocument() } };
  }
  if (first.name === '$batch') {
    throw new ServiceError(501, 'Batch requests are not implemented by this emulator.');
  }
  const call = findFunction(first.name);
  if (call !== undefined && rest.length === 0) {
    requireMethod(request, 'GET');
    return exclusively(account, () => callFunction(account, call, request, { format: request.format, root }));
  }
  const set = findSet(first.name);
  if (set === undefined) throw new ServiceError(404, `Resource not found for the segment '${first.name}'.`);
  return answerSet(account, request, set, first, rest);
}

/** The sets in which a client sees what became of a bulk upload. */
const showsIngested = /^(IngestManifest|Assets$|Files$)/;

async function answerSet(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  first: Segment,
  rest: readonly Segment[],
): Promise<Answer> {
  const isRead = /^(GET|HEAD)$/.test(request.method);
  if (isRead && showsIngested.test(set.name) && hasPendingFiles(account)) {
    await exclusively(account, () => takeIngestedFiles(account));
  }
  if (first.key === undefined) {
    if (rest.length > 0) throw badRequest('The request URI is not valid: an entity key is missing.');
    if (isRead) return readSet(account, request, set, presentRows(account, set));
    requireMethod(request, 'POST');
    return exclusively(account, () => createEntity(account, request, set));
  }
  checkKey(set, first.key);
  const key = first.key;
  if (isRead) return readBelow(account, request, set, find(account, set, key), rest);
  return exclusively(account, () => changeBelow(account, request, set, find(account, set, key), rest));
}

/** The entity of that key as it is now. Throws 404. */
function find(account: Account, set: EntitySet, key: string): Row {
  const row = account.store.get(set.name, key);
  const present = row === undefined ? undefined : presentRow(account, set, row);
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
  const writing = { format: request.format, root: account.apiRoot };
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
    return readBelow(account, request, target, find(account, target, key), rest);
  }
  const rows = relatedRows(account, row, navigation);
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
function relatedRows(account: Account, row: Row, navigation: Navigation): readonly Row[] {
  const target = entitySet(navigation.set);
  if ('key' in navigation) return [];
  const rows =
    'by' in navigation
      ? account.store.related(target.name, navigation.by, text(row, 'Id'))
      : keys(row, navigation.list).map((key) => account.store.get(target.name, key));
  return rows
    .map((found) => (found === undefined ? undefined : presentRow(account, target, found)))
    .filter((found) => found !== undefined);
}

function readSet(account: Account, request: MediaRequest, set: EntitySet, rows: readonly Row[]): Answer {
  const options: QueryOptions = readQueryOptions(request.http.query, set);
  const { page, count } = selectPage(rows, options);
  const writing: Writing = {
    format: request.format,
    root: account.apiRoot,
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
