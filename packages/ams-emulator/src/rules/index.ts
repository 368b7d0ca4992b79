import type { Account } from '../account';
import type { EntitySet, Row } from '../model';
import { assetRules, fileRules } from './assets';
import { assetFilterRules, filterRules } from './filters';
import { ingestAssetRules, ingestFileRules, ingestManifestRules } from './ingest';
import { jobTemplateRules } from './job-templates';
import { channelRules, operationRules, programRules, streamingEndpointRules } from './live';
import { jobRules, taskRules } from './jobs';
import { accessPolicyRules, locatorRules } from './locators';
import { notificationEndPointRules } from './notifications';
import {
  assetContentKeys,
  authorizationOptionRules,
  contentKeyRules,
  deliveryPolicyRules,
} from './protection';
import type { SetRules } from './rules';
import { monitoringRules, reservedUnitRules } from './settings';

// A set without an entry does exactly what its table row says.
const rules: Readonly<Record<string, SetRules>> = {
  AccessPolicies: accessPolicyRules,
  AssetDeliveryPolicies: deliveryPolicyRules,
  AssetFilters: assetFilterRules,
  Assets: assetRules,
  Channels: channelRules,
  ContentKeyAuthorizationPolicyOptions: authorizationOptionRules,
  ContentKeys: contentKeyRules,
  EncodingReservedUnitTypes: reservedUnitRules,
  Files: fileRules,
  Filters: filterRules,
  IngestManifestAssets: ingestAssetRules,
  IngestManifestFiles: ingestFileRules,
  IngestManifests: ingestManifestRules,
  JobTemplates: jobTemplateRules,
  Jobs: jobRules,
  Locators: locatorRules,
  MonitoringConfigurations: monitoringRules,
  NotificationEndPoints: notificationEndPointRules,
  Operations: operationRules,
  Programs: programRules,
  StreamingEndpoints: streamingEndpointRules,
  Tasks: taskRules,
};

/** What the set does beyond its table row. */
export const rulesOf = (set: EntitySet): SetRules => rules[set.name] ?? {};

/** The functions behind the set's actions. */
export const actionsOf = (set: EntitySet): NonNullable<SetRules['actions']> => rulesOf(set).actions ?? {};

/** What to check before and do after a link of one navigation property changes. */
export interface LinkRule {
  readonly add?: (account: Account, row: Row, target: Row) => void;
  readonly removed?: (account: Account, key: string) => void;
}

const linkRules: Readonly<Record<string, LinkRule>> = { 'Assets/ContentKeys': assetContentKeys };

export const linkRuleOf = (set: EntitySet, navigation: string): LinkRule | undefined =>
  linkRules[`${set.name}/${navigation}`];

/** The row as it is now, undefined when it is gone by now. */
export function presentRow(account: Account, set: EntitySet, row: Row): Row | undefined {
  const { present } = rulesOf(set);
  return present === undefined ? row : present(account, row);
}

/** All rows of a set as they are now, in order of creation. */
export function presentRows(account: Account, set: EntitySet): readonly Row[] {
  const rows = account.store.rows(set.name);
  const { present } = rulesOf(set);
  if (present === undefined) return rows;
  return rows.map((row) => present(account, row)).filter((row) => row !== undefined);
}
