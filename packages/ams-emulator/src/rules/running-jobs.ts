import type { Account } from '../account';
import { count, text } from '../media/rows';
import type { Row } from '../model';
import { runTask, TaskFailure } from './encoder';

/** A job whose tasks are being or have been encoded, kept until its end is stored. */
interface RunningJob {
  readonly abort: AbortController;
  /** Percent of each task that has begun, and when it did. */
  readonly tasks: Map<string, { readonly begin: number; percent: number }>;
  readonly results: Map<string, TaskFailure | null>;
  readonly finished: Promise<void>;
  /** When the last task ended, in milliseconds since 1970. */
  end: number | undefined;
}

const running = new WeakMap<Account, Map<string, RunningJob>>();

const jobsOf = (account: Account): Map<string, RunningJob> => {
  const jobs = running.get(account) ?? new Map<string, RunningJob>();
  running.set(account, jobs);
  return jobs;
};

export const runningJob = (account: Account, id: string): RunningJob | undefined => jobsOf(account).get(id);

/** The tasks of a job in the order in which they run. */
export function tasksOf(account: Account, jobId: string): Row[] {
  return account.store
    .related('Tasks', '_job', jobId)
    .toSorted((a, b) => count(a, '_level') - count(b, '_level'));
}

/** Runs the tasks of a job one after another, until one fails. */
export function beginJob(account: Account, id: string): void {
  const abort = new AbortController();
  let resolve = (): void => undefined;
  const finished = new Promise<void>((done) => {
    resolve = done;
  });
  const job: RunningJob = { abort, tasks: new Map(), results: new Map(), finished, end: undefined };
  jobsOf(account).set(id, job);
  const work = async (): Promise<void> => {
    for (const task of tasksOf(account, id)) {
      if (abort.signal.aborted) return;
      const state = { begin: account.clock.now(), percent: 0 };
      job.tasks.set(text(task, 'Id'), state);
      const result = await workOn(account, task, {
        signal: abort.signal,
        onProgress: (percent) => {
          state.percent = Math.max(state.percent, percent);
        },
      });
      job.results.set(text(task, 'Id'), result);
      if (result !== null) return;
      state.percent = 100;
    }
  };
  void work().finally(() => {
    job.end = account.clock.now();
    resolve();
  });
}

/** Runs a task; returns why it failed, or null. */
export async function workOn(
  account: Account,
  task: Row,
  control: Parameters<typeof runTask>[2],
): Promise<TaskFailure | null> {
  const known = text(task, '_failure');
  if (known !== '') {
    return new TaskFailure(
      known,
      'The configuration of the task is neither a known preset nor a readable one.',
    );
  }
  try {
    await runTask(account, task, control);
    return null;
  } catch (error) {
    if (error instanceof TaskFailure) return error;
    return new TaskFailure(
      'ErrorDownloadingInputAssetMalformedContent',
      'The input asset could not be read.',
    );
  }
}

/** Forgets a job whose end is stored. */
export function forgetJob(account: Account, id: string): void {
  jobsOf(account).delete(id);
}

/** Stops a job; its encoder's process ends soon after. */
export function abortJob(account: Account, id: string): void {
  runningJob(account, id)?.abort.abort();
}

/** Stops all jobs of an account. Resolves when no process is left. */
export async function abortJobs(account: Account): Promise<void> {
  const jobs = [...jobsOf(account).values()];
  for (const { abort } of jobs) abort.abort();
  await Promise.all(jobs.map(({ finished }) => finished));
  jobsOf(account).clear();
}
