/** Azure Resource Manager: any path of it, and the accounts, providers and roles that Media Services needs. */
export {
  ArmClient,
  armPath,
  remainingRequests,
  type ArmClientOptions,
  type ArmRequestOptions,
} from './arm-client';
export { ArmError, type ArmErrorDetail } from './arm-error';
export type { ArmWaitOptions } from './long-running';
export {
  mediaAccountId,
  resourceGroupId,
  storageAccountId,
  type ArmCallOptions,
  type NameAvailability,
  type ResourceGroupName,
  type ResourceName,
} from './names';
export {
  assignRole,
  BUILT_IN_ROLES,
  createResourceGroup,
  getProvider,
  listMediaRegions,
  registerProvider,
  type ResourceProvider,
  type RoleAssignment,
  type RoleGrant,
} from './subscriptions';
export {
  checkStorageAccountName,
  createStorageAccount,
  deleteStorageAccount,
  getStorageAccount,
  listStorageAccountKeys,
  regenerateStorageAccountKey,
  type NewStorageAccount,
  type StorageAccount,
  type StorageAccountKey,
} from './storage-accounts';
export {
  attachStorageAccount,
  checkMediaAccountName,
  createMediaAccount,
  deleteMediaAccount,
  getMediaAccount,
  listMediaAccountKeys,
  listMediaAccounts,
  listSubscriptionMediaAccounts,
  regenerateMediaAccountKey,
  syncStorageKeys,
  type AttachedStorage,
  type MediaAccount,
  type MediaAccountKeys,
  type NewMediaAccount,
} from './media-accounts';
