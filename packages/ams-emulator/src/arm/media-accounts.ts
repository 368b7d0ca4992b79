import { randomUUID } from 'node:crypto';
import { isJsonObject } from '../json';
import {
  bodyOf,
  optionalObject,
  pathPattern,
  requiredText,
  tagsOf,
  type Answer,
  type Call,
  type Json,
  type Route,
} from './call';
import { text } from '../media/rows';
import { ArmError, invalidContent } from './errors';
import {
  mediaId,
  newKey,
  removeMedia,
  type AttachedStorage,
  type MediaResource,
  type StorageResource,
} from './state';
import { existingGroup, knownLocation, locations, mediaVersions, mustBeRegistered } from './subscription';

const namespace = 'Microsoft.Media';
const nameRule = /^[a-z0-9]{3,24}$/;
const nameText =
  'The account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.';

/** The API version of Media Services v2. Later versions describe an account differently and are read-only here. */
const v2 = ['2015-10-01'];
const later = mediaVersions.filter((version) => !v2.includes(version));

function find(call: Call): MediaResource | undefined {
  const group = existingGroup(call);
  const media = call.state.media.get((call.names['name'] ?? '').toLowerCase());
  return media?.groupId.toLowerCase() === group.id.toLowerCase() ? media : undefined;
}

function existing(call: Call): MediaResource {
  const media = find(call);
  if (media !== undefined) return media;
  const { name = '', group = '' } = call.names;
  throw new ArmError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.Media/mediaservices/${name}' under resource group '${group}' was not found.`,
  );
}

function shown(call: Call, media: MediaResource): Json {
  const { name, location, tags, account, storageAccounts } = media;
  const common = { name, id: mediaId(media), type: 'Microsoft.Media/mediaservices', tags };
  if (later.includes(call.apiVersion as (typeof later)[number])) {
    const types = storageAccounts.map(({ id, isPrimary }) => ({
      id,
      type: isPrimary ? 'Primary' : 'Secondary',
    }));
    return { ...common, location, properties: { mediaServiceId: account.id, storageAccounts: types } };
  }
  const shownLocation = locations.find(([wire]) => wire === location)?.[1] ?? location;
  const apiEndpoints = [{ endpoint: account.apiRoot, majorVersion: '2' }];
  return { ...common, location: shownLocation, properties: { apiEndpoints, storageAccounts } };
}

function storageAccountsOf(properties: Json): AttachedStorage[] {
  const list = properties['storageAccounts'];
  if (!Array.isArray(list))
    throw invalidContent("The request content was invalid: 'storageAccounts' must be a list.");
  const attached = list.map((entry: unknown) => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string')
      throw invalidContent('A storage account has no id.');
    return { id: entry['id'], isPrimary: entry['isPrimary'] === true };
  });
  if (attached.filter(({ isPrimary }) => isPrimary).length !== 1)
    throw new ArmError(400, 'BadRequest', 'Exactly one storage account must be the primary one.');
  const ids = new Set(attached.map(({ id }) => id.toLowerCase()));
  if (ids.size < attached.length) throw new ArmError(400, 'BadRequest', 'A storage account is named twice.');
  return attached;
}

/** The storage account with this id, if Media Services can use it. */
function usableStorage({ state, dependencies }: Call, { id, isPrimary }: AttachedStorage): StorageResource {
  const match =
    /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\/providers\/Microsoft\.Storage\/storageAccounts\/([^/]+)$/i.exec(
      id,
    );
  const account = state.storage.get((match?.[2] ?? '').toLowerCase());
  const isThere =
    account !== undefined &&
    account.groupId.toLowerCase() === match?.[1]?.toLowerCase() &&
    account.readyAt <= dependencies.clock.now();
  if (!isThere) throw new ArmError(400, 'BadRequest', `The storage account '${id}' was not found.`);
  if (isPrimary && (!account.sku.startsWith('Standard_') || account.kind === 'BlobStorage'))
    throw new ArmError(
      400,
      'BadRequest',
      'The primary storage account must be a Standard one, and not of the kind BlobStorage.',
    );
  return account;
}

