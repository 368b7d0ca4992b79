import { complexTypes } from './complex-types';
import { encoding } from './encoding';
import { itemType, type EntitySet } from './edm';
import { live } from './live';
import { onDemand } from './on-demand';
import { protection } from './protection';

export { complexTypes };
export * from './edm';

// The order in which the service document of version 2.13 named its sets.
const order =
  'AccessPolicies Locators ContentKeys ContentKeyAuthorizationPolicyOptions ContentKeyAuthorizationPolicies Files ' +
  'Assets AssetDeliveryPolicies IngestManifestFiles IngestManifestAssets IngestManifests StorageAccounts Tasks ' +
  'NotificationEndPoints Jobs TaskTemplates JobTemplates MediaProcessors EncodingReservedUnitTypes Operations ' +
  'StreamingEndpoints Channels Programs AssetFilters Filters MonitoringConfigurations';

const rows = [...onDemand, ...protection, ...encoding, ...live];

/** Every entity set of the service, in the order of its service document. */
export const entitySets: readonly EntitySet[] = order.split(' ').map((name) => {
  const set = rows.find((candidate) => candidate.name === name);
  if (set === undefined) throw new Error(`No table row for the entity set ${name}`);
  return set;
});

const byName = new Map(entitySets.map((set) => [set.name.toLowerCase(), set]));

/** The entity set of that name in any letter case, as some clients write `NotificationEndpoints`. */
export function findSet(name: string): EntitySet | undefined {
  return byName.get(name.toLowerCase());
}

/** The entity set of exactly that name. Throws an internal error if the tables have none. */
export function entitySet(name: string): EntitySet {
  const set = findSet(name);
  if (set === undefined) throw new Error(`No entity set ${name}`);
  return set;
}

/** Namespace of entity and complex types, as in `__metadata.type`. */
export const typeNamespace = 'Microsoft.Cloud.Media.Vod.Rest.Data.Models';
/** Name of the entity container, as in the keys of `__metadata.actions`. */
export const container = 'WindowsAzureMediaServices';

/** Whether a payload of this set needs DataServiceVersion 3.0, because it has a collection at any depth. */
export function needsVersion3(set: EntitySet): boolean {
  const hasCollection = (type: string): boolean =>
    itemType(type) !== undefined ||
    Object.values(complexTypes[type] ?? {}).some((property) => hasCollection(property.type));
  return Object.values(set.properties).some((property) => hasCollection(property.type));
}
