import type { Account } from '../account';
import { exclusively } from '../media/exclusively';
import type { Row, Value } from '../model';
import { removeAsset } from './assets';
import { runTask } from './encoder';
import { endOf, jobState, taskTimes, timelineOf } from './job-timeline';
import { announce, isWatched } from './notifications';
import { count, keys, text } from './rules';

// Task.Options: DoNotDeleteOutputAssetOnFailure
const keepOutputOnFailure = 2;

/**
 * Writes down the end of every job that is over by now, with the files that it leaves. Called before anything is
 * answered, so that no client can tell that nothing happened in the meantime; no timer is needed.
 */
export async function settleJobs(account: Account): Promise<void> {
  const now = account.clock.now();
  for (const id of account.openJobs) {
    const job = account.store.get('Jobs', id);
    if (job === undefined) account.openJobs.delete(id);
    else if (endOf(account, job) <= now) await exclusively(account, () => settle(account, id));
    announce(account, id);
  }
}

/** Does the same for jobs that somebody wants to be told of, when no request comes to bring it about. */
export async function settleWatchedJobs(account: Account): Promise<void> {
  const isAnyWatched = [...account.openJobs].some((id) => {
    const job = account.store.get('Jobs', id);
    return job !== undefined && isWatched(account, job);
  });
  if (isAnyWatched) await settleJobs(account);
}

async function settle(account: Account, id: string): Promise<void> {
  const job = account.store.get('Jobs', id);
  // Another request may have been here first.
  if (job === undefined || !account.openJobs.has(id)) return;
  const end = endOf(account, job);
  const tasks = account.store
    .related('Tasks', '_job', text(job, 'Id'))
    .toSorted((a, b) => count(a, '_level') - count(b, '_level'));
  const isCanceled = typeof job['_canceled'] === 'number';
  let isStopped = isCanceled;
  for (const task of tasks) {
    const failure = isStopped ? undefined : await work(account, task);
    if (typeof failure === 'string') isStopped = true;
    await finishTask(account, job, task, end, failure);
  }
  const { scheduled, processing } = timelineOf(job);
  account.store.update('Jobs', id, {
    State: isCanceled ? jobState.canceled : isStopped ? jobState.error : jobState.finished,
    StartTime: end < scheduled ? null : scheduled,
    EndTime: end,
    LastModified: end,
    RunningDuration: Math.max(0, Math.round(end - processing)),
  });
  account.openJobs.delete(id);
}

/** Runs a task; the code of its error, or null. */
async function work(account: Account, task: Row): Promise<string | null> {
  if (typeof task['_failure'] === 'string') return task['_failure'];
  try {
    await runTask(account, task);
    return null;
  } catch {
    return 'ErrorDownloadingInputAssetMalformedContent';
  }
}

const messages: Readonly<Record<string, string>> = {
  ErrorParsingConfiguration: 'The configuration of the task is neither a known preset nor a readable one.',
  ErrorDownloadingInputAssetMalformedContent: 'The input asset could not be read.',
};

/** Writes the end of a task; `failure` is undefined for one that never ran. */
async function finishTask(
  account: Account,
  job: Row,
  task: Row,
  jobEnd: number,
  failure: string | null | undefined,
): Promise<void> {
  const { begin, end } = taskTimes(job, task);
  const last = Math.min(end, jobEnd);
  const state =
    failure === null ? jobState.finished : failure === undefined ? jobState.canceled : jobState.error;
  const code = failure === null ? 'Finished' : failure === undefined ? 'Canceled' : failure;
  account.store.update('Tasks', text(task, 'Id'), {
    State: state,
    Progress: failure === null ? 100 : 0,
    StartTime: begin < jobEnd ? begin : null,
    EndTime: last,
    RunningDuration: Math.max(0, Math.round(last - begin)),
    ErrorDetails:
      typeof failure === 'string' ? [{ Code: failure, Message: messages[failure] ?? failure }] : [],
    HistoricalEvents: history(job, begin, last, code, messages[code] ?? null),
  });
  if (failure === null || (count(task, 'Options') & keepOutputOnFailure) !== 0) return;
  for (const output of keys(task, '_outputs')) {
    const asset = account.store.get('Assets', output);
    if (asset === undefined) continue;
    await removeAsset(account, asset, false);
    account.store.remove('Assets', output);
  }
}

function history(job: Row, begin: number, end: number, code: string, message: string | null): Value {
  const { scheduled } = timelineOf(job);
  const events: readonly (readonly [string, string | null, number])[] = [
    ['Queued', null, count(job, '_begin')],
    ['Scheduled', null, scheduled],
    ['Processing', null, begin],
    [code, message, end],
  ];
  return events
    .filter(([, , time]) => time <= end)
    .map(([Code, Message, TimeStamp]) => ({ Code, Message, TimeStamp }));
}