function put(call: Call): Answer {
  mustBeRegistered(call, namespace);
  const group = existingGroup(call);
  const { dependencies, state } = call;
  const name = call.names['name'] ?? '';
  if (!nameRule.test(name)) throw new ArmError(400, 'BadRequest', nameText);
  const body = bodyOf(call);
  const location = knownLocation(requiredText(body, 'location'));
  const storageAccounts = storageAccountsOf(optionalObject(body, 'properties'));
  const tags = tagsOf(body);
  const found = state.media.get(name);
  if (found !== undefined) {
    if (found.groupId.toLowerCase() !== group.id.toLowerCase())
      throw new ArmError(409, 'Conflict', `The account name '${name}' is already in use.`);
    change(call, found, storageAccounts);
    found.tags = tags;
    return { status: 200, body: shown(call, found) };
  }
  const usable = storageAccounts.map((attached) => [attached, usableStorage(call, attached)] as const);
  const primary = usable.find(([{ isPrimary }]) => isPrimary)?.[1];
  if (primary === undefined) throw new ArmError(400, 'BadRequest', 'There is no primary storage account.');
  // The service reads the key with its own rights and keeps it until the next syncStorageKeys.
  const access = { name: primary.name, key: primary.keys[0] };
  const keys = { Primary: newKey(32), Secondary: newKey(32) };
  const parts = { name, id: dependencies.newGuid(), key: keys.Primary, storage: access };
  const account = dependencies.openMediaAccount(parts);
  const media = { name, groupId: group.id, location, tags, storageAccounts, keys, account, access };
  for (const [{ isPrimary }, storage] of usable) if (!isPrimary) showInApi(media, storage.name);
  state.media.set(name, media);
  return { status: 201, body: shown(call, media) };
}

function patch(call: Call): Answer {
  const media = existing(call);
  const body = bodyOf(call);
  const properties = optionalObject(body, 'properties');
  if ('storageAccounts' in properties) change(call, media, storageAccountsOf(properties));
  if ('tags' in body) media.tags = tagsOf(body);
  return { status: 200, body: shown(call, media) };
}

/**
 * Replaces the list of storage accounts. The primary one must stay, anywhere in the list; others can be detached, as
 * recorded for 2018-02-01-privatepreview and 2021-06-01.
 */
function change(call: Call, media: MediaResource, wanted: readonly AttachedStorage[]): void {
  const primary = media.storageAccounts.find(({ isPrimary }) => isPrimary)?.id.toLowerCase();
  if (!wanted.some(({ id, isPrimary }) => isPrimary && id.toLowerCase() === primary))
    throw new ArmError(400, 'BadRequest', 'The primary storage account cannot be changed.');
  const usable = wanted.map((attached) => usableStorage(call, attached));
  media.storageAccounts = wanted;
  const { store } = media.account;
  const names = usable.map(({ name }) => name);
  for (const shownName of store.rows('StorageAccounts').map((row) => text(row, 'Name')))
    if (!names.includes(shownName)) store.remove('StorageAccounts', shownName);
  for (const name of names) showInApi(media, name);
}

/** Adds a storage account to the StorageAccounts set of the REST API. */
function showInApi({ account }: Pick<MediaResource, 'account'>, name: string): void {
  if (account.store.get('StorageAccounts', name) === undefined)
    account.store.insert('StorageAccounts', { Name: name, IsDefault: false, BytesUsed: null });
}

function remove(call: Call): Answer {
  const media = find(call);
  if (media === undefined) return { status: 204 };
  removeMedia(call.dependencies, call.state, media);
  return { status: 200 };
}

/** The keys of the former Access Control Service. */
function listKeys(call: Call): Answer {
  const { keys } = existing(call);
  return {
    status: 200,
    body: {
      primaryAuthEndpoint: `${call.dependencies.url}/`,
      secondaryAuthEndpoint: `${call.dependencies.url}/`,
      primaryKey: keys.Primary,
      secondaryKey: keys.Secondary,
      scope: 'urn:windowsazuremediaservices',
    },
  };
}

