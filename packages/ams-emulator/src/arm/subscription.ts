import { pathPattern, bodyOf, requiredText, tagsOf, type Answer, type Call, type Route } from './call';
import { ArmError } from './errors';
import type { ArmState } from './state';

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

/** The name of a region that may be written with spaces and capitals; throws 400 for one there is not. */
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
export function mustBeRegistered({ state, premises }: Call, namespace: string): void {
  if (registrationState(state, namespace, premises.clock.now()) === 'Registered') return;
  const message = `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
  const details = [{ code: 'MissingSubscriptionRegistration', target: namespace, message }];
  throw new ArmError(409, 'MissingSubscriptionRegistration', message, details);
}

function registrationState(state: ArmState, namespace: string, now: number): string {
  const readyAt = state.providers.get(namespace.toLowerCase());
  if (readyAt === undefined) return 'NotRegistered';
  return readyAt <= now ? 'Registered' : 'Registering';
}

/** The group in the path, which must exist. */
export function existingGroup({ state, names }: Call): { readonly id: string; readonly location: string } {
  const id = `/subscriptions/${state.subscriptionId}/resourceGroups/${names['group'] ?? ''}`;
  const group = state.groups.get(id.toLowerCase());
  if (group !== undefined) return group;
  throw new ArmError(
    404,
    'ResourceGroupNotFound',
    `Resource group '${names['group'] ?? ''}' could not be found.`,
  );
}

function provider({ state, premises, names }: Call): Answer {
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
      registrationState: registrationState(state, namespace, premises.clock.now()),
      resourceTypes: types.map((type) => ({ ...type, locations: locations.map(([, shown]) => shown) })),
    },
  };
}

function register(call: Call): Answer {
  const { state, premises, names } = call;
  const found = provider(call);
  const key = (names['namespace'] ?? '').toLowerCase();
  if (!state.providers.has(key))
    state.providers.set(key, premises.clock.now() + premises.operationDurationMs);
  return { ...found, ...provider(call) };
}

function groupBody(group: { id: string; name: string; location: string; tags: unknown }): unknown {
  const { id, name, location, tags } = group;
  const properties = { provisioningState: 'Succeeded' };
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
  const id = `/subscriptions/${state.subscriptionId}/resourceGroups/${name}`;
  const existing = state.groups.get(id.toLowerCase());
  if (existing !== undefined && existing.location !== location) {
    const text = `Invalid resource group location '${location}'. The Resource group already exists in location '${existing.location}'.`;
    throw new ArmError(409, 'InvalidResourceGroupLocation', text);
  }
  const group = { id: existing?.id ?? id, name: existing?.name ?? name, location, tags: tagsOf(body) };
  state.groups.set(id.toLowerCase(), group);
  return { status: existing === undefined ? 201 : 200, body: groupBody(group) };
}

const getGroup = (call: Call): Answer => {
  const { id } = existingGroup(call);
  const group = call.state.groups.get(id.toLowerCase());
  return { status: 200, body: group && groupBody(group) };
};

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
  route('GET', '/subscriptions/{subscription}/resourcegroups', ({ state }) => ({
    status: 200,
    body: { value: [...state.groups.values()].map(groupBody) },
  })),
  route('PUT', '/subscriptions/{subscription}/resourcegroups/{group}', putGroup),
  route('GET', '/subscriptions/{subscription}/resourcegroups/{group}', getGroup),
  route('HEAD', '/subscriptions/{subscription}/resourcegroups/{group}', (call) => {
    existingGroup(call);
    return { status: 204 };
  }),
];

function route(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: pathPattern(path), apiVersions: managementVersions, answer };
}
