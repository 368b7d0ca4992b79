/** Where things are in Resource Manager, and how its regions are compared. */
import { armPath } from './arm-client';

/** Which resource group. */
export interface GroupName {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** Which resource of a resource group. */
export interface ResourceName extends GroupName {
  readonly name: string;
}

/** The id of a resource group; Resource Manager compares it without regard to case. */
export function groupId({ subscriptionId, resourceGroup }: GroupName): string {
  return armPath('subscriptions', subscriptionId, 'resourceGroups', resourceGroup);
}

/** The id of a storage account. */
export function storageAccountId(account: ResourceName): string {
  return groupId(account) + armPath('providers', 'Microsoft.Storage', 'storageAccounts', account.name);
}

/** The id of a Media Services account. */
export function mediaAccountId(account: ResourceName): string {
  return groupId(account) + armPath('providers', 'Microsoft.Media', 'mediaservices', account.name);
}

/** What `checkNameAvailability` answers. */
export interface NameAvailability {
  readonly nameAvailable: boolean;
  /** `AlreadyExists`, `AccountNameInvalid` (storage) or `Invalid` (media). */
  readonly reason?: string;
  readonly message?: string;
}

/** What every call to Resource Manager here takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}
