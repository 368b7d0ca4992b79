/** What accounts need around them: resource group, registered provider, regions, roles. */
import { sleep } from '../abort';
import { retryAfterMs } from '../retry';
import { armPath, type ArmClient } from './arm-client';
import type { WaitOptions } from './long-running';
import { groupId, type CallOptions, type GroupName } from './names';

const apiVersion = '2021-04-01';

/** Ids of roles, the same in every tenant ("Azure built-in roles"). */
export const BUILT_IN_ROLES = {
  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  Owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  StorageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
} as const;

/** A resource provider, such as Microsoft.Media, as a subscription knows it. */
export interface ResourceProvider {
  readonly namespace: string;
  readonly registrationState: string;
  readonly resourceTypes: readonly {
    readonly resourceType: string;
    readonly locations: readonly string[];
    readonly apiVersions: readonly string[];
  }[];
}

/** A role that somebody has. */
export interface RoleAssignment {
  readonly id: string;
  readonly name: string;
  readonly properties: {
    readonly roleDefinitionId: string;
    readonly principalId: string;
    readonly scope: string;
  };
}

/** Creates a resource group, or leaves it as it is when it is there already. */
export async function createResourceGroup(
  arm: ArmClient,
  group: GroupName,
  location: string,
  options: WaitOptions = {},
): Promise<void> {
  await arm.complete('PUT', groupId(group), { ...options, apiVersion, body: { location } });
}

/** What a resource provider such as `Microsoft.Media` offers, and whether the subscription has registered it. */
export async function getProvider(
  arm: ArmClient,
  subscriptionId: string,
  namespace: string,
  { signal }: CallOptions = {},
): Promise<ResourceProvider> {
  const path = armPath('subscriptions', subscriptionId, 'providers', namespace);
  return (await arm.request<ResourceProvider>('GET', path, { apiVersion, signal })).body;
}

/** Registers a resource provider with the subscription and waits until it is; that takes minutes the first time. */
export async function registerProvider(
  arm: ArmClient,
  subscriptionId: string,
  namespace: string,
  { pollIntervalMs = 5000, signal }: WaitOptions = {},
): Promise<ResourceProvider> {
  const path = armPath('subscriptions', subscriptionId, 'providers', namespace);
  const answer = await arm.request<ResourceProvider>('POST', `${path}/register`, { apiVersion, signal });
  let provider = answer.body;
  while (provider.registrationState !== 'Registered') {
    await sleep(retryAfterMs(answer.headers) ?? pollIntervalMs, signal);
    provider = await getProvider(arm, subscriptionId, namespace, { signal });
  }
  return provider;
}

/** The regions where Media Services accounts can be made. */
export async function listMediaRegions(
  arm: ArmClient,
  subscriptionId: string,
  options: CallOptions = {},
): Promise<readonly string[]> {
  const { resourceTypes } = await getProvider(arm, subscriptionId, 'Microsoft.Media', options);
  const type = resourceTypes.find(({ resourceType }) => resourceType.toLowerCase() === 'mediaservices');
  return type?.locations ?? [];
}

/** Who shall have which role. */
export interface RoleGrant {
  /** The service principal's object id, which is not its application (client) id. */
  readonly principalId: string;
  /** Default the role Contributor, which the Media Services REST API asks for. */
  readonly roleId?: string;
  /** The assignment's own id; the same again changes nothing. Default: a new one. */
  readonly assignmentId?: string;
}

/**
 * Gives a service principal a role on a resource; it can take ten minutes until the resource knows.
 *
 * @param scope The id of the resource, group or subscription.
 * @throws ArmError, such as 409 RoleAssignmentExists.
 */
export async function assignRole(
  arm: ArmClient,
  scope: string,
  { principalId, roleId = BUILT_IN_ROLES.Contributor, assignmentId = crypto.randomUUID() }: RoleGrant,
  { signal }: CallOptions = {},
): Promise<RoleAssignment> {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0];
  if (subscription === undefined) throw new TypeError('the scope must be below a subscription');
  const properties = {
    roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
    principalId,
    // Said so that a principal made a moment ago need not be known everywhere yet.
    principalType: 'ServicePrincipal',
  };
  const path = scope + armPath('providers', 'Microsoft.Authorization', 'roleAssignments', assignmentId);
  const request = { apiVersion: '2022-04-01', body: { properties }, signal };
  return (await arm.request<RoleAssignment>('PUT', path, request)).body;
}
