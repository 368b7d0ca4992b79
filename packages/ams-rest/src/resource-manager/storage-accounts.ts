/** Storage accounts by Resource Manager, `Microsoft.Storage` 2019-06-01. */
import { armPath, type ArmClient } from './arm-client';
import type { ArmWaitOptions } from './long-running';
import {
  readNameAvailability,
  REPEATABLE,
  storageAccountId,
  type ArmCallOptions,
  type NameAvailability,
  type ResourceName,
} from './names';

const apiVersion = '2019-06-01';

/** A storage account in Resource Manager. */
export interface StorageAccount {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly kind: string;
  readonly sku: { readonly name: string; readonly tier?: string };
  readonly tags?: Readonly<Record<string, string>> | null;
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

/** A storage account to create. */
export interface NewStorageAccount {
  /** For example `westus`. */
  readonly location: string;
  /** Default `Standard_LRS`; `Standard_GRS` is geo-replicated. Media Services needs a Standard SKU. */
  readonly sku?: string;
  /** Default `StorageV2`. */
  readonly kind?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** More wire properties, such as `allowBlobPublicAccess`. HTTPS only and TLS 1.2 are set by default. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** One of the two keys of a storage account. */
export interface StorageAccountKey {
  readonly keyName: string;
  /** Base64. A secret. */
  readonly value: string;
  readonly permissions: string;
}

/** Checks whether a name is valid (3 to 24 lower case letters and digits) and globally available. */
export async function checkStorageAccountName(
  arm: ArmClient,
  subscriptionId: string,
  name: string,
  { signal }: ArmCallOptions = {},
): Promise<NameAvailability> {
  const path = armPath(
    'subscriptions',
    subscriptionId,
    'providers',
    'Microsoft.Storage',
    'checkNameAvailability',
  );
  const body = { name, type: 'Microsoft.Storage/storageAccounts' };
  return readNameAvailability(
    path,
    await arm.request('POST', path, { apiVersion, body, signal, ...REPEATABLE }),
  );
}

/** Creates a storage account, or updates it, and waits until it is ready. */
export async function createStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  { location, sku = 'Standard_LRS', kind = 'StorageV2', tags, properties }: NewStorageAccount,
  options: ArmWaitOptions = {},
): Promise<StorageAccount> {
  const body = {
    sku: { name: sku },
    kind,
    location,
    ...(tags && { tags }),
    properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2', ...properties },
  };
  const request = { ...options, apiVersion, body };
  return arm.completeJson<StorageAccount>('PUT', storageAccountId(account), request);
}

/** Returns the account's properties, including endpoints. @throws ArmError with 404 when there is none. */
export async function getStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: ArmCallOptions = {},
): Promise<StorageAccount> {
  return arm.json<StorageAccount>('GET', storageAccountId(account), { apiVersion, signal });
}

/** Deletes the account and its data. Returns true if it existed. */
export async function deleteStorageAccount(
  arm: ArmClient,
  account: ResourceName,
  { signal }: ArmCallOptions = {},
): Promise<boolean> {
  const { status, answerLost } = await arm.request('DELETE', storageAccountId(account), {
    apiVersion,
    signal,
  });
  return status !== 204 || answerLost === true;
}

/** Returns both keys of the account. */
export async function listStorageAccountKeys(
  arm: ArmClient,
  account: ResourceName,
  { signal }: ArmCallOptions = {},
): Promise<readonly StorageAccountKey[]> {
  const path = `${storageAccountId(account)}/listKeys`;
  return (await arm.json<{ keys: StorageAccountKey[] }>('POST', path, { apiVersion, signal, ...REPEATABLE }))
    .keys;
}

/** Replaces one key, and returns both. The old key and every SAS signed with it stop working immediately. */
export async function regenerateStorageAccountKey(
  arm: ArmClient,
  account: ResourceName,
  keyName: 'key1' | 'key2',
  { signal }: ArmCallOptions = {},
): Promise<readonly StorageAccountKey[]> {
  const path = `${storageAccountId(account)}/regenerateKey`;
  const request = { apiVersion, body: { keyName }, signal };
  return (await arm.json<{ keys: StorageAccountKey[] }>('POST', path, request)).keys;
}
