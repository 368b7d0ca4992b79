/** Resource ids, and differences in spelling between answers of Resource Manager. */
import { ProtocolError } from '../http/errors';
import { isObject } from '../http/messages';
import type { RestResponse } from '../rest/rest-client';
import { armPath } from './arm-client';

/** For a POST that only reads, or changes nothing when sent again. */
export const REPEATABLE = { retry: { repeatable: true } } as const;

/** A resource group. */
export interface ResourceGroupName {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** A resource of a resource group. */
export interface ResourceName extends ResourceGroupName {
  readonly name: string;
}

/** The id of a resource group, which is not case-sensitive. */
export function resourceGroupId({ subscriptionId, resourceGroup }: ResourceGroupName): string {
  return armPath('subscriptions', subscriptionId, 'resourceGroups', resourceGroup);
}

/** The id of a storage account. */
export function storageAccountId(account: ResourceName): string {
  return (
    resourceGroupId(account) + armPath('providers', 'Microsoft.Storage', 'storageAccounts', account.name)
  );
}

/** The id of a Media Services account. */
export function mediaAccountId(account: ResourceName): string {
  return resourceGroupId(account) + armPath('providers', 'Microsoft.Media', 'mediaservices', account.name);
}

/** Whether a resource name is available, and if not, why. */
export interface NameAvailability {
  readonly nameAvailable: boolean;
  /** `AlreadyExists`, `AccountNameInvalid` (storage) or `Invalid` (media); omitted if the service sends null. */
  readonly reason?: string;
  readonly message?: string;
}

/**
 * Reads the answer of `checkNameAvailability`, which Microsoft.Media 2015-10-01 spells `NameAvailable` and its
 * documentation `nameAvailable`.
 *
 * @throws ProtocolError when the answer has neither, so that it cannot pass for "taken".
 */
export function readNameAvailability(path: string, { status, body }: RestResponse): NameAvailability {
  const answer = withCamelCase(body);
  const { nameAvailable, reason, message } = isObject(answer) ? answer : {};
  if (typeof nameAvailable !== 'boolean')
    throw new ProtocolError({
      method: 'POST',
      url: path,
      status,
      reason: 'the answer does not say whether the name is available',
    });
  return {
    nameAvailable,
    ...(typeof reason === 'string' && { reason }),
    ...(typeof message === 'string' && { message }),
  };
}

/**
 * A copy of a JSON value with the first letter of every property name in lower case, except the names of tags.
 *
 * In recordings of 2016, Microsoft.Media 2015-10-01 answered its name check in PascalCase and everything else in camelCase.
 */
export function withCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withCamelCase);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const camelCase = name.charAt(0).toLowerCase() + name.slice(1);
      return [camelCase, camelCase === 'tags' ? inner : withCamelCase(inner)];
    }),
  );
}

/** Options of every call to Resource Manager in this folder. */
export interface ArmCallOptions {
  readonly signal?: AbortSignal | undefined;
}
