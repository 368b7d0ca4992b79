import type { Account } from '../account';
import { entitySet, keyOf, type EntitySet, type Row } from '../model';
import { keyOfUri, type Segment } from './address';
import { readObject } from './body';
import { badRequest, conflict, notFound, ServiceError } from './errors';
import type { Answer, MediaRequest } from './message';
import { keys, linked, text } from './rows';

/** POST and DELETE of `Set('key')/$links/Navigation`, which links keys or policies to an entity. */
export function changeLink(
  account: Account,
  request: MediaRequest,
  set: EntitySet,
  row: Row,
  [segment, ...rest]: readonly Segment[],
): Answer {
  const navigation = segment === undefined ? undefined : set.navigation?.[segment.name];
  if (segment === undefined || rest.length > 0 || navigation?.linkable !== true || !('list' in navigation)) {
    throw badRequest('The links of this property cannot be changed.');
  }
  const { list } = navigation;
  const present = keys(row, list);
  const store = (next: string[]): void => {
    account.store.update(set.name, keyOf(set, row), { [list]: next });
  };
  const rule = request.rules.sets[set.name]?.links?.[segment.name];
  if (request.method === 'POST') {
    const { uri } = readObject(request.http);
    if (typeof uri !== 'string') throw badRequest("The required property 'uri' is missing.");
    const target = linked(account, navigation.set, keyOfUri(uri));
    const key = text(target, entitySet(navigation.set).key);
    if (present.includes(key)) throw conflict('The link already exists.');
    rule?.add?.(account, row, target);
    store([...present, key]);
    return { status: 204 };
  }
  if (request.method !== 'DELETE')
    throw new ServiceError(405, 'Links are made by POST and removed by DELETE.');
  const wanted = segment.key?.toLowerCase();
  const key = present.find((candidate) => candidate.toLowerCase() === wanted);
  if (key === undefined) throw notFound(entitySet(navigation.set).type);
  store(present.filter((candidate) => candidate !== key));
  rule?.removed?.(account, key);
  return { status: 204 };
}
