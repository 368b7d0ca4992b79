/** Scene 2: what the account holds, one entity set after the other. */
import { redactUrl } from 'ams-rest';
import type { Stage } from './stage';

const SETS: readonly [entitySet: string, columns: readonly string[]][] = [
  ['MediaProcessors', ['Id', 'Name', 'Vendor', 'Version']],
  ['Locators', ['Id', 'AssetId', 'Type', 'Path']],
  ['StreamingEndpoints', ['Id', 'Name', 'State', 'ScaleUnits', 'HostName']],
  ['Assets', ['Id', 'Name']],
  ['AccessPolicies', ['Id', 'Name']],
  ['Channels', ['Id', 'Name', 'State']],
  ['Programs', ['Id', 'Name', 'State']],
];

export async function listEverything({ ams, report, signal }: Stage): Promise<void> {
  for (const [entitySet, columns] of SETS) {
    const entities = await report.step(
      `List ${entitySet}`,
      async () => {
        const all: Record<string, unknown>[] = [];
        for await (const entity of ams.list(entitySet, { signal })) all.push(entity);
        return all;
      },
      (all) => `${all.length} found`,
    );
    report.table(
      columns,
      entities.map((entity) => columns.map((column) => show(column, entity[column]))),
    );
  }
}

/** A locator's path carries its own permission, so its signature is not shown. */
function show(column: string, value: unknown): string {
  if (typeof value !== 'string') return value === null || value === undefined ? '' : JSON.stringify(value);
  return column === 'Path' ? redactUrl(value) : value;
}
