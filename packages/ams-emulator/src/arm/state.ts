import { randomBytes } from 'node:crypto';
import type { Account } from '../account';
import type { Clock } from '../clock';
import type { Directory } from '../entra/directory';

/** What Resource Manager needs of the house it is in. */
export interface Premises {
  /** Where the emulator is reached: `http://host:port`. */
  readonly url: string;
  /** Where the blob service is reached, without an account. */
  readonly storageUrl: string;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly newGuid: () => string;
  /** How long what takes long takes, in milliseconds. */
  readonly operationDurationMs: number;
  /** Lets the blob service know an account by these keys, or none: not at all. */
  readonly setStorageKeys: (name: string, keys: readonly string[]) => void;
  /** A new Media Services account with a REST API of its own, on a storage account. */
  readonly openMediaAccount: (name: string, access: StorageAccess) => Account;
  readonly closeMediaAccount: (account: Account) => void;
}

/** What a Media Services account knows of its storage account: the key as it was when it last looked. */
export interface StorageAccess {
  readonly name: string;
  key: string;
}

/** What resources have in common. */
interface Resource {
  readonly name: string;
  /** The id of the group, in the case it was made with. */
  readonly groupId: string;
  location: string;
  tags: Readonly<Record<string, string>>;
}

export interface StorageResource extends Resource {
  kind: string;
  sku: string;
  keys: readonly [string, string];
  /** Sent by the client and given back. */
  properties: Readonly<Record<string, unknown>>;
  readonly created: number;
  /** When it has been made, milliseconds since 1970. */
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

/** One subscription with everything in it. Keys of the maps are in lower case, as ids compare without regard to case. */
export interface ArmState {
  readonly subscriptionId: string;
  /** When the registration of a resource provider ends; none for one that is not registered. */
  readonly providers: Map<string, number>;
  readonly groups: Map<
    string,
    { readonly id: string; readonly name: string; location: string; tags: unknown }
  >;
  /** By name alone: storage accounts have no namesake in the world. */
  readonly storage: Map<string, StorageResource>;
  /** By name alone: the name is a part of the REST API's address. */
  readonly media: Map<string, MediaResource>;
  /** By scope and name. */
  readonly roles: Map<string, RoleAssignment>;
}

/** The group that holds what was there before Resource Manager was asked for anything. */
export const firstGroup = 'emulator';
export const firstLocation = 'westus';

/** Both built-in roles that the Media Services REST API lets in. */
export const contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c';
const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';

export const newKey = (bytes: number): string => randomBytes(bytes).toString('base64');

/**
 * The subscription of a running emulator: its accounts, in a group of their own, with the role that opens them.
 *
 * Microsoft.Media is not registered, so that nobody finds out only in the cloud that this has to be done.
 */
export function createArmState(
  premises: Premises,
  accounts: readonly { readonly account: Account; readonly access: StorageAccess }[],
): ArmState {
  const { clock, directory, newGuid } = premises;
  const { registrations } = directory;
  // The one that the resource ids of the host's managed identities name.
  const subscriptionId = registrations.host.userAssigned.resourceId.split('/')[2] ?? '';
  const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${firstGroup}`;
  const created = clock.now();
  const state: ArmState = {
    subscriptionId,
    providers: new Map([['microsoft.storage', created]]),
    groups: new Map([
      [groupId.toLowerCase(), { id: groupId, name: firstGroup, location: firstLocation, tags: {} }],
    ]),
    storage: new Map(),
    media: new Map(),
    roles: new Map(),
  };
  for (const { account, access } of accounts) {
    const common = { groupId, location: firstLocation, tags: {} };
    const keys: [string, string] = [access.key, newKey(64)];
    const kinds = { kind: 'StorageV2', sku: 'Standard_LRS', properties: {} };
    state.storage.set(access.name, {
      ...common,
      ...kinds,
      name: access.name,
      keys,
      created,
      readyAt: created,
    });
    premises.setStorageKeys(access.name, keys);
    const storageAccounts = [{ id: storageId(groupId, access.name), isPrimary: true }];
    const mediaKeys = { Primary: account.key, Secondary: newKey(32) };
    const media = { ...common, name: account.name, storageAccounts, keys: mediaKeys, account, access };
    state.media.set(account.name.toLowerCase(), media);
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
  return state;
}

export const storageId = (groupId: string, name: string): string =>
  `${groupId}/providers/Microsoft.Storage/storageAccounts/${name}`;

export const mediaId = ({ groupId, name }: Pick<Resource, 'groupId' | 'name'>): string =>
  `${groupId}/providers/Microsoft.Media/mediaservices/${name}`;

/** Whether the principal may use the REST API of the account: by a role on it or on what it is in. */
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
