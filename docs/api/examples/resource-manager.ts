// Resource Manager
import {
  ArmClient,
  ArmError,
  armPath,
  assignRole,
  BUILT_IN_ROLES,
  createResourceGroup,
  getProvider,
  resourceGroupId,
  listMediaRegions,
  mediaAccountId,
  registerProvider,
  remainingRequests,
  storageAccountId,
  type ArmClientOptions,
  type ArmErrorDetail,
  type ArmRequestOptions,
  type ArmWaitOptions,
  type ArmCallOptions,
  type ResourceGroupName,
  type ResourceName,
  type ResourceProvider,
  type RoleAssignment,
  type RoleGrant,
} from 'ams-rest/resource-manager';
import { type TokenCredential } from 'ams-rest';

declare const arm: ArmClient;
declare const credential: TokenCredential;
declare const subscriptionId: string;
declare const principalId: string; // the object id of a service principal, not its client id

{
  // #region ArmClient ArmClientOptions
  const options: ArmClientOptions = { credential };
  const arm = new ArmClient(options);
  const groups = arm.list<{ name: string }>(armPath('subscriptions', subscriptionId, 'resourceGroups'), {
    apiVersion: '2021-04-01',
  });
  for await (const { name } of groups) console.log(name);
  // #endregion
}
{
  // #region ArmRequestOptions
  const options: ArmRequestOptions = { apiVersion: '2021-04-01', query: { $top: 10 } };
  const path = armPath('subscriptions', subscriptionId, 'resourceGroups');
  const { body, headers } = await arm.request<{ value: unknown[] }>('GET', path, options);
  console.log(body?.value.length, remainingRequests(headers));
  // #endregion
}
{
  // #region armPath
  armPath('subscriptions', '1234', 'resourceGroups', 'my films'); // → '/subscriptions/1234/resourceGroups/my%20films'
  // #endregion
}
{
  // #region remainingRequests
  remainingRequests({ 'x-ms-ratelimit-remaining-subscription-writes': '199' }); // → { 'subscription-writes': 199 }
  // #endregion
}
{
  // #region ArmError ArmErrorDetail
  const reasons = ({ code, details }: ArmErrorDetail): string[] => [code, ...details.flatMap(reasons)];
  try {
    await getProvider(arm, subscriptionId, 'Contoso.Films');
  } catch (error) {
    if (!(error instanceof ArmError)) throw error;
    console.error(error.status, error.code, error.details.flatMap(reasons));
  }
  // #endregion
}
{
  // #region resourceGroupId storageAccountId mediaAccountId ResourceGroupName ResourceName
  const group: ResourceGroupName = { subscriptionId: '1234', resourceGroup: 'films' };
  const account: ResourceName = { ...group, name: 'filmstore' };
  resourceGroupId(group); // → '/subscriptions/1234/resourceGroups/films'
  storageAccountId(account).endsWith('/providers/Microsoft.Storage/storageAccounts/filmstore'); // → true
  mediaAccountId(account).endsWith('/providers/Microsoft.Media/mediaservices/filmstore'); // → true
  // #endregion
}
{
  // #region createResourceGroup registerProvider ArmWaitOptions
  const patience: ArmWaitOptions = { pollIntervalMs: 2000, signal: AbortSignal.timeout(600_000) };
  await createResourceGroup(arm, { subscriptionId, resourceGroup: 'films' }, 'westus', patience);
  await registerProvider(arm, subscriptionId, 'Microsoft.Media', patience); // takes minutes the first time
  // #endregion
}
{
  // #region getProvider listMediaRegions ResourceProvider ArmCallOptions
  const options: ArmCallOptions = { signal: AbortSignal.timeout(30_000) };
  const provider: ResourceProvider = await getProvider(arm, subscriptionId, 'Microsoft.Media', options);
  const regions = await listMediaRegions(arm, subscriptionId, options);
  console.log(provider.registrationState, regions);
  // #endregion
}
{
  // #region assignRole RoleGrant RoleAssignment BUILT_IN_ROLES
  const grant: RoleGrant = { principalId, roleId: BUILT_IN_ROLES.StorageBlobDataContributor };
  const scope = resourceGroupId({ subscriptionId, resourceGroup: 'films' });
  const assignment: RoleAssignment = await assignRole(arm, scope, grant);
  console.log(assignment.id);
  // #endregion
}
