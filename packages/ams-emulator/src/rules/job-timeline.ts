import type { Account } from '../account';
import { count, text } from '../media/rows';
import type { Row } from '../model';
import { runningJob } from './running-jobs';

/** Values of Job.State, and of Task.State. */
export const jobState = {
  queued: 0,
  scheduled: 1,
  processing: 2,
  finished: 3,
  error: 4,
  canceled: 5,
  canceling: 6,
} as const;

// Fractions of a job's duration after which it is scheduled, and starts processing.
const scheduledAt = 0.1;
const processingAt = 0.2;

/** The times of a job, computed from its creation, in milliseconds since 1970. */
export interface Timeline {
  readonly scheduled: number;
  readonly processing: number;
  readonly end: number;
  readonly levelMs: number;
}

/** The timeline of a job. Its levels share the working time evenly; the first that fails is the last. */
export function timelineOf(job: Row): Timeline {
  const begin = count(job, '_begin');
  const duration = count(job, '_duration');
  const processing = begin + duration * processingAt;
  // Of a job that an encoder worked on, the end was measured.
  const working = typeof job['_end'] === 'number' ? job['_end'] - processing : duration * (1 - processingAt);
  const levelMs = working / count(job, '_levels');
  const failed = job['_failedLevel'];
  const levels = typeof failed === 'number' ? failed + 1 : count(job, '_levels');
  return {
    scheduled: begin + duration * scheduledAt,
    processing,
    levelMs,
    end: typeof job['_end'] === 'number' ? job['_end'] : processing + levels * levelMs,
  };
}

/** When a job is over: at the end of its work, or soon after it was canceled. */
export function endOf(account: Account, job: Row): number {
  const canceled = job['_canceled'];
  return typeof canceled === 'number' ? canceled + account.operationDurationMs : timelineOf(job).end;
}

/** Whether a job, as presented, has not ended. */
export function isBeforeEnd(job: Row): boolean {
  const state = count(job, 'State');
  return state <= jobState.processing || state === jobState.canceling;
}

/**
 * The job as it is now. Its end is stored by `settleJobs`, with its output files; until then it is processing.
 */
export function presentJob(account: Account, job: Row): Row {
  if (job['EndTime'] !== null) return job;
  const now = account.clock.now();
  const { scheduled, processing } = timelineOf(job);
  if (typeof job['_canceled'] === 'number') {
    return { ...job, State: jobState.canceling, StartTime: job['_canceled'] < scheduled ? null : scheduled };
  }
  if (now < scheduled) return job;
  return { ...job, StartTime: scheduled, State: now < processing ? jobState.scheduled : jobState.processing };
}

/** When a task of a job begins and ends. */
export function taskTimes(job: Row, task: Row): { begin: number; end: number } {
  const { processing, levelMs } = timelineOf(job);
  const begin = processing + count(task, '_level') * levelMs;
  return { begin, end: begin + levelMs };
}

/** The task as it is now. */
export function presentTask(account: Account, task: Row): Row {
  const stored = account.store.get('Jobs', text(task, '_job'));
  if (task['EndTime'] !== null || stored === undefined) return task;
  const job = presentJob(account, stored);
  if (job['State'] === jobState.canceling) return { ...task, State: jobState.canceling };
  if (account.ffmpeg !== undefined) return presentEncoding(account, job, task);
  const { begin, end } = taskTimes(job, task);
  const now = account.clock.now();
  if (now < begin) return { ...task, State: Math.min(count(job, 'State'), jobState.scheduled) };
  const progress = Math.min(100, ((now - begin) / (end - begin)) * 100);
  return {
    ...task,
    State: jobState.processing,
    StartTime: begin,
    Progress: Math.round(progress * 100) / 100,
  };
}

/** A task that is being or will be encoded. */
function presentEncoding(account: Account, job: Row, task: Row): Row {
  const encoding = runningJob(account, text(job, 'Id'))?.tasks.get(text(task, 'Id'));
  if (encoding === undefined) return { ...task, State: Math.min(count(job, 'State'), jobState.scheduled) };
  const { begin, percent } = encoding;
  return {
    ...task,
    State: jobState.processing,
    StartTime: begin,
    Progress: Math.round(percent * 100) / 100,
  };
}
