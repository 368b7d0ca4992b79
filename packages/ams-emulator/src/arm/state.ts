import { randomBytes } from 'node:crypto';
import type { Account } from '../account';
import type { Clock } from '../clock';
import type { Directory } from '../entra/directory';

/** What Resource Manager needs from the emulator. */
export interface ArmDependencies {
  /** The emulator's URL, `http://host:port`. */
  readonly url: string;
  /** The URL of the blob service, without an account. */
  readonly storageUrl: string;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly newGuid: () => string;
  /** Duration of long-running operations, in milliseconds. */
  readonly operationDurationMs: number;
  /** Sets the keys of an account of the blob service; no keys remove the account. */
  readonly setStorageKeys: (name: string, keys: readonly string[]) => void;
  /** Creates a Media Services account with its own REST API on a storage account. */
  readonly openMediaAccount: (parts: {
    readonly name: string;
    readonly id: string;
    readonly key: string;
    readonly storage: StorageAccess;
  }) => Account;
  readonly closeMediaAccount: (account: Account) => void;
  /** Writes the state to the data folder, if there is one. */
  readonly keep: (state: ArmState) => void;
}

/** A storage account as seen by its Media Services account, with the key read at the last synchronization. */
export interface StorageAccess {
  readonly name: string;
  key: string;
}

/** The properties that all resources share. */
interface Resource {
  readonly name: string;
  /** The group's id in its original letter case. */
  readonly groupId: string;
  location: string;
  tags: Readonly<Record<string, string>>;
}

export interface StorageResource extends Resource {
  kind: string;
  sku: string;
  keys: readonly [string, string];
  /** Returned as the client sent it. */
  properties: Readonly<Record<string, unknown>>;
  readonly created: number;
  /** End of the creation, in milliseconds since 1970. */
  readonly readyAt: number;
}

export interface AttachedStorage {
  /** As the client wrote it. */
  readonly id: string;
  readonly isPrimary: boolean;
}

export interface MediaResource extends Resource {
  storageAccounts: readonly AttachedStorage[];
  keys: { Primary: string; Secondary: string };
  readonly account: Account;
  readonly access: StorageAccess;
}

export interface RoleAssignment {
  readonly name: string;
  readonly scope: string;
  readonly roleId: string;
  readonly principalId: string;
  readonly principalType: string;
  readonly created: number;
}

export interface ResourceGroup {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly tags: unknown;
  /** End of the deletion, in milliseconds since 1970. The group does not exist afterwards. */
  readonly goneAt?: number;
}

/** A subscription and its resources. The maps' keys are lower case, because ids compare without regard to case. */
export interface ArmState {
  readonly subscriptionId: string;
  /** When the registration of each resource provider completes; no entry if it is not registered. */
  readonly providers: Map<string, number>;
  readonly groups: Map<string, ResourceGroup>;
  /** By name: names of storage accounts are globally unique. */
  readonly storage: Map<string, StorageResource>;
  /** By name: it is part of the REST API's URL. */
  readonly media: Map<string, MediaResource>;
  /** By scope and name. */
  readonly roles: Map<string, RoleAssignment>;
}

/** A subscription as stored in a data folder. */
export interface KeptSubscription {
  readonly providers: readonly (readonly [namespace: string, registeredAt: number])[];
  readonly groups: readonly ResourceGroup[];
  readonly storage: readonly StorageResource[];
  readonly media: readonly KeptMedia[];
  readonly roles: readonly RoleAssignment[];
}

/** The stored part of a Media Services account. */
export interface KeptMedia extends Omit<MediaResource, 'account'> {
  readonly accountId: string;
  readonly accountKey: string;
}

/** The resource group of the initial accounts. */
export const firstGroup = 'emulator';
export const firstLocation = 'westus';

/** The built-in roles that give access to the Media Services REST API. */
export const contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c';
const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';

export const newKey = (bytes: number): string => randomBytes(bytes).toString('base64');

/** An initial account and its storage account. */
interface FirstAccount {
  readonly account: Account;
  readonly access: StorageAccess;
}

/**
 * The subscription of a running emulator: the stored resources, and the initial accounts in their own group with the
 * roles that give access to them.
 *
 * Microsoft.Media is not registered at first, as in a new subscription in the cloud.
 */
export function createArmState(
  dependencies: ArmDependencies,
  accounts: readonly FirstAccount[],
  kept: KeptSubscription | undefined,
): ArmState {
  const { clock, directory } = dependencies;
  // The subscription in the resource ids of the host's managed identities.
  const subscriptionId = directory.registrations.host.userAssigned.resourceId.split('/')[2] ?? '';
  const state: ArmState = {
    subscriptionId,
    providers: new Map(kept?.providers ?? [['microsoft.storage', clock.now()]]),
    groups: new Map(kept?.groups.map((group) => [group.id.toLowerCase(), group])),
    storage: new Map(kept?.storage.map((storage) => [storage.name, storage])),
    media: new Map(kept?.media.map((media) => [media.name, reopened(dependencies, accounts, media)])),
    roles: new Map(kept?.roles.map((role) => [`${role.scope}/${role.name}`.toLowerCase(), role])),
  };
  // The blob service was started with the storage of the first accounts, which may have been deleted since.
  for (const { access } of accounts) dependencies.setStorageKeys(access.name, []);
  for (const { name, keys } of state.storage.values()) dependencies.setStorageKeys(name, keys);
  for (const first of accounts)
    if (!state.media.has(first.account.name)) addFirst(dependencies, state, first);
  return state;
}

