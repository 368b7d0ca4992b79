import { createHmac, randomBytes } from 'node:crypto';
import type { Account } from '../account';
import { badRequest } from '../media/errors';
import { count, linked, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import { isoDate } from '../media/serialize';
import type { Row, Value } from '../model';
import { jobState, presentJob, presentTask } from './job-timeline';

/** Values of NotificationEndPoint.EndPointType and CredentialType. */
const webHook = 3;
const signingKey = 1;
/** Values of TargetJobState and TargetTaskState. */
const finalStatesOnly = 1;
const allStates = 2;

const eventType = { jobStateChange: 1, registration: 2, taskStateChange: 4 } as const;
const stateNames = ['Queued', 'Scheduled', 'Processing', 'Finished', 'Error', 'Canceled', 'Canceling'];
const answerWithinMs = 5000;

export const notificationEndPointRules: SetRules = {
  create(account, row) {
    const address = text(row, 'EndPointAddress');
    if (row['EndPointType'] === webHook) {
      const isWeb = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
      if (!isWeb) throw badRequest("The value of the property 'EndPointAddress' is not valid.");
      const { Name, Created } = row;
      const properties = { State: 'Registered', Name: Name ?? null, Created: isoDate(Number(Created)) };
      send(account, row, eventType.registration, properties);
    }
    return { row };
  },
  actions: {
    // No telemetry is collected, so there are no SAS URIs.
    GetMonitoringSasUris: () => ({ result: { type: 'Collection(MonitoringSasUri)', value: [] } }),
  },
};

/** Checks the subscriptions of a new job or task. */
export function checkSubscriptions(account: Account, subscriptions: Value | undefined, state: string): void {
  for (const subscription of Array.isArray(subscriptions) ? (subscriptions as Row[]) : []) {
    if (![finalStatesOnly, allStates].includes(count(subscription, state))) {
      throw badRequest(
        state === 'TargetJobState'
          ? 'JobNotificationSubscription.TargetJobState must not be 0'
          : 'TaskNotificationSubscription.TargetTaskState must not be 0',
      );
    }
    linked(account, 'NotificationEndPoints', text(subscription, 'NotificationEndPointId'));
  }
}

/** Whether a job or one of its tasks has subscribers. */
export function isWatched(account: Account, job: Row): boolean {
  const watches = (row: Row, name: string): boolean => Array.isArray(row[name]) && row[name].length > 0;
  return (
    watches(job, 'JobNotificationSubscriptions') ||
    account.store
      .related('Tasks', '_job', text(job, 'Id'))
      .some((task) => watches(task, 'TaskNotificationSubscriptions'))
  );
}

/** Notifies subscribers of the states that a job and its tasks have reached since the last notification. */
export function announce(account: Account, id: string): void {
  const job = account.store.get('Jobs', id);
  if (job === undefined || !isWatched(account, job)) return;
  const jobId = text(job, 'Id');
  for (const task of account.store.related('Tasks', '_job', jobId)) {
    announceRow(account, 'Tasks', presentTask(account, task), { JobId: jobId, TaskId: text(task, 'Id') });
  }
  announceRow(account, 'Jobs', presentJob(account, job), { JobId: jobId });
}

function announceRow(account: Account, set: 'Jobs' | 'Tasks', row: Row, ids: Record<string, Value>): void {
  const before = count(row, '_announced');
  const now = count(row, 'State');
  if (before === now) return;
  account.store.update(set, text(row, 'Id'), { _announced: now });
  const name = set === 'Jobs' ? 'JobNotificationSubscriptions' : 'TaskNotificationSubscriptions';
  const subscriptions = Array.isArray(row[name]) ? (row[name] as Row[]) : [];
  for (const [from, to] of steps(before, now)) {
    const isFinal = to >= jobState.finished && to <= jobState.canceled;
    for (const subscription of subscriptions) {
      const target = count(subscription, set === 'Jobs' ? 'TargetJobState' : 'TargetTaskState');
      if (target !== allStates && !isFinal) continue;
      const endPoint = account.store.get(
        'NotificationEndPoints',
        text(subscription, 'NotificationEndPointId'),
      );
      if (endPoint === undefined) continue;
      const type = set === 'Jobs' ? eventType.jobStateChange : eventType.taskStateChange;
      const states = { NewState: stateNames[to] ?? null, OldState: stateNames[from] ?? null };
      send(account, endPoint, type, { ...ids, ...states });
    }
  }
}

/** The states passed on the way: the clock may have moved far since the last read. */
function steps(from: number, to: number): [number, number][] {
  const way = [from];
  for (const state of [jobState.scheduled, jobState.processing]) {
    const isOnWay = from < state && (to === jobState.finished || to === jobState.error || state < to);
    if (isOnWay && to <= jobState.error && state !== to) way.push(state);
  }
  way.push(to);
  return way.slice(1).map((state, index) => [way[index] ?? from, state]);
}

// Messages to one address go out one after another, so that they arrive in order.
const queues = new WeakMap<Account, Promise<void>>();

function send(account: Account, endPoint: Row, type: number, properties: Record<string, Value>): void {
  // Queues and tables of storage are not emulated.
  if (endPoint['EndPointType'] !== webHook) return;
  const now = isoDate(account.clock.now());
  const body = JSON.stringify({
    MessageVersion: '1.1',
    ETag: randomBytes(32).toString('hex'),
    EventType: type,
    TimeStamp: now,
    Properties: {
      ...properties,
      AccountName: account.name,
      AccountId: account.id,
      NotificationEndPointId: text(endPoint, 'Id'),
    },
  });
  const previous = queues.get(account) ?? Promise.resolve();
  queues.set(
    account,
    // An unreachable receiver is ignored, as in the service.
    previous.then(() => deliver(account, endPoint, body)).catch(() => undefined),
  );
}

async function deliver(account: Account, endPoint: Row, body: string): Promise<void> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'ms-mediaservices-accountid': account.id,
  };
  if (endPoint['CredentialType'] === signingKey) {
    const protection = await account.protectionKey();
    const key = protection.decrypt(text(endPoint, 'EncryptedEndPointCredential'));
    const signature =
      key === undefined ? '' : createHmac('sha256', key).update(body).digest('hex').toUpperCase();
    headers['ms-signature'] = `sha256=${signature}`;
  }
  const response = await fetch(text(endPoint, 'EndPointAddress'), {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal: AbortSignal.any([account.closing, AbortSignal.timeout(answerWithinMs)]),
  });
  await response.body?.cancel();
}
