import type { Account } from '../account';
import type { EntityBody } from '../media/body';
import { badRequest } from '../media/errors';
import { count, linked, newId, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import { withDefaults } from '../media/values';
import { entitySet, type Row } from '../model';
import { createAsset, filesOf } from './assets';
import { readTasks, type TaskDraft } from './job-tasks';
import { isBeforeEnd, presentJob, presentTask } from './job-timeline';
import { checkSubscriptions } from './notifications';
import { presetOf } from './presets';
import { abortJob } from './running-jobs';
import { writeTaskBody } from './task-body';

const assetsPerJob = 100;

export const jobRules: SetRules = {
  present: presentJob,
  async create(account, row, body) {
    const inputs = readInputs(account, body);
    checkSubscriptions(account, row['JobNotificationSubscriptions'], 'TargetJobState');
    const drafts = readTasks(account, row, body, inputs.length);
    for (const { values } of drafts) {
      checkSubscriptions(account, values['TaskNotificationSubscriptions'], 'TargetTaskState');
    }
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

/** The function CancelJob. Throws 400 for a job that has ended or is being canceled. */
export function cancelJob(account: Account, id: string): void {
  const job = presentJob(account, linked(account, 'Jobs', id));
  if (count(job, 'State') > 2) throw badRequest('The job cannot be canceled in its current state.');
  account.store.update('Jobs', id, { _canceled: account.clock.now() });
  abortJob(account, text(job, 'Id'));
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

/** The output assets, which exist as soon as the job does; in the order of their index. */
async function createOutputs(
  account: Account,
  job: Row,
  drafts: readonly TaskDraft[],
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

/** The error code that the task will end with, as far as its configuration determines it. */
function failureOf({ values, processor }: TaskDraft): string | null {
  const preset = presetOf(processor, text(values, 'Configuration'));
  return preset === undefined ? 'ErrorParsingConfiguration' : null;
}

function insertTask(
  account: Account,
  job: Row,
  { values, assets, level }: TaskDraft,
  inputs: readonly string[],
  outputs: readonly string[],
  failure: string | null,
): void {
  const set = entitySet('Tasks');
  const row = {
    ...withDefaults(set.properties, values),
    Id: newId(account, set),
    TaskBody: writeTaskBody(assets),
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
