/** Media Services accounts by Resource Manager, `Microsoft.Media` 2015-10-01: the version of the v2 REST API. */
import type { RestResponse } from '../rest/rest-client';
import { armPath, type ArmClient } from './arm-client';
import type { ArmWaitOptions } from './long-running';
import {
  resourceGroupId,
  mediaAccountId,
  readNameAvailability,
  REPEATABLE,
  storageAccountId,
  withCamelCase,
  type ArmCallOptions,
  type ResourceGroupName,
  type NameAvailability,
  type ResourceName,
} from './names';

const apiVersion = '2015-10-01';

/** The body in camelCase: this version's answers come in either spelling. */
function bodyOf({ body }: RestResponse): unknown {
  return withCamelCase(body);
}

/** A storage account of a Media Services account. */
export interface AttachedStorage {
  /** The storage account's id in Resource Manager. */
  readonly id: string;
  readonly isPrimary: boolean;
}

/** A Media Services account in Resource Manager. */
export interface MediaAccount {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  /** Null if the account never had tags. */
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly properties: {
    /** The URLs of the account's REST API. */
    readonly apiEndpoints: readonly { readonly endpoint: string; readonly majorVersion: string }[];
    readonly storageAccounts: readonly AttachedStorage[];
  };
}

/** A Media Services account to create. */
export interface NewMediaAccount {
  /** A region of `listMediaRegions`, with or without spaces. */
  readonly location: string;
  /** The primary storage account, which cannot be changed later. */
  readonly storageAccount: ResourceName;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Keys of the Access Control Service, which was switched off in 2018. */
export interface MediaAccountKeys {
  readonly primaryAuthEndpoint: string;
  readonly secondaryAuthEndpoint: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
  readonly scope: string;
}

/** Checks whether an account name is valid (3 to 24 lower case letters and digits) and available. */
export async function checkMediaAccountName(
  arm: ArmClient,
  subscriptionId: string,
  name: string,
  { signal }: ArmCallOptions = {},
): Promise<NameAvailability> {
  const path = armPath(
    'subscriptions',
    subscriptionId,
    'providers',
    'Microsoft.Media',
    'CheckNameAvailability',
  );
  const body = { name, type: 'mediaservices' };
  return readNameAvailability(
    path,
    await arm.request('POST', path, { apiVersion, body, signal, ...REPEATABLE }),
  );
}

/**
 * Creates a Media Services account on a storage account. The service reads the storage key itself.
 *
 * @throws ArmError, such as 409 MissingSubscriptionRegistration before `registerProvider`.
 */
export async function createMediaAccount(
  arm: ArmClient,
  account: ResourceName,
  { location, storageAccount, tags }: NewMediaAccount,
  options: ArmWaitOptions = {},
): Promise<MediaAccount> {
  const storageAccounts = [{ id: storageAccountId(storageAccount), isPrimary: true }];
  const body = { location, ...(tags && { tags }), properties: { storageAccounts } };
  const request = { ...options, apiVersion, body };
  return bodyOf(await arm.complete('PUT', mediaAccountId(account), request)) as MediaAccount;
}

/** Returns the account with its API endpoints and storage accounts. @throws ArmError with 404 when there is none. */
export async function getMediaAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: ArmCallOptions = {},
): Promise<MediaAccount> {
  return bodyOf(await arm.request('GET', mediaAccountId(account), { apiVersion, signal })) as MediaAccount;
}

/** Lists the accounts of a resource group. For a subscription see `listSubscriptionMediaAccounts`. */
export async function* listMediaAccounts(
  arm: ArmClient,
  group: ResourceGroupName,
  { signal }: ArmCallOptions = {},
): AsyncGenerator<MediaAccount, void> {
  const path = resourceGroupId(group) + armPath('providers', 'Microsoft.Media', 'mediaservices');
  for await (const account of arm.list(path, { apiVersion, signal }))
    yield withCamelCase(account) as MediaAccount;
}

/** Lists the accounts of a subscription in the format of 2018-07-01, which has no API endpoints. */
export function listSubscriptionMediaAccounts(
  arm: ArmClient,
  subscriptionId: string,
  { signal }: ArmCallOptions = {},
): AsyncGenerator<Pick<MediaAccount, 'id' | 'name' | 'location'>, void> {
  const path = armPath('subscriptions', subscriptionId, 'providers', 'Microsoft.Media', 'mediaservices');
  return arm.list(path, { apiVersion: '2018-07-01', signal });
}

/** Deletes the account but not its storage. Returns true if it existed. */
export async function deleteMediaAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: ArmCallOptions = {},
): Promise<boolean> {
  const { status, answerLost } = await arm.request('DELETE', mediaAccountId(account), { apiVersion, signal });
  return status !== 204 || answerLost === true;
}

/** Attaches a storage account, unless it is already attached. */
export async function attachStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  storageAccount: ResourceName,
  options: ArmWaitOptions = {},
): Promise<MediaAccount> {
  const current = await getMediaAccount(arm, account, options);
  const id = storageAccountId(storageAccount);
  const { storageAccounts } = current.properties;
  if (storageAccounts.some((attached) => attached.id.toLowerCase() === id.toLowerCase())) return current;
  // The service replaces the whole list.
  const properties = { storageAccounts: [...storageAccounts, { id, isPrimary: false }] };
  const request = { ...options, apiVersion, body: { properties } };
  return bodyOf(await arm.complete('PATCH', mediaAccountId(account), request)) as MediaAccount;
}

/** Makes Media Services read the storage account's keys again. Call it after regenerating one. */
export async function syncStorageKeys(
  arm: ArmClient,
  account: ResourceName,
  storageAccount: ResourceName,
  { signal }: ArmCallOptions = {},
): Promise<void> {
  const body = { id: storageAccountId(storageAccount) };
  await arm.request('POST', `${mediaAccountId(account)}/syncStorageKeys`, {
    apiVersion,
    body,
    signal,
    ...REPEATABLE,
  });
}

/** Returns the account's keys of the former Access Control Service. */
export async function listMediaAccountKeys(
  arm: ArmClient,
  account: ResourceName,
  { signal }: ArmCallOptions = {},
): Promise<MediaAccountKeys> {
  const path = `${mediaAccountId(account)}/listKeys`;
  return bodyOf(await arm.request('POST', path, { apiVersion, signal, ...REPEATABLE })) as MediaAccountKeys;
}

/** Replaces one of the account's keys, and returns the new one. */
export async function regenerateMediaAccountKey(
  arm: ArmClient,
  account: ResourceName,
  keyType: 'Primary' | 'Secondary',
  { signal }: ArmCallOptions = {},
): Promise<string> {
  const path = `${mediaAccountId(account)}/regenerateKey`;
  const request = { apiVersion, body: { keyType }, signal };
  return (bodyOf(await arm.request('POST', path, request)) as { key: string }).key;
}
