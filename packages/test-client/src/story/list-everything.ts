/** Scene 2: what the account holds, one entity set after the other. */
import { COLUMNS, showValue } from '../output/columns';
import type { Stage } from './stage';

const SETS = [
  'MediaProcessors',
  'Locators',
  'StreamingEndpoints',
  'Assets',
  'AccessPolicies',
  'Channels',
  'Programs',
];

export async function listEverything({ ams, report, signal }: Stage): Promise<void> {
  for (const entitySet of SETS) {
    const entities = await report.step(
      `List ${entitySet}`,
      async () => {
        const all: Record<string, unknown>[] = [];
        for await (const entity of ams.list(entitySet, { signal })) all.push(entity);
        return all;
      },
      (all) => `${all.length} found`,
    );
    const columns = COLUMNS[entitySet] ?? ['Id', 'Name'];
    report.table(
      columns,
      entities.map((entity) => columns.map((column) => showValue(column, entity[column]))),
    );
  }
}
