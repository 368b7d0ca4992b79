/** Which properties of an entity a table shows, and how. */
import { redactUrl } from 'ams-rest';

/** What a person wants to see first; other sets show whatever is short. */
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

/** A locator's path carries its own permission, so its signature is shown in JSON only. */
export function showValue(column: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return JSON.stringify(value);
  return column === 'Path' ? redactUrl(value) : value;
}
