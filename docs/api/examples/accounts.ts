// Accounts
import {
  attachStorageAccount,
  checkMediaAccountName,
  checkStorageAccountName,
  createMediaAccount,
  createStorageAccount,
  deleteMediaAccount,
  deleteStorageAccount,
  getMediaAccount,
  getStorageAccount,
  listMediaAccountKeys,
  listMediaAccounts,
  listStorageAccountKeys,
  listSubscriptionMediaAccounts,
  regenerateMediaAccountKey,
  regenerateStorageAccountKey,
  syncStorageKeys,
  type ArmClient,
  type AttachedStorage,
  type ResourceGroupName,
  type MediaAccount,
  type MediaAccountKeys,
  type NameAvailability,
  type NewMediaAccount,
  type NewStorageAccount,
  type ResourceName,
  type StorageAccount,
  type StorageAccountKey,
} from 'ams-rest/resource-manager';

declare const arm: ArmClient;
declare const group: ResourceGroupName;
declare const filmstore: ResourceName; // a storage account
declare const films: ResourceName; // a Media Services account on it

{
  // #region checkStorageAccountName checkMediaAccountName NameAvailability
  const { subscriptionId } = group;
  const answer: NameAvailability = await checkStorageAccountName(arm, subscriptionId, 'My Store');
  if (!answer.nameAvailable) console.error(answer.message);
  const { nameAvailable } = await checkMediaAccountName(arm, subscriptionId, 'morefilms');
  // #endregion
}
{
  // #region createStorageAccount NewStorageAccount StorageAccount
  const wanted: NewStorageAccount = { location: 'westus', sku: 'Standard_LRS' };
  const made: StorageAccount = await createStorageAccount(arm, { ...group, name: 'morestore' }, wanted);
  const blobEndpoint = made.properties.primaryEndpoints.blob;
  // #endregion
}
{
  // #region getStorageAccount deleteStorageAccount
  const { kind } = await getStorageAccount(arm, { ...group, name: 'morestore' });
  const wasThere = await deleteStorageAccount(arm, { ...group, name: 'morestore' });
  // #endregion
}
{
  // #region listStorageAccountKeys regenerateStorageAccountKey StorageAccountKey
  const keys: readonly StorageAccountKey[] = await listStorageAccountKeys(arm, filmstore);
  const first = keys.find(({ keyName }) => keyName === 'key1')?.value;
  const [, second] = await regenerateStorageAccountKey(arm, filmstore, 'key2');
  // #endregion
}
{
  // #region createMediaAccount NewMediaAccount MediaAccount
  const wanted: NewMediaAccount = { location: 'westus', storageAccount: filmstore };
  const made: MediaAccount = await createMediaAccount(arm, films, wanted);
  const [api] = made.properties.apiEndpoints;
  console.log(api?.endpoint); // for AmsClient
  // #endregion
}
{
  // #region getMediaAccount AttachedStorage
  const { properties } = await getMediaAccount(arm, films);
  const isPrimary = (storage: AttachedStorage) => storage.isPrimary;
  const primary = properties.storageAccounts.find(isPrimary);
  // #endregion
}
{
  // #region listMediaAccounts listSubscriptionMediaAccounts
  for await (const { name, properties } of listMediaAccounts(arm, group))
    console.log(name, properties.apiEndpoints);
  for await (const { name } of listSubscriptionMediaAccounts(arm, group.subscriptionId)) console.log(name);
  // #endregion
}
{
  // #region attachStorageAccount syncStorageKeys
  const { properties } = await attachStorageAccount(arm, films, filmstore);
  await regenerateStorageAccountKey(arm, filmstore, 'key1');
  await syncStorageKeys(arm, films, filmstore); // or Media Services would go on with the old key
  // #endregion
}
{
  // #region listMediaAccountKeys regenerateMediaAccountKey MediaAccountKeys
  const keys: MediaAccountKeys = await listMediaAccountKeys(arm, films);
  const primaryKey = await regenerateMediaAccountKey(arm, films, 'Primary');
  console.log(primaryKey === keys.primaryKey ? 'still the old one' : 'replaced');
  // #endregion
}
{
  // #region deleteMediaAccount
  const wasThere = await deleteMediaAccount(arm, films); // its storage account stays
  // #endregion
}
