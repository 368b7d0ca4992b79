import type { Account } from '../account';
import { sortMembers, type EntityBody } from '../media/body';
import { badRequest } from '../media/errors';
import { linked, text } from '../media/rows';
import { entitySet, type Row } from '../model';
import { templateTasks } from './job-templates';
import { parseTaskBody, type TaskAssets } from './task-body';

const tasksPerJob = 30;
const assetsPerTask = 50;

/** A task of a job that is being created. */
export interface TaskDraft {
  readonly values: Row;
  readonly assets: TaskAssets;
  readonly processor: Row;
  /** Tasks of one level run side by side; a task that needs another's output is one level above it. */
  readonly level: number;
}

/** The tasks of a new job, written out in its body or made from its template. Throws 400 and 404. */
export function readTasks(account: Account, job: Row, body: EntityBody, inputCount: number): TaskDraft[] {
  const template = text(job, 'TemplateId');
  const tasks = template === '' ? (body.inline['Tasks'] ?? []) : templateTasks(account, template);
  if (tasks.length === 0) throw badRequest("The required property 'Tasks' is missing.");
  if (tasks.length > tasksPerJob) throw badRequest(`A job cannot have more than ${tasksPerJob} tasks.`);
  const madeAt = new Map<number, number>();
  return tasks.map((raw) => {
    const { values } = sortMembers(entitySet('Tasks'), raw);
    for (const name of ['MediaProcessorId', 'TaskBody']) {
      if ((values[name] ?? null) === null) throw badRequest(`The required property '${name}' is missing.`);
    }
    const assets = parseTaskBody(text(values, 'TaskBody'));
    if (assets.inputs.length + assets.outputs.length > assetsPerTask) {
      throw badRequest(`A task cannot have more than ${assetsPerTask} assets.`);
    }
    const level = levelOf(assets, inputCount, madeAt);
    for (const { index } of assets.outputs) {
      if (madeAt.has(index))
        throw badRequest(`JobOutputAsset(${index}) is the output of more than one task.`);
      madeAt.set(index, level);
    }
    return {
      values,
      assets,
      processor: linked(account, 'MediaProcessors', text(values, 'MediaProcessorId')),
      level,
    };
  });
}

/** One more than the highest level that the task waits for. */
function levelOf({ inputs }: TaskAssets, inputCount: number, madeAt: ReadonlyMap<number, number>): number {
  let level = 0;
  for (const { from, index } of inputs) {
    if (from === 'input') {
      if (index >= inputCount) throw badRequest(`JobInputAsset(${index}) does not exist.`);
      continue;
    }
    const maker = madeAt.get(index);
    if (maker === undefined)
      throw badRequest(`JobOutputAsset(${index}) is not the output of an earlier task.`);
    level = Math.max(level, maker + 1);
  }
  return level;
}
