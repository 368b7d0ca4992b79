/** Prerequisites of an account: a resource group, a registered provider, a region, roles. */
import { bodyOf, type RestResponse } from '../rest/rest-client';
import { armPath, type ArmClient } from './arm-client';
import { pollUntil, type ArmWaitOptions } from './long-running';
import { REPEATABLE, resourceGroupId, type ArmCallOptions, type ResourceGroupName } from './names';

const apiVersion = '2021-04-01';

/** Ids of roles, the same in every tenant ("Azure built-in roles"). */
export const BUILT_IN_ROLES = {
  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  Owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  StorageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
} as const;

/** A resource provider, such as Microsoft.Media, in a subscription. */
export interface ResourceProvider {
  readonly namespace: string;
  readonly registrationState: string;
  readonly resourceTypes: readonly {
    readonly resourceType: string;
    readonly locations: readonly string[];
    readonly apiVersions: readonly string[];
  }[];
}

/** A role assignment. */
export interface RoleAssignment {
  readonly id: string;
  readonly name: string;
  readonly properties: {
    readonly roleDefinitionId: string;
    readonly principalId: string;
    readonly scope: string;
  };
}

/** Creates a resource group, unless it exists. */
export async function createResourceGroup(
  arm: ArmClient,
  group: ResourceGroupName,
  location: string,
  options: ArmWaitOptions = {},
): Promise<void> {
  await arm.complete('PUT', resourceGroupId(group), { ...options, apiVersion, body: { location } });
}

/** Returns a resource provider's resource types, and whether the subscription has registered it. */
export async function getProvider(
  arm: ArmClient,
  subscriptionId: string,
  namespace: string,
  { signal }: ArmCallOptions = {},
): Promise<ResourceProvider> {
  const path = armPath('subscriptions', subscriptionId, 'providers', namespace);
  return arm.json<ResourceProvider>('GET', path, { apiVersion, signal });
}

/** Registers a resource provider with the subscription, and waits; the first time takes minutes. */
export async function registerProvider(
  arm: ArmClient,
  subscriptionId: string,
  namespace: string,
  options: ArmWaitOptions = {},
): Promise<ResourceProvider> {
  const path = armPath('subscriptions', subscriptionId, 'providers', namespace);
  const request = { apiVersion, signal: options.signal };
  const registered = ({ body }: RestResponse<ResourceProvider>) => body?.registrationState === 'Registered';
  const answer = await arm.request<ResourceProvider>('POST', `${path}/register`, {
    ...request,
    ...REPEATABLE,
  });
  const look = () => arm.request<ResourceProvider>('GET', path, request);
  const last = registered(answer) ? answer : await pollUntil(registered, answer, look, path, options);
  return bodyOf({ method: 'GET', url: path }, last);
}

/** Returns the regions where Media Services accounts can be created. */
export async function listMediaRegions(
  arm: ArmClient,
  subscriptionId: string,
  options: ArmCallOptions = {},
): Promise<readonly string[]> {
  const { resourceTypes } = await getProvider(arm, subscriptionId, 'Microsoft.Media', options);
  const type = resourceTypes.find(({ resourceType }) => resourceType.toLowerCase() === 'mediaservices');
  return type?.locations ?? [];
}

/** A role assignment to create. */
export interface RoleGrant {
  /** The service principal's object id, which is not its application (client) id. */
  readonly principalId: string;
  /** Default: Contributor, which the Media Services REST API requires. */
  readonly roleId?: string;
  /** The assignment's id; a request with the same id changes nothing. Default: a new one. */
  readonly assignmentId?: string;
}

/**
 * Assigns a role on a resource to a service principal. It can take ten minutes to work.
 *
 * @param scope The id of the resource, group or subscription.
 * @throws ArmError, such as 409 RoleAssignmentExists.
 */
export async function assignRole(
  arm: ArmClient,
  scope: string,
  { principalId, roleId = BUILT_IN_ROLES.Contributor, assignmentId = crypto.randomUUID() }: RoleGrant,
  { signal }: ArmCallOptions = {},
): Promise<RoleAssignment> {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0];
  if (subscription === undefined) throw new TypeError('the scope must be below a subscription');
  const properties = {
    roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
    principalId,
    // With it the assignment succeeds before a new principal is replicated.
    principalType: 'ServicePrincipal',
  };
  const path = scope + armPath('providers', 'Microsoft.Authorization', 'roleAssignments', assignmentId);
  const request = { apiVersion: '2022-04-01', body: { properties }, signal };
  return arm.json<RoleAssignment>('PUT', path, request);
}
