import { pathPattern, bodyOf, requiredText, tagsOf, type Answer, type Call, type Route } from './call';
import { ArmError } from './errors';
import { emptyGroup, type ArmState, type ResourceGroup } from './state';

/** Name on the wire and as shown. Only regions that had Media Services. */
export const locations: readonly (readonly [name: string, displayName: string])[] = [
  ['westus', 'West US'],
  ['eastus', 'East US'],
  ['northeurope', 'North Europe'],
  ['westeurope', 'West Europe'],
  ['southeastasia', 'Southeast Asia'],
  ['japaneast', 'Japan East'],
  ['brazilsouth', 'Brazil South'],
];

/** The name of a region, which may be written with spaces and capitals. Throws 400 for an unknown region. */
export function knownLocation(text: string): string {
  const wanted = text.replaceAll(' ', '').toLowerCase();
  if (locations.some(([name]) => name === wanted)) return wanted;
  const known = locations.map(([name]) => name).join(',');
  throw new ArmError(
    400,
    'LocationNotAvailableForResourceType',
    `The provided location '${text}' is not available for resource type. List of available regions for the resource type is '${known}'.`,
  );
}

interface ProviderType {
  readonly resourceType: string;
  readonly apiVersions: readonly string[];
}

export const mediaVersions = ['2018-07-01', '2015-10-01'] as const;
export const storageVersions = ['2023-01-01', '2021-09-01', '2019-06-01', '2018-07-01'] as const;

const providers: readonly { readonly namespace: string; readonly types: readonly ProviderType[] }[] = [
  {
    namespace: 'Microsoft.Media',
    types: [
      { resourceType: 'mediaservices', apiVersions: mediaVersions },
      { resourceType: 'checknameavailability', apiVersions: mediaVersions },
    ],
  },
  {
    namespace: 'Microsoft.Storage',
    types: [
      { resourceType: 'storageAccounts', apiVersions: storageVersions },
      { resourceType: 'checkNameAvailability', apiVersions: storageVersions },
    ],
  },
];

const managementVersions = ['2021-04-01', '2022-09-01', '2022-12-01'];

/** Throws 409 as for a subscription that has not registered the resource provider. */
export function mustBeRegistered({ state, dependencies }: Call, namespace: string): void {
  if (registrationState(state, namespace, dependencies.clock.now()) === 'Registered') return;
  const message = `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
  const details = [{ code: 'MissingSubscriptionRegistration', target: namespace, message }];
  throw new ArmError(409, 'MissingSubscriptionRegistration', message, details);
}

function registrationState(state: ArmState, namespace: string, now: number): string {
  const readyAt = state.providers.get(namespace.toLowerCase());
  if (readyAt === undefined) return 'NotRegistered';
  return readyAt <= now ? 'Registered' : 'Registering';
}

const groupId = (state: ArmState, name: string): string =>
  `/subscriptions/${state.subscriptionId}/resourceGroups/${name}`;

/** The group of that name, if it exists now. */
function findGroup({ state, dependencies }: Call, name: string): ResourceGroup | undefined {
  const group = state.groups.get(groupId(state, name).toLowerCase());
  return group?.goneAt !== undefined && group.goneAt <= dependencies.clock.now() ? undefined : group;
}

/** The group in the path. Throws 404 if it does not exist, 409 when creating a resource in a group being deleted. */
export function existingGroup(call: Call): ResourceGroup {
  const name = call.names['group'] ?? '';
  const group = findGroup(call, name);
  if (group === undefined)
    throw new ArmError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);
  if (group.goneAt !== undefined && call.request.method === 'PUT') throw beingDeleted(name);
  return group;
}

const beingDeleted = (name: string): ArmError =>
  new ArmError(
    409,
    'ResourceGroupBeingDeleted',
    `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
  );

function provider({ state, dependencies, names }: Call): Answer {
  const known = providers.find(
    ({ namespace }) => namespace.toLowerCase() === names['namespace']?.toLowerCase(),
  );
  if (known === undefined) {
    const text = `The resource namespace '${names['namespace'] ?? ''}' is invalid.`;
    throw new ArmError(404, 'InvalidResourceNamespace', text);
  }
  const { namespace, types } = known;
  return {
    status: 200,
    body: {
      id: `/subscriptions/${state.subscriptionId}/providers/${namespace}`,
      namespace,
      registrationPolicy: 'RegistrationRequired',
      registrationState: registrationState(state, namespace, dependencies.clock.now()),
      resourceTypes: types.map((type) => ({ ...type, locations: locations.map(([, shown]) => shown) })),
    },
  };
}

