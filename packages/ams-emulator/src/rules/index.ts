import type { Rules } from '../media/set-rules';
import { assetRules, fileRules } from './assets';
import { assetFilterRules, filterRules } from './filters';
import { serviceFunctions } from './functions';
import { ingestAssetRules, ingestFileRules, ingestManifestRules, takeUploads } from './ingest';
import { jobTemplateRules } from './job-templates';
import { channelRules, operationRules, programRules, streamingEndpointRules } from './live';
import { jobRules, taskRules } from './jobs';
import { accessPolicyRules, locatorRules } from './locators';
import { notificationEndPointRules } from './notifications';
import { authorizationOptionRules, contentKeyRules, deliveryPolicyRules } from './protection';
import { monitoringRules, reservedUnitRules } from './settings';

// The sets that show the progress of a bulk upload.
const ingested = { beforeRead: takeUploads };

const sets: Rules['sets'] = {
  AccessPolicies: accessPolicyRules,
  AssetDeliveryPolicies: deliveryPolicyRules,
  AssetFilters: assetFilterRules,
  Assets: { ...assetRules, ...ingested },
  Channels: channelRules,
  ContentKeyAuthorizationPolicyOptions: authorizationOptionRules,
  ContentKeys: contentKeyRules,
  EncodingReservedUnitTypes: reservedUnitRules,
  Files: { ...fileRules, ...ingested },
  Filters: filterRules,
  IngestManifestAssets: { ...ingestAssetRules, ...ingested },
  IngestManifestFiles: { ...ingestFileRules, ...ingested },
  IngestManifests: { ...ingestManifestRules, ...ingested },
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

/** The behaviour of all entity sets and functions, as the service is given it. */
export const rules: Rules = { sets, functions: serviceFunctions };