/** Opens a stored Media Services account. */
function reopened(
  dependencies: ArmDependencies,
  accounts: readonly FirstAccount[],
  { accountId, accountKey, ...kept }: KeptMedia,
): MediaResource {
  const first = accounts.find(({ account }) => account.name === kept.name);
  if (first === undefined) {
    const parts = { name: kept.name, id: accountId, key: accountKey, storage: kept.access };
    return { ...kept, account: dependencies.openMediaAccount(parts) };
  }
  first.access.key = kept.access.key;
  return { ...kept, ...first };
}

function addFirst(dependencies: ArmDependencies, state: ArmState, { account, access }: FirstAccount): void {
  const { clock, directory, newGuid } = dependencies;
  const { registrations } = directory;
  const created = clock.now();
  const groupId = `/subscriptions/${state.subscriptionId}/resourceGroups/${firstGroup}`;
  const common = { groupId, location: firstLocation, tags: {} };
  const group = { id: groupId, name: firstGroup, location: firstLocation, tags: {} };
  if (state.groups.get(groupId.toLowerCase())?.goneAt !== undefined)
    state.groups.delete(groupId.toLowerCase());
  if (!state.groups.has(groupId.toLowerCase())) state.groups.set(groupId.toLowerCase(), group);
  const keys = state.storage.get(access.name)?.keys ?? ([access.key, newKey(64)] as const);
  access.key = keys[0];
  if (!state.storage.has(access.name)) {
    const kinds = { kind: 'StorageV2', sku: 'Standard_LRS', properties: {} };
    const storage = { ...common, ...kinds, name: access.name, keys, created, readyAt: created };
    state.storage.set(access.name, storage);
    dependencies.setStorageKeys(access.name, keys);
  }
  const storageAccounts = [{ id: storageId(groupId, access.name), isPrimary: true }];
  const mediaKeys = { Primary: account.key, Secondary: newKey(32) };
  const media = { ...common, name: account.name, storageAccounts, keys: mediaKeys, account, access };
  state.media.set(account.name, media);
  const scope = mediaId(media);
  // The application, and the directory's one person.
  for (const [name, principalId, principalType] of [
    [newGuid(), directory.principalId, 'ServicePrincipal'],
    [registrations.user.id, registrations.user.id, 'User'],
  ] as const) {
    const role = { name, scope, roleId: contributor, principalId, principalType, created };
    state.roles.set(`${scope}/${name}`.toLowerCase(), role);
  }
}

/** Deletes a Media Services account with the roles on it. Its storage stays. */
export function removeMedia(dependencies: ArmDependencies, state: ArmState, media: MediaResource): void {
  state.media.delete(media.name.toLowerCase());
  removeRoles(state, mediaId(media));
  dependencies.closeMediaAccount(media.account);
}

/** Deletes a storage account with the roles on it. */
export function removeStorage(
  dependencies: ArmDependencies,
  state: ArmState,
  storage: StorageResource,
): void {
  state.storage.delete(storage.name);
  removeRoles(state, storageId(storage.groupId, storage.name));
  dependencies.setStorageKeys(storage.name, []);
}

/** Deletes the resources of a group. */
export function emptyGroup(dependencies: ArmDependencies, state: ArmState, groupId: string): void {
  const isInside = (resource: Resource): boolean => resource.groupId.toLowerCase() === groupId.toLowerCase();
  for (const media of [...state.media.values()].filter(isInside)) removeMedia(dependencies, state, media);
  for (const storage of [...state.storage.values()].filter(isInside))
    removeStorage(dependencies, state, storage);
  removeRoles(state, groupId);
}

function removeRoles(state: ArmState, scope: string): void {
  const prefix = `${scope}/`.toLowerCase();
  for (const key of [...state.roles.keys()]) if (key.startsWith(prefix)) state.roles.delete(key);
}

export const storageId = (groupId: string, name: string): string =>
  `${groupId}/providers/Microsoft.Storage/storageAccounts/${name}`;

export const mediaId = ({ groupId, name }: Pick<Resource, 'groupId' | 'name'>): string =>
  `${groupId}/providers/Microsoft.Media/mediaservices/${name}`;

/** Whether the principal has a role on the account, its group or its subscription that allows using the REST API. */
export function mayUse(state: ArmState, principalId: string, accountName: string): boolean {
  const media = state.media.get(accountName.toLowerCase());
  if (media === undefined) return false;
  const id = `${mediaId(media)}/`.toLowerCase();
  return [...state.roles.values()].some(
    (role) =>
      role.principalId.toLowerCase() === principalId.toLowerCase() &&
      (role.roleId === contributor || role.roleId === owner) &&
      id.startsWith(`${role.scope.toLowerCase()}/`),
  );
}