function regenerateKey(call: Call): Answer {
  const { keys } = existing(call);
  const keyType = requiredText(bodyOf(call), 'keyType');
  if (keyType !== 'Primary' && keyType !== 'Secondary') throw invalidContent(`There is no key '${keyType}'.`);
  keys[keyType] = newKey(32);
  return { status: 200, body: { key: keys[keyType] } };
}

function syncStorageKeys(call: Call): Answer {
  const media = existing(call);
  const id = requiredText(bodyOf(call), 'id');
  const attached = media.storageAccounts.find((storage) => storage.id.toLowerCase() === id.toLowerCase());
  if (attached === undefined)
    throw new ArmError(400, 'BadRequest', `The storage account '${id}' is not attached.`);
  const storage = usableStorage(call, attached);
  if (attached.isPrimary) media.access.key = storage.keys[0];
  return { status: 200 };
}

/** Answers in PascalCase, as three recordings of 2016 show. The camelCase of the Swagger example was never sent. */
function checkName(call: Call): Answer {
  const name = requiredText(bodyOf(call), 'name');
  const answer = (available: boolean, reason: string | null, message: string | null): Answer => ({
    status: 200,
    body: { NameAvailable: available, Reason: reason, Message: message },
  });
  if (!nameRule.test(name)) return answer(false, 'Invalid', nameText);
  return call.state.media.has(name)
    ? answer(false, 'AlreadyExists', 'The account name is in use.')
    : answer(true, null, null);
}

function list(call: Call, groupId?: string): Answer {
  const accounts = [...call.state.media.values()].filter(
    (media) => groupId === undefined || media.groupId.toLowerCase() === groupId.toLowerCase(),
  );
  return { status: 200, body: { value: accounts.map((media) => shown(call, media)) } };
}

const provider = '/subscriptions/{subscription}/providers/Microsoft.Media';
const inGroup =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Media/mediaservices';

export const mediaRoutes: readonly Route[] = [
  route(v2, 'POST', `${provider}/CheckNameAvailability`, checkName),
  listRoute(later, `${provider}/mediaservices`, (call) => list(call)),
  listRoute(mediaVersions, inGroup, (call) => list(call, existingGroup(call).id)),
  route(v2, 'PUT', `${inGroup}/{name}`, put),
  route(mediaVersions, 'GET', `${inGroup}/{name}`, (call) => ({
    status: 200,
    body: shown(call, existing(call)),
  })),
  route(v2, 'PATCH', `${inGroup}/{name}`, patch),
  route(mediaVersions, 'DELETE', `${inGroup}/{name}`, remove),
  route(v2, 'POST', `${inGroup}/{name}/listKeys`, listKeys),
  route(v2, 'POST', `${inGroup}/{name}/regenerateKey`, regenerateKey),
  route(mediaVersions, 'POST', `${inGroup}/{name}/syncStorageKeys`, syncStorageKeys),
];

function route(
  apiVersions: readonly string[],
  method: string,
  path: string,
  answer: (call: Call) => Answer,
): Route {
  return { method, path: pathPattern(path), apiVersions, answer: (call) => fromProvider(call, answer(call)) };
}

/** The answer with the headers of the resource provider, an OData service that always gave a client request id. */
function fromProvider({ request }: Call, answer: Answer): Answer {
  const typed = { 'Content-Type': 'application/json; odata.metadata=minimal', 'OData-Version': '4.0' };
  const clientId = request.headers['x-ms-client-request-id'] ?? randomUUID();
  const headers = { 'x-ms-client-request-id': String(clientId), ...(answer.body === undefined ? {} : typed) };
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

/** Lists come from Resource Manager's own records, without the provider's headers. */
function listRoute(apiVersions: readonly string[], path: string, answer: (call: Call) => Answer): Route {
  return { method: 'GET', path: pathPattern(path), apiVersions, answer };
}
