/** Storage accounts by Resource Manager, `Microsoft.Storage` 2019-06-01. */
import { armPath, type ArmClient } from './arm-client';
import type { WaitOptions } from './long-running';
import { storageAccountId, type CallOptions, type NameAvailability, type ResourceName } from './names';

const apiVersion = '2019-06-01';

/** A storage account, as Resource Manager tells it. */
export interface StorageAccount {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly kind: string;
  readonly sku: { readonly name: string; readonly tier?: string };
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: {
    readonly provisioningState: string;
    /** Each ends in a slash. */
    readonly primaryEndpoints: Readonly<Record<'blob' | 'queue' | 'table' | 'file', string>>;
    readonly primaryLocation: string;
    readonly statusOfPrimary?: string;
    readonly secondaryLocation?: string;
    readonly creationTime?: string;
  };
}

/** What a new storage account is made of. */
export interface NewStorageAccount {
  /** E.g. `westus`. */
  readonly location: string;
  /** Default `Standard_LRS`; what used to be geo-replication is `Standard_GRS`. A Media Services account wants Standard. */
  readonly sku?: string;
  /** Default `StorageV2`. */
  readonly kind?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** More of the wire's own, such as `allowBlobPublicAccess`; https alone and TLS 1.2 are set. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** One of the two keys of a storage account. */
export interface StorageAccountKey {
  readonly keyName: string;
  /** Base64. A secret. */
  readonly value: string;
  readonly permissions: string;
}

/** Whether a storage account may be called so: 3 to 24 lower case letters and digits, unique in the world. */
export async function checkStorageAccountName(
  arm: ArmClient,
  subscriptionId: string,
  name: string,
  { signal }: CallOptions = {},
): Promise<NameAvailability> {
  const path = armPath(
    'subscriptions',
    subscriptionId,
    'providers',
    'Microsoft.Storage',
    'checkNameAvailability',
  );
  const body = { name, type: 'Microsoft.Storage/storageAccounts' };
  return (await arm.request<NameAvailability>('POST', path, { apiVersion, body, signal })).body;
}

/** Creates a storage account, or changes it to what is given, and waits until it is there. */
export async function createStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  { location, sku = 'Standard_LRS', kind = 'StorageV2', tags, properties }: NewStorageAccount,
  options: WaitOptions = {},
): Promise<StorageAccount> {
  const body = {
    sku: { name: sku },
    kind,
    location,
    ...(tags && { tags }),
    properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2', ...properties },
  };
  const request = { ...options, apiVersion, body };
  return (await arm.complete<StorageAccount>('PUT', storageAccountId(account), request)).body;
}

/** The account's properties, endpoints among them. @throws ArmError with 404 when there is none. */
export async function getStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: CallOptions = {},
): Promise<StorageAccount> {
  return (await arm.request<StorageAccount>('GET', storageAccountId(account), { apiVersion, signal })).body;
}

/** Deletes the account with everything in it; true when it was there. */
export async function deleteStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: CallOptions = {},
): Promise<boolean> {
  const { status } = await arm.request('DELETE', storageAccountId(account), { apiVersion, signal });
  return status !== 204;
}

/** Both keys of the account. */
export async function listStorageAccountKeys(
  arm: ArmClient,
  account: ResourceName,
  { signal }: CallOptions = {},
): Promise<readonly StorageAccountKey[]> {
  const path = `${storageAccountId(account)}/listKeys`;
  return (await arm.request<{ keys: StorageAccountKey[] }>('POST', path, { apiVersion, signal })).body.keys;
}

/** Replaces one key; the old one, and every SAS made with it, ends at once. Gives both keys as they are now. */
export async function regenerateStorageAccountKey(
  arm: ArmClient,
  account: ResourceName,
  keyName: 'key1' | 'key2',
  { signal }: CallOptions = {},
): Promise<readonly StorageAccountKey[]> {
  const path = `${storageAccountId(account)}/regenerateKey`;
  const request = { apiVersion, body: { keyName }, signal };
  return (await arm.request<{ keys: StorageAccountKey[] }>('POST', path, request)).body.keys;
}
