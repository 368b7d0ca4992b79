/** Scene 2: the entities of the account, one set after the other. */
import { COLUMNS, showValue } from '../output/columns';
import { all, type Stage } from './stage';

const SETS = [
  'MediaProcessors',
  'Locators',
  'StreamingEndpoints',
  'Assets',
  'AccessPolicies',
  'Channels',
  'Programs',
];

export async function listEverything(stage: Stage): Promise<void> {
  const { report, signal } = stage;
  for (const entitySet of SETS) {
    const entities = await report.step(
      `List ${entitySet}`,
      () => all<Record<string, unknown>>(stage, entitySet, { signal }),
      (found) => `${found.length} found`,
    );
    const columns = COLUMNS[entitySet] ?? ['Id', 'Name'];
    report.table(
      columns,
      entities.map((entity) => columns.map((column) => showValue(entitySet, column, entity[column]))),
    );
  }
}
