/** The properties of an entity that a table shows, and how. */
import { redactUrl } from 'ams-rest';

/** The most useful columns first; of other sets the first five with a simple value are shown. */
export const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  MediaProcessors: ['Id', 'Name', 'Vendor', 'Version'],
  Locators: ['Id', 'AssetId', 'Type', 'Path'],
  StreamingEndpoints: ['Id', 'Name', 'State', 'ScaleUnits', 'HostName'],
  Assets: ['Id', 'Name', 'Created'],
  Files: ['Id', 'Name', 'ContentFileSize', 'ParentAssetId'],
  AccessPolicies: ['Id', 'Name', 'DurationInMinutes', 'Permissions'],
  Jobs: ['Id', 'Name', 'State', 'Created'],
  Channels: ['Id', 'Name', 'State'],
  Programs: ['Id', 'Name', 'State'],
};

export const JOB_STATES = [
  'Queued',
  'Scheduled',
  'Processing',
  'Finished',
  'Error',
  'Canceled',
  'Canceling',
] as const;

/** A value for people. A locator's path includes a signature, which is shown in JSON only. */
export function showValue(entitySet: string, column: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (entitySet.toLowerCase() === 'jobs' && column === 'State' && typeof value === 'number')
    return JOB_STATES[value] ?? String(value);
  if (typeof value !== 'string') return JSON.stringify(value);
  return column === 'Path' ? redactUrl(value) : isoDate(value);
}

/** Dates of verbose OData, `/Date(1795415570000)/`, in ISO 8601. */
function isoDate(text: string): string {
  const milliseconds = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/.exec(text)?.[1];
  const date = new Date(Number(milliseconds));
  if (milliseconds === undefined || Number.isNaN(date.getTime())) return text;
  return date.toISOString().replace('.000Z', 'Z');
}
