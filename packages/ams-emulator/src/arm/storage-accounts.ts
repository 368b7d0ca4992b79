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
import { ArmError, invalidContent } from './errors';
import { newKey, removeStorage, storageId, type StorageResource } from './state';
import { existingGroup, knownLocation, mustBeRegistered, storageVersions } from './subscription';

const namespace = 'Microsoft.Storage';
const skus = /^(Standard_(LRS|GRS|RAGRS|ZRS|GZRS|RAGZRS)|Premium_(LRS|ZRS))$/;
const kinds = /^(Storage|StorageV2|BlobStorage|FileStorage|BlockBlobStorage)$/;
const nameRule = /^[a-z0-9]{3,24}$/;
const nameText =
  'is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.';

/** The account in the path. Throws if it does not exist or is still being created. */
function existing(call: Call): StorageResource {
  const group = existingGroup(call);
  const name = call.names['name'] ?? '';
  const account = call.state.storage.get(name.toLowerCase());
  const isReady = account !== undefined && account.readyAt <= call.dependencies.clock.now();
  if (isReady && account.groupId.toLowerCase() === group.id.toLowerCase()) return account;
  throw new ArmError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.Storage/storageAccounts/${name}' under resource group '${call.names['group'] ?? ''}' was not found.`,
  );
}

function shown({ dependencies }: Call, account: StorageResource): Json {
  const { name, groupId, location, kind, sku, tags, properties, created } = account;
  return {
    sku: { name: sku, tier: sku.split('_')[0] },
    kind,
    id: storageId(groupId, name),
    name,
    type: 'Microsoft.Storage/storageAccounts',
    location,
    tags,
    properties: {
      ...properties,
      provisioningState: 'Succeeded',
      creationTime: new Date(created).toISOString(),
      primaryLocation: location,
      statusOfPrimary: 'available',
      // Only Azurite's blob service exists.
      primaryEndpoints: { blob: `${dependencies.storageUrl}/${name}/` },
    },
  };
}

function put(call: Call): Answer {
  mustBeRegistered(call, namespace);
  const group = existingGroup(call);
  const { dependencies, state } = call;
  const name = call.names['name'] ?? '';
  if (!nameRule.test(name)) throw new ArmError(400, 'AccountNameInvalid', `${name} ${nameText}`);
  const body = bodyOf(call);
  const sku = requiredText(optionalObject(body, 'sku'), 'name');
  const kind = requiredText(body, 'kind');
  if (!skus.test(sku) || !kinds.test(kind))
    throw invalidContent(`The sku '${sku}' or the kind '${kind}' is not known.`);
  const location = knownLocation(requiredText(body, 'location'));
  const values = { location, sku, kind, tags: tagsOf(body), properties: optionalObject(body, 'properties') };

  const account = state.storage.get(name);
  if (account !== undefined) {
    if (account.groupId.toLowerCase() !== group.id.toLowerCase())
      throw new ArmError(
        409,
        'StorageAccountAlreadyTaken',
        `The storage account named ${name} is already taken.`,
      );
    if (account.location !== location)
      throw new ArmError(
        409,
        'InvalidResourceLocation',
        `The resource '${name}' already exists in location '${account.location}'.`,
      );
    Object.assign(account, values);
    return { status: 200, body: shown(call, account) };
  }
  const created = dependencies.clock.now();
  const keys: [string, string] = [newKey(64), newKey(64)];
  const readyAt = created + dependencies.operationDurationMs;
  state.storage.set(name, { ...values, name, groupId: group.id, keys, created, readyAt });
  dependencies.setStorageKeys(name, keys);
  return { status: 202, headers: pollHeaders(call, location, name) };
}

/** The URL of the result, and when to ask for it. */
function pollHeaders(
  { dependencies, apiVersion, state }: Call,
  location: string,
  name: string,
): Record<string, string> {
  const path = `/subscriptions/${state.subscriptionId}/providers/Microsoft.Storage/locations/${location}/asyncoperations/${name}`;
  return {
    Location: `${dependencies.url}${path}?monitor=true&api-version=${apiVersion}`,
    'Retry-After': String(Math.ceil(dependencies.operationDurationMs / 1000)),
  };
}

function poll(call: Call): Answer {
  const { state, dependencies, names } = call;
  const account = state.storage.get(names['operation'] ?? '');
  if (account === undefined) throw new ArmError(404, 'NotFound', 'The operation was not found.');
  if (account.readyAt > dependencies.clock.now())
    return { status: 202, headers: pollHeaders(call, account.location, account.name) };
  return { status: 200, body: shown(call, account) };
}

function remove(call: Call): Answer {
  const { state, dependencies } = call;
  existingGroup(call);
  const name = (call.names['name'] ?? '').toLowerCase();
  if (!state.storage.has(name)) return { status: 204 };
  removeStorage(dependencies, state, existing(call));
  return { status: 200 };
}

function keysOf({ keys }: StorageResource): Answer {
  const value = keys.map((key, index) => ({ keyName: `key${index + 1}`, value: key, permissions: 'Full' }));
  return { status: 200, body: { keys: value } };
}

function regenerateKey(call: Call): Answer {
  const account = existing(call);
  const keyName = requiredText(bodyOf(call), 'keyName');
  const [first, second] = account.keys;
  if (keyName === 'key1') account.keys = [newKey(64), second];
  else if (keyName === 'key2') account.keys = [first, newKey(64)];
  else throw invalidContent(`There is no key '${keyName}'.`);
  call.dependencies.setStorageKeys(account.name, account.keys);
  return keysOf(account);
}

function checkName(call: Call): Answer {
  const body = bodyOf(call);
  const name = requiredText(body, 'name');
  if (!nameRule.test(name))
    return {
      status: 200,
      body: { nameAvailable: false, reason: 'AccountNameInvalid', message: `${name} ${nameText}` },
    };
  if (call.state.storage.has(name)) {
    const message = `The storage account named ${name} is already taken.`;
    return { status: 200, body: { nameAvailable: false, reason: 'AlreadyExists', message } };
  }
  return { status: 200, body: { nameAvailable: true } };
}

function list(call: Call, groupId?: string): Answer {
  const now = call.dependencies.clock.now();
  const accounts = [...call.state.storage.values()].filter(
    (account) =>
      account.readyAt <= now &&
      (groupId === undefined || account.groupId.toLowerCase() === groupId.toLowerCase()),
  );
  return { status: 200, body: { value: accounts.map((account) => shown(call, account)) } };
}

const provider = '/subscriptions/{subscription}/providers/Microsoft.Storage';
const inGroup =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts';

export const storageRoutes: readonly Route[] = [
  route('POST', `${provider}/checkNameAvailability`, checkName),
  route('GET', `${provider}/storageAccounts`, (call) => list(call)),
  route('GET', `${provider}/locations/{location}/asyncoperations/{operation}`, poll),
  route('GET', inGroup, (call) => list(call, existingGroup(call).id)),
  route('PUT', `${inGroup}/{name}`, put),
  route('GET', `${inGroup}/{name}`, (call) => ({ status: 200, body: shown(call, existing(call)) })),
  route('DELETE', `${inGroup}/{name}`, remove),
  route('POST', `${inGroup}/{name}/listKeys`, (call) => keysOf(existing(call))),
  route('POST', `${inGroup}/{name}/regenerateKey`, regenerateKey),
];

function route(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: pathPattern(path), apiVersions: storageVersions, answer };
}
