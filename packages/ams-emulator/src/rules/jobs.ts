import type { Account } from '../account';
import { sortMembers, type EntityBody } from '../media/body';
import { badRequest } from '../media/errors';
import { withDefaults } from '../media/values';
import { entitySet, type Row } from '../model';
import { createAsset, filesOf } from './assets';
import { isBeforeEnd, presentJob, presentTask } from './job-timeline';
import { renditionsOf } from './presets';
import { count, linked, newId, text, type SetRules } from './rules';
import { parseTaskBody, type TaskAssets } from './task-body';

const tasksPerJob = 30;
const assetsPerTask = 50;
const assetsPerJob = 100;

/** A task of a job that is being created. */
interface Draft {
  readonly values: Row;
  readonly assets: TaskAssets;
  readonly processor: Row;
  /** Tasks of one level run side by side; a task that needs another's output is one level above it. */
  readonly level: number;
}

export const jobRules: SetRules = {
  present: presentJob,
  async create(account, row, body) {
    const inputs = readInputs(account, body);
    checkSubscriptions(row);
    const drafts = readTasks(account, body, inputs.length);
    const levels = Math.max(...drafts.map((draft) => draft.level)) + 1;
    const job: Row = {
      ...row,
      _inputs: inputs,
      _begin: account.clock.now(),
      _duration: account.jobDurationMs,
      _levels: levels,
      _failedLevel: null,
    };
    const outputs = await createOutputs(account, job, drafts, inputs);
    const failed: number[] = [];
    for (const draft of drafts) {
      const failure = failureOf(draft);
      if (failure !== null) failed.push(draft.level);
      insertTask(account, job, draft, inputs, outputs, failure);
    }
    account.openJobs.add(text(job, 'Id'));
    return {
      row: { ...job, _outputs: outputs, _failedLevel: failed.length === 0 ? null : Math.min(...failed) },
    };
  },
  update(_account, row, changes) {
    if ('Priority' in changes && changes['Priority'] !== row['Priority'] && row['State'] !== 0) {
      throw badRequest("Job's priority can only be changed if the job is in Queued state");
    }
    return { row: changes };
  },
  remove(account, row) {
    if (isBeforeEnd(row)) throw badRequest('The job is still running; cancel it first.');
    for (const task of account.store.related('Tasks', '_job', text(row, 'Id'))) {
      account.store.remove('Tasks', text(task, 'Id'));
    }
    return {};
  },
};

export const taskRules: SetRules = { present: presentTask };

/** The function CancelJob. Throws 400 for a job that is over or being canceled already. */
export function cancelJob(account: Account, id: string): void {
  const job = presentJob(account, linked(account, 'Jobs', id));
  if (count(job, 'State') > 2) throw badRequest('The job cannot be canceled in its current state.');
  account.store.update('Jobs', id, { _canceled: account.clock.now() });
}

function readInputs(account: Account, body: EntityBody): string[] {
  const inputs = (body.links['InputMediaAssets'] ?? []).map((key) =>
    text(linked(account, 'Assets', key), 'Id'),
  );
  if (inputs.length > assetsPerJob)
    throw badRequest(`A job cannot have more than ${assetsPerJob} input assets.`);
  for (const id of inputs) {
    const files = filesOf(account, id);
    if (files.length !== 1 && !files.some((file) => file['IsPrimary'] === true)) {
      throw badRequest(`The primary file of the input asset '${id}' cannot be determined.`);
    }
  }
  return inputs;
}

function checkSubscriptions(row: Row): void {
  const subscriptions = Array.isArray(row['JobNotificationSubscriptions'])
    ? row['JobNotificationSubscriptions']
    : [];
  for (const subscription of subscriptions as Row[]) {
    if (count(subscription, 'TargetJobState') === 0) {
      throw badRequest('JobNotificationSubscription.TargetJobState must not be 0');
    }
  }
}

function readTasks(account: Account, body: EntityBody, inputCount: number): Draft[] {
  const tasks = body.inline['Tasks'] ?? [];
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

/** The output assets, which exist as soon as the job does; in the order of their index. */
async function createOutputs(
  account: Account,
  job: Row,
  drafts: readonly Draft[],
  inputs: readonly string[],
): Promise<string[]> {
  const outputs = drafts.flatMap(({ assets }) => assets.outputs).sort((a, b) => a.index - b.index);
  if (outputs.some(({ index }, position) => index !== position)) {
    throw badRequest('The output assets must be numbered from JobOutputAsset(0) without a gap.');
  }
  const ids: string[] = [];
  for (const { index, name, options } of outputs) {
    const asset = await createAsset(account, {
      Name: name ?? `JobOutputAsset(${index})_${text(job, 'Name') || text(job, 'Id')}`,
      Options: options,
    });
    account.store.update('Assets', text(asset, 'Id'), { _parentAssets: [...inputs] });
    ids.push(text(asset, 'Id'));
  }
  return ids;
}

/** The code of the error in which the task will end, as far as its configuration tells. */
function failureOf({ values, processor }: Draft): string | null {
  const renditions = renditionsOf(processor, text(values, 'Configuration'));
  return renditions === undefined ? 'ErrorParsingConfiguration' : null;
}

function insertTask(
  account: Account,
  job: Row,
  { values, assets, level }: Draft,
  inputs: readonly string[],
  outputs: readonly string[],
  failure: string | null,
): void {
  const set = entitySet('Tasks');
  const row = {
    ...withDefaults(set.properties, values),
    Id: newId(account, set),
    _job: text(job, 'Id'),
    _level: level,
    _inputs: assets.inputs.map(
      ({ from, index }) => (from === 'input' ? inputs[index] : outputs[index]) ?? '',
    ),
    _outputs: assets.outputs.map(({ index }) => outputs[index] ?? ''),
    _failure: failure,
  };
  account.store.insert('Tasks', row);
}
