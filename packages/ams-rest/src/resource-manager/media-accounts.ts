/** Media Services accounts by Resource Manager, `Microsoft.Media` 2015-10-01: the version of the v2 REST API. */
import { armPath, type ArmClient } from './arm-client';
import type { WaitOptions } from './long-running';
import { groupId, mediaAccountId, storageAccountId } from './names';
import type { CallOptions, GroupName, NameAvailability, ResourceName } from './names';

const apiVersion = '2015-10-01';

/** A storage account, as the Media Services account that uses it names it. */
export interface AttachedStorage {
  /** The storage account's id in Resource Manager. */
  readonly id: string;
  readonly isPrimary: boolean;
}

/** A Media Services account, as Resource Manager tells it. */
export interface MediaAccount {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: {
    /** Where the account's REST API is; `majorVersion` is text. */
    readonly apiEndpoints: readonly { readonly endpoint: string; readonly majorVersion: string }[];
    readonly storageAccounts: readonly AttachedStorage[];
  };
}

/** What a new Media Services account is made of. */
export interface NewMediaAccount {
  /** As `listMediaRegions` spells it, or without spaces. */
  readonly location: string;
  /** The primary storage account; it cannot be changed afterwards. */
  readonly storageAccount: ResourceName;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Keys of the Access Control Service, whose logins ended in 2018; only the call is left of it. */
export interface MediaAccountKeys {
  readonly primaryAuthEndpoint: string;
  readonly secondaryAuthEndpoint: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
  readonly scope: string;
}

/** Whether an account may be called so: 3 to 24 lower case letters and digits. */
export async function checkMediaAccountName(
  arm: ArmClient,
  subscriptionId: string,
  name: string,
  { signal }: CallOptions = {},
): Promise<NameAvailability> {
  const path = armPath(
    'subscriptions',
    subscriptionId,
    'providers',
    'Microsoft.Media',
    'CheckNameAvailability',
  );
  const body = { name, type: 'mediaservices' };
  return (await arm.request<NameAvailability>('POST', path, { apiVersion, body, signal })).body;
}

/**
 * Creates a Media Services account on a storage account; its key is not sent, the service reads it by its rights.
 *
 * @throws ArmError, such as 409 MissingSubscriptionRegistration before `registerProvider`.
 */
export async function createMediaAccount(
  arm: ArmClient,
  account: ResourceName,
  { location, storageAccount, tags }: NewMediaAccount,
  options: WaitOptions = {},
): Promise<MediaAccount> {
  const storageAccounts = [{ id: storageAccountId(storageAccount), isPrimary: true }];
  const body = { location, ...(tags && { tags }), properties: { storageAccounts } };
  const request = { ...options, apiVersion, body };
  return (await arm.complete<MediaAccount>('PUT', mediaAccountId(account), request)).body;
}

/** The account with its API endpoints and storage accounts. @throws ArmError with 404 when there is none. */
export async function getMediaAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: CallOptions = {},
): Promise<MediaAccount> {
  return (await arm.request<MediaAccount>('GET', mediaAccountId(account), { apiVersion, signal })).body;
}

/** The accounts of a resource group; this version has no list by subscription, see `listSubscriptionMediaAccounts`. */
export function listMediaAccounts(
  arm: ArmClient,
  group: GroupName,
  { signal }: CallOptions = {},
): AsyncGenerator<MediaAccount, void> {
  const path = groupId(group) + armPath('providers', 'Microsoft.Media', 'mediaservices');
  return arm.list<MediaAccount>(path, { apiVersion, signal });
}

/** The accounts of a subscription in the form of 2018-07-01, which has no API endpoints. */
export function listSubscriptionMediaAccounts(
  arm: ArmClient,
  subscriptionId: string,
  { signal }: CallOptions = {},
): AsyncGenerator<Pick<MediaAccount, 'id' | 'name' | 'location'>, void> {
  const path = armPath('subscriptions', subscriptionId, 'providers', 'Microsoft.Media', 'mediaservices');
  return arm.list(path, { apiVersion: '2018-07-01', signal });
}

/** Deletes the account, not its storage; true when it was there. */
export async function deleteMediaAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: CallOptions = {},
): Promise<boolean> {
  const { status } = await arm.request('DELETE', mediaAccountId(account), { apiVersion, signal });
  return status !== 204;
}

/** Attaches one more storage account; attached already, it is left as it is. It can never be detached. */
export async function attachStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  storageAccount: ResourceName,
  options: WaitOptions = {},
): Promise<MediaAccount> {
  const current = await getMediaAccount(arm, account, options);
  const id = storageAccountId(storageAccount);
  const { storageAccounts } = current.properties;
  if (storageAccounts.some((attached) => attached.id.toLowerCase() === id.toLowerCase())) return current;
  // The list is replaced as a whole.
  const properties = { storageAccounts: [...storageAccounts, { id, isPrimary: false }] };
  const request = { ...options, apiVersion, body: { properties } };
  return (await arm.complete<MediaAccount>('PATCH', mediaAccountId(account), request)).body;
}

/** Has Media Services read the storage account's keys again, to be called after one was regenerated. */
export async function syncStorageKeys(
  arm: ArmClient,
  account: ResourceName,
  storageAccount: ResourceName,
  { signal }: CallOptions = {},
): Promise<void> {
  const body = { id: storageAccountId(storageAccount) };
  await arm.request('POST', `${mediaAccountId(account)}/syncStorageKeys`, { apiVersion, body, signal });
}

/** The account's keys of the former Access Control Service. */
export async function listMediaAccountKeys(
  arm: ArmClient,
  account: ResourceName,
  { signal }: CallOptions = {},
): Promise<MediaAccountKeys> {
  const path = `${mediaAccountId(account)}/listKeys`;
  return (await arm.request<MediaAccountKeys>('POST', path, { apiVersion, signal })).body;
}

/** Replaces one of the account's keys and gives the new one. */
export async function regenerateMediaAccountKey(
  arm: ArmClient,
  account: ResourceName,
  keyType: 'Primary' | 'Secondary',
  { signal }: CallOptions = {},
): Promise<string> {
  const path = `${mediaAccountId(account)}/regenerateKey`;
  const request = { apiVersion, body: { keyType }, signal };
  return (await arm.request<{ key: string }>('POST', path, request)).body.key;
}
