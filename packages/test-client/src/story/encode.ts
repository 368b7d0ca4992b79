/** Scene 4, second half: a job encodes the asset into a new one. */
import { entityPath, odataString } from 'ams-rest';
import { setTimeout as wait } from 'node:timers/promises';
import { JobFailed } from '../errors';
import { JOB_STATES } from '../output/columns';
import { all, create, deleteEntity, type Entity, type Stage } from './stage';
import type { Asset, Upload } from './upload';

const PROCESSOR = 'Media Encoder Standard';
const PRESET = 'Content Adaptive Multiple Bitrate MP4';
const RUNNING = new Set<string | undefined>(['Queued', 'Scheduled', 'Processing']);
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

export interface Encoding {
  readonly assetId: string;
  readonly jobName: string;
  readonly outputName: string;
  /** The media processor's name; its newest version is used. */
  readonly processor?: string;
  /** A preset's name, or its text in JSON or XML. */
  readonly preset?: string;
}

/** Submits the job, follows it, and returns the asset that it created. */
export async function encode(stage: Stage, { asset }: Upload): Promise<Asset> {
  const { report, runName } = stage;
  const encoding = { assetId: asset.Id, jobName: `${runName}-job`, outputName: `${runName}-encoded` };
  const processor = await pickProcessor(stage);
  const job = await report.step(
    `Submit an encoding job: ${PRESET}`,
    () => create<Job>(stage, 'Jobs', jobBody(stage, encoding, processor), cancelAndDelete),
    ({ Id }) => `job ${Id}`,
  );
  await followJob(stage, job.Id);
  if (stage.encoder) report.line(encodedBy(stage.encoder.ffmpeg));
  return findOutput(stage, job.Id);
}

const encodedBy = (ffmpeg: string | undefined): string =>
  ffmpeg === undefined
    ? 'Without ffmpeg nothing was transcoded: the one output is the input.'
    : `Encoded on this machine by ffmpeg ${ffmpeg}, not by ${PROCESSOR}.`;

/** By its name, which stays, while ids differ by version and have changed. */
export function pickProcessor(stage: Stage, name = PROCESSOR): Promise<Processor> {
  const { report, signal } = stage;
  return report.step(
    `Pick the media processor by its name, ${name}`,
    async () => {
      const query = { $filter: `Name eq ${odataString(name)}` };
      const found = await all<Processor>(stage, 'MediaProcessors', { query, signal });
      const newest = found.sort((a, b) => b.Version.localeCompare(a.Version, 'en', { numeric: true }))[0];
      if (!newest) throw new JobFailed(`The account offers no media processor named ${name}.`);
      return newest;
    },
    ({ Id, Version }) => `version ${Version}, ${Id}`,
  );
}

/** One task, from one asset to one new asset, which is not storage-encrypted (options 0). */
export function jobBody(
  { ams }: Pick<Stage, 'ams'>,
  { assetId, jobName, outputName, preset = PRESET }: Encoding,
  processor: Entity,
): { readonly Name: string } & Record<string, unknown> {
  const taskBody =
    '<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>' +
    `<outputAsset assetCreationOptions="0" assetName="${escapeXml(outputName)}">JobOutputAsset(0)</outputAsset></taskBody>`;
  return {
    Name: jobName,
    InputMediaAssets: [{ __metadata: { uri: ams.root + entityPath('Assets', assetId) } }],
    Tasks: [
      { Name: `${jobName} task`, Configuration: preset, MediaProcessorId: processor.Id, TaskBody: taskBody },
    ],
  };
}

/** @throws JobFailed with the tasks' own reasons when the job ends in any other way than Finished. */
export function followJob(stage: Stage, jobId: string): Promise<Job> {
  return stage.report.step(
    'Follow the job until it is finished',
    () => untilFinished(stage, jobId),
    ({ RunningDuration }) => `finished after running for ${Math.round(RunningDuration / 100) / 10} s`,
  );
}

export function findOutput(stage: Stage, jobId: string): Promise<Asset> {
  const { report, signal } = stage;
  return report.step(
    'Find the output asset',
    async () => {
      const path = entityPath('Jobs', jobId, 'OutputMediaAssets');
      const [output] = await all<Asset>(stage, path, { signal });
      if (!output) throw new JobFailed(`Job ${jobId} has no output asset.`);
      return output;
    },
    ({ Id, Name }) => `${Name ?? ''}, ${Id}`,
  );
}

async function untilFinished(stage: Stage, jobId: string): Promise<Job> {
  const { ams, report, signal } = stage;
  for (;;) {
    const job = await ams.json<Job>('GET', entityPath('Jobs', jobId), { signal });
    const tasks = await all<Task>(stage, entityPath('Jobs', jobId, 'Tasks'), { signal });
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
    report.progress({ label: state, done: Math.min(99, percent), total: 100 });
    await wait(stage.pollIntervalMs, undefined, { signal });
  }
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A running job cannot be deleted: it is cancelled first. Its output assets are deleted with it. */
async function cancelAndDelete(
  stage: Stage,
  entitySet: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const { ams } = stage;
  const path = entityPath(entitySet, id);
  const look = async () => JOB_STATES[(await ams.json<Job>('GET', path, { signal })).State];
  const outputs = await all<Asset>(stage, `${path}/OutputMediaAssets`, { signal });
  let state = await look();
  if (RUNNING.has(state))
    await ams
      .request('GET', 'CancelJob', { query: { jobid: odataString(id) }, signal })
      .catch(async (error: unknown) => {
        // Refused because the job has ended in the meantime, or because an earlier attempt did cancel it.
        state = await look();
        if (RUNNING.has(state)) throw error;
      });
  while (!ENDED.has(state)) {
    await wait(stage.pollIntervalMs, undefined, { signal });
    state = await look();
  }
  await deleteEntity(stage, entitySet, id, signal);
  for (const output of outputs) await deleteEntity(stage, 'Assets', output.Id, signal);
}
