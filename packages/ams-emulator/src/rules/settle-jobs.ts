import type { Account } from '../account';
import { exclusively } from '../media/exclusively';
import { count, guidOf, keys, text } from '../media/rows';
import type { Row, Value } from '../model';
import { removeAsset } from './assets';
import type { TaskFailure } from './encoder';
import { endOf, jobState, taskTimes, timelineOf } from './job-timeline';
import { announce, isWatched } from './notifications';
import { beginJob, forgetJob, runningJob, tasksOf, workOn } from './running-jobs';

// Task.Options: DoNotDeleteOutputAssetOnFailure
const keepOutputOnFailure = 2;

/** Stores the end and output files of each job that has ended by now. Called before each answer, instead of a timer. */
export async function settleJobs(account: Account): Promise<void> {
  const now = account.clock.now();
  for (const id of account.openJobs) {
    const job = account.store.get('Jobs', id);
    if (job === undefined) account.openJobs.delete(id);
    else if (isOver(account, job, now)) await exclusively(account, () => settle(account, id));
    announce(account, id);
  }
}

/**
 * Whether a job has ended: without an encoder by the clock, with one when its encoding has ended. Starts the encoding of
 * a job that is due.
 */
function isOver(account: Account, job: Row, now: number): boolean {
  if (account.ffmpeg === undefined) return endOf(account, job) <= now;
  const id = text(job, 'Id');
  const running = runningJob(account, id);
  const isCanceled = typeof job['_canceled'] === 'number';
  if (running === undefined) {
    if (isCanceled) return endOf(account, job) <= now;
    if (timelineOf(job).processing <= now) beginJob(account, id);
    return false;
  }
  if (running.end === undefined) return false;
  if (!isCanceled) account.store.update('Jobs', id, { _end: running.end });
  return !isCanceled || endOf(account, job) <= now;
}

/** Settles jobs with subscribers without waiting for a request. */
export async function settleWatchedJobs(account: Account): Promise<void> {
  const isAnyWatched = [...account.openJobs].some((id) => {
    const job = account.store.get('Jobs', id);
    return job !== undefined && isWatched(account, job);
  });
  if (isAnyWatched) await settleJobs(account);
}

async function settle(account: Account, id: string): Promise<void> {
  const job = account.store.get('Jobs', id);
  // Another request may have settled it first.
  if (job === undefined || !account.openJobs.has(id)) return;
  const end = endOf(account, job);
  const results = runningJob(account, id)?.results;
  const isCanceled = typeof job['_canceled'] === 'number';
  let isStopped = isCanceled;
  for (const task of tasksOf(account, id)) {
    const failure = isStopped
      ? undefined
      : results === undefined
        ? await workOn(account, task, unwatched)
        : results.get(text(task, 'Id'));
    if (failure !== null) isStopped = true;
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
  forgetJob(account, id);
}

// Without an encoder a task is a copy, done within one request.
const unwatched = { signal: new AbortController().signal, onProgress: () => undefined };

/** Stores the end of a task; `failure` is undefined for a task that never ran. */
async function finishTask(
  account: Account,
  job: Row,
  task: Row,
  jobEnd: number,
  failure: TaskFailure | null | undefined,
): Promise<void> {
  const { begin, end } = taskTimes(job, task);
  const last = Math.min(end, jobEnd);
  const state =
    failure === null ? jobState.finished : failure === undefined ? jobState.canceled : jobState.error;
  const code = failure === null ? 'Finished' : failure === undefined ? 'Canceled' : failure.code;
  account.store.update('Tasks', text(task, 'Id'), {
    State: state,
    Progress: failure === null ? 100 : 0,
    StartTime: begin < jobEnd ? begin : null,
    EndTime: last,
    RunningDuration: Math.max(0, Math.round(last - begin)),
    PerfMessage: failure === null ? performanceOf(task, last - begin) : null,
    EncryptionScheme: task['EncryptionScheme'] ?? 'None',
    ErrorDetails: failure ? [{ Code: failure.code, Message: failure.message }] : [],
    HistoricalEvents: history(job, task, { begin, end: last, code, message: failure?.message ?? '' }),
  });
  if (failure === null || (count(task, 'Options') & keepOutputOnFailure) !== 0) return;
  for (const output of keys(task, '_outputs')) {
    const asset = account.store.get('Assets', output);
    if (asset === undefined) continue;
    await removeAsset(account, asset, false);
    account.store.remove('Assets', output);
  }
}

/** The events of a task that is over, as recorded in 2020: a message is empty rather than null. */
function history(
  job: Row,
  task: Row,
  { begin, end, code, message }: { begin: number; end: number; code: string; message: string },
): Value {
  const events: readonly (readonly [code: string, message: string, time: number])[] = [
    ['WaitingForFreeResources', '', count(job, '_begin')],
    ['Scheduled', '', timelineOf(job).scheduled],
    ['Processing', '', begin],
    [code, message, end],
    ...(code === 'Finished'
      ? ([['TaskBillingInformationAdded', billingOf(task, end - begin), end]] as const)
      : []),
  ];
  return events
    .filter(([, , time]) => time <= end)
    .map(([Code, Message, TimeStamp]) => ({ Code, Message, TimeStamp }));
}

/** What the service wrote about the work of a task, in the same form. */
function performanceOf(task: Row, durationMs: number): string {
  const seconds = (durationMs / 1000).toFixed(7);
  const guid = guidOf(text(task, 'Id'));
  return (
    `Mediatask ${guid}: Download: 00:00:00.0000000\nEncode ${guid.slice(0, 8)}\nEncoding time is ${seconds}\r\n` +
    'Upload(optimized): 00:00:00.0000000\n\r\n'
  );
}

function billingOf(task: Row, durationMs: number): string {
  const minutes = { TotalOutputMinutes: Number((durationMs / 60_000).toFixed(2)) };
  return `Mediatask ${guidOf(text(task, 'Id'))}: ${JSON.stringify(minutes, undefined, 2).replaceAll('\n', '\r\n')}\r\n`;
}