function register(call: Call): Answer {
  const { state, dependencies, names } = call;
  const found = provider(call);
  const key = (names['namespace'] ?? '').toLowerCase();
  if (!state.providers.has(key))
    state.providers.set(key, dependencies.clock.now() + dependencies.operationDurationMs);
  return { ...found, ...provider(call) };
}

function groupBody({ id, name, location, tags, goneAt }: ResourceGroup): unknown {
  const properties = { provisioningState: goneAt === undefined ? 'Succeeded' : 'Deleting' };
  return { id, name, type: 'Microsoft.Resources/resourceGroups', location, tags, properties };
}

function putGroup(call: Call): Answer {
  const { state, names } = call;
  const name = names['group'] ?? '';
  if (!/^[-\w.()]{1,89}[-\w()]$|^[-\w()]$/.test(name))
    throw new ArmError(
      400,
      'InvalidResourceGroup',
      `The provided resource group name '${name}' has these invalid characters.`,
    );
  const body = bodyOf(call);
  const location = knownLocation(requiredText(body, 'location'));
  const id = groupId(state, name);
  const existing = findGroup(call, name);
  if (existing?.goneAt !== undefined) throw beingDeleted(name);
  if (existing !== undefined && existing.location !== location) {
    const text = `Invalid resource group location '${location}'. The Resource group already exists in location '${existing.location}'.`;
    throw new ArmError(409, 'InvalidResourceGroupLocation', text);
  }
  const group = { id: existing?.id ?? id, name: existing?.name ?? name, location, tags: tagsOf(body) };
  state.groups.set(id.toLowerCase(), group);
  return { status: existing === undefined ? 201 : 200, body: groupBody(group) };
}

/** Deletes a group and its resources: the resources immediately, the group after the operation's duration. */
function deleteGroup(call: Call): Answer {
  const { state, dependencies } = call;
  const group = existingGroup(call);
  if (group.goneAt === undefined) {
    emptyGroup(dependencies, state, group.id);
    const goneAt = dependencies.clock.now() + dependencies.operationDurationMs;
    state.groups.set(group.id.toLowerCase(), { ...group, goneAt });
  }
  return { status: 202, headers: pollHeaders(call, group.name) };
}

function pollHeaders({ dependencies, state, apiVersion }: Call, group: string): Record<string, string> {
  const operation = Buffer.from(group).toString('base64url');
  const path = `/subscriptions/${state.subscriptionId}/operationresults/${operation}`;
  return {
    Location: `${dependencies.url}${path}?api-version=${apiVersion}`,
    'Retry-After': String(Math.ceil(dependencies.operationDurationMs / 1000)),
  };
}

/** Reports the deletion of a group: 202 until it has ended, then 200. */
function pollDeletion(call: Call): Answer {
  const name = Buffer.from(call.names['operation'] ?? '', 'base64url').toString();
  if (!call.state.groups.has(groupId(call.state, name).toLowerCase()))
    throw new ArmError(404, 'NotFound', 'The operation was not found.');
  const isUnderWay = findGroup(call, name)?.goneAt !== undefined;
  return isUnderWay ? { status: 202, headers: pollHeaders(call, name) } : { status: 200 };
}

export const subscriptionRoutes: readonly Route[] = [
  route('GET', '/subscriptions/{subscription}/providers/{namespace}', provider),
  route('POST', '/subscriptions/{subscription}/providers/{namespace}/register', register),
  route('GET', '/subscriptions/{subscription}/locations', ({ state }) => ({
    status: 200,
    body: {
      value: locations.map(([name, displayName]) => ({
        id: `/subscriptions/${state.subscriptionId}/locations/${name}`,
        name,
        displayName,
      })),
    },
  })),
  route('GET', '/subscriptions/{subscription}/resourcegroups', (call) => ({
    status: 200,
    body: {
      value: [...call.state.groups.values()].filter(({ name }) => findGroup(call, name)).map(groupBody),
    },
  })),
  route('PUT', '/subscriptions/{subscription}/resourcegroups/{group}', putGroup),
  route('GET', '/subscriptions/{subscription}/resourcegroups/{group}', (call) => ({
    status: 200,
    body: groupBody(existingGroup(call)),
  })),
  route('DELETE', '/subscriptions/{subscription}/resourcegroups/{group}', deleteGroup),
  route('GET', '/subscriptions/{subscription}/operationresults/{operation}', pollDeletion),
  route('HEAD', '/subscriptions/{subscription}/resourcegroups/{group}', (call) => {
    existingGroup(call);
    return { status: 204 };
  }),
];

function route(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: pathPattern(path), apiVersions: managementVersions, answer };
}
