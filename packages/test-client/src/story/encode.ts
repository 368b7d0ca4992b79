/** Scene 4, second half: a job encodes the asset into a new one. */
import { entityPath, odataString } from 'ams-rest';
import { setTimeout as wait } from 'node:timers/promises';
import { JobFailed } from '../explain';
import { create, deleteEntity, type Entity, type Stage } from './stage';
import type { Asset, Upload } from './upload';

const PROCESSOR = 'Media Encoder Standard';
const PRESET = 'Content Adaptive Multiple Bitrate MP4';
const JOB_STATES = [
  'Queued',
  'Scheduled',
  'Processing',
  'Finished',
  'Error',
  'Canceled',
  'Canceling',
] as const;

const ENDED = new Set<string | undefined>(['Finished', 'Error', 'Canceled']);

interface Processor extends Entity {
  readonly Version: string;
}

interface Job extends Entity {
  readonly State: number;
  /** Milliseconds. */
  readonly RunningDuration: number;
}

interface Task extends Entity {
  /** Percent. */
  readonly Progress: number;
  readonly ErrorDetails: { readonly results?: readonly { Code: string; Message: string }[] };
}

export async function encode(stage: Stage, { asset }: Upload): Promise<Asset> {
  const { ams, report, runName, signal } = stage;
  const processor = await report.step(
    `Pick the media processor by its name, ${PROCESSOR}`,
    async () => {
      const query = { $filter: `Name eq ${odataString(PROCESSOR)}` };
      const { body: found } = await ams.request<Processor[]>('GET', 'MediaProcessors', { query, signal });
      const newest = found.sort((a, b) => b.Version.localeCompare(a.Version, 'en', { numeric: true }))[0];
      if (!newest) throw new JobFailed(`The account offers no media processor named ${PROCESSOR}.`);
      return newest;
    },
    ({ Id, Version }) => `version ${Version}, ${Id}`,
  );

  const task = {
    Name: `${PRESET} task`,
    Configuration: PRESET,
    MediaProcessorId: processor.Id,
    TaskBody:
      '<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>' +
      `<outputAsset assetCreationOptions="0" assetName="${runName}-encoded">JobOutputAsset(0)</outputAsset></taskBody>`,
  };
  const { body: job } = await report.step(
    `Submit an encoding job: ${PRESET}`,
    () => {
      const InputMediaAssets = [{ __metadata: { uri: ams.root + entityPath('Assets', asset.Id) } }];
      return create<Job>(
        stage,
        'Jobs',
        { Name: `${runName}-job`, InputMediaAssets, Tasks: [task] },
        cancelAndDelete,
      );
    },
    ({ body }) => `job ${body.Id}`,
  );

  await report.step(
    'Follow the job until it is finished',
    () => follow(stage, job.Id),
    ({ RunningDuration }) => `finished after running for ${Math.round(RunningDuration / 100) / 10} s`,
  );
  return report.step(
    'Find the output asset',
    async () => {
      const path = entityPath('Jobs', job.Id, 'OutputMediaAssets');
      const output = (await ams.request<Asset[]>('GET', path, { signal })).body[0];
      if (!output) throw new JobFailed(`Job ${job.Id} has no output asset.`);
      return output;
    },
    ({ Id, Name }) => `${Name ?? ''}, ${Id}`,
  );
}

async function follow(stage: Stage, jobId: string): Promise<Job> {
  const { ams, report, signal } = stage;
  for (;;) {
    const { body: job } = await ams.request<Job>('GET', entityPath('Jobs', jobId), { signal });
    const { body: tasks } = await ams.request<Task[]>('GET', entityPath('Jobs', jobId, 'Tasks'), { signal });
    const state = JOB_STATES[job.State] ?? `in an unknown state, ${job.State}`;
    if (state === 'Finished') return job;
    if (state === 'Error' || state === 'Canceled') {
      const reasons = tasks.flatMap((task) => task.ErrorDetails.results ?? []);
      const why = reasons.map(({ Code, Message }) => `${Code}: ${Message}`).join('; ');
      throw new JobFailed(`Job ${jobId} ended as ${state}${why ? `: ${why}` : ''}.`);
    }
    const percent = Math.round(
      tasks.reduce((sum, task) => sum + task.Progress, 0) / Math.max(1, tasks.length),
    );
    report.progress(state === 'Processing' ? `Processing ${percent} %` : state);
    await wait(stage.pollIntervalMs, undefined, { signal });
  }
}

/** A running job cannot be deleted: it is cancelled first. What it made goes with it. */
async function cancelAndDelete(
  stage: Stage,
  entitySet: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const { ams } = stage;
  const path = entityPath(entitySet, id);
  const { body: outputs } = await ams.request<Asset[]>('GET', `${path}/OutputMediaAssets`, { signal });
  for (let cancelled = false; ; cancelled = true) {
    const { body: job } = await ams.request<Job>('GET', path, { signal });
    if (ENDED.has(JOB_STATES[job.State])) break;
    if (cancelled) await wait(stage.pollIntervalMs, undefined, { signal });
    else await ams.request('GET', 'CancelJob', { query: { jobid: odataString(id) }, signal });
  }
  await deleteEntity(stage, entitySet, id, signal);
  for (const output of outputs) await deleteEntity(stage, 'Assets', output.Id, signal);
}
