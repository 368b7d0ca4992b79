/** Single scenes of the story as commands, for an account that stays: `encode`, `publish`, `watch`. */
import { entityPath } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { withSession } from '../session';
import { UsageError } from '../settings';
import { findOutput, followJob, jobBody, pickProcessor } from '../story/encode';
import { streamingUrls } from '../story/publish';
import type { Entity, Stage } from '../story/stage';
import { LOCATOR, PERMISSION, type AssetFile, type Locator } from '../story/upload';
import { tell } from './tell';

export interface EncodeOptions extends GlobalOptions {
  readonly preset?: string;
  readonly processor?: string;
  readonly name?: string;
}

/** The job and what it makes are there to stay; Ctrl-C leaves the job alone. */
export async function encode(assetId: string, options: EncodeOptions, world: World): Promise<void> {
  await withSession(options, world, { story: true }, async (stage) => {
    const { ams, report, signal } = stage;
    const processor = await pickProcessor(stage, options.processor);
    const name = options.name ?? `encode-${crypto.randomUUID().slice(0, 8)}`;
    const encoding = { assetId, jobName: name, outputName: `${name}-output` };
    const body = jobBody(
      stage,
      { ...encoding, ...(options.preset && { preset: options.preset }) },
      processor,
    );
    const { body: job } = await report.step(
      'Submit the job',
      () => ams.request<Entity>('POST', 'Jobs', { body }),
      (answer) => `job ${answer.body.Id}`,
    );
    try {
      signal.throwIfAborted();
      await followJob(stage, job.Id);
    } catch (error) {
      if (signal.aborted)
        world.stderr.write(
          `The job goes on. See how: watch ${job.Id}. Cancel it: call GET CancelJob --query "jobid='${job.Id}'"\n`,
        );
      throw error;
    }
    const output = await findOutput(stage, job.Id);
    tell(options, world, { job: job.Id, asset: output.Id }, `Asset ${output.Id}`);
  });
}

export async function watch(jobId: string, options: GlobalOptions, world: World): Promise<void> {
  await withSession(options, world, { story: true }, async (stage) => {
    await followJob(stage, jobId);
    const output = await findOutput(stage, jobId);
    tell(options, world, { job: jobId, asset: output.Id }, `Asset ${output.Id}`);
  });
}

/** The locator stays: it is what publishes. */
export async function publish(
  assetId: string,
  options: GlobalOptions & { readonly days?: string },
  world: World,
): Promise<void> {
  const days = Number(options.days ?? 30);
  if (!(days > 0 && days <= 36_500)) throw new UsageError('--days must be a number above 0.');
  await withSession(options, world, { story: true }, async (stage) => {
    const { locator, files } = await originLocator(stage, assetId, days);
    const urls = streamingUrls(locator, files);
    const text = [`Locator ${locator.Id}`, ...urls.map(([format, url]) => `${format.padEnd(7)} ${url}`)];
    tell(
      options,
      world,
      { locator: locator.Id, path: locator.Path, urls: Object.fromEntries(urls) },
      text.join('\n'),
    );
  });
}

async function originLocator(
  { ams, report, signal }: Stage,
  assetId: string,
  days: number,
): Promise<{ locator: Locator; files: AssetFile[] }> {
  const { body: files } = await report.step(
    'List the files of the asset',
    () => ams.request<AssetFile[]>('GET', entityPath('Assets', assetId, 'Files'), { signal }),
    ({ body }) => `${body.length} files`,
  );
  const { body: locator } = await report.step(
    'Create a read policy and an origin locator',
    async () => {
      const policy = {
        Name: `publish-${days}-days`,
        DurationInMinutes: days * 1440,
        Permissions: PERMISSION.read,
      };
      const { body: made } = await ams.request<Entity>('POST', 'AccessPolicies', { body: policy });
      const body = { AccessPolicyId: made.Id, AssetId: assetId, Type: LOCATOR.onDemandOrigin };
      return ams.request<Locator>('POST', 'Locators', { body });
    },
    ({ body }) => `locator ${body.Id}`,
  );
  return { locator, files };
}
