/** Scenes of the story as separate commands: `encode`, `publish`, `watch`. */
import { entityPath } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { UsageError } from '../errors';
import { withSession } from '../session';
import { findOutput, followJob, jobBody, pickProcessor } from '../story/encode';
import { streamingUrls } from '../story/publish';
import { all, type Entity, type Stage } from '../story/stage';
import { LOCATOR, PERMISSION, type AssetFile, type Locator } from '../story/upload';
import { tell } from '../output/print';

export interface EncodeOptions extends GlobalOptions {
  readonly preset?: string;
  readonly processor?: string;
  readonly name?: string;
}

/** The job and its output stay; Ctrl-C stops following the job, not the job. */
export async function encode(assetId: string, options: EncodeOptions, world: World): Promise<undefined> {
  await withSession(options, world, { needs: 'Media Services', story: true }, async (stage) => {
    const { ams, report, signal } = stage;
    const processor = await pickProcessor(stage, options.processor);
    const name = options.name ?? `encode-${crypto.randomUUID().slice(0, 8)}`;
    const encoding = { assetId, jobName: name, outputName: `${name}-output` };
    const body = jobBody(
      stage,
      { ...encoding, ...(options.preset && { preset: options.preset }) },
      processor,
    );
    const job = await report.step(
      'Submit the job',
      () => ams.json<Entity>('POST', 'Jobs', { body }),
      ({ Id }) => `job ${Id}`,
    );
    try {
      signal.throwIfAborted();
      await followJob(stage, job.Id);
    } catch (error) {
      if (signal.aborted)
        world.stderr.write(
          `The job continues. To follow it: ${world.command} watch ${job.Id}\n` +
            `To cancel it: ${world.command} call GET CancelJob --query "jobid='${job.Id}'"\n`,
        );
      throw error;
    }
    const output = await findOutput(stage, job.Id);
    tell(options, world, { job: job.Id, asset: output.Id }, `Asset ${output.Id}`);
  });
}

export async function watch(jobId: string, options: GlobalOptions, world: World): Promise<undefined> {
  await withSession(options, world, { needs: 'Media Services', story: true }, async (stage) => {
    await followJob(stage, jobId);
    const output = await findOutput(stage, jobId);
    tell(options, world, { job: jobId, asset: output.Id }, `Asset ${output.Id}`);
  });
}

/** The locator stays, because it is what publishes the asset. */
export async function publish(
  assetId: string,
  options: GlobalOptions & { readonly days?: string },
  world: World,
): Promise<undefined> {
  const days = Number(options.days ?? 30);
  if (!(days > 0 && days <= 36_500)) throw new UsageError('--days must be a number above 0.');
  await withSession(options, world, { needs: 'Media Services', story: true }, async (stage) => {
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
  stage: Stage,
  assetId: string,
  days: number,
): Promise<{ locator: Locator; files: AssetFile[] }> {
  const { ams, report, signal } = stage;
  const files = await report.step(
    'List the files of the asset',
    () => all<AssetFile>(stage, entityPath('Assets', assetId, 'Files'), { signal }),
    (found) => `${found.length} files`,
  );
  const locator = await report.step(
    'Create a read policy and an origin locator',
    async () => {
      const policy = {
        Name: `publish-${days}-days`,
        DurationInMinutes: days * 1440,
        Permissions: PERMISSION.read,
      };
      const made = await ams.json<Entity>('POST', 'AccessPolicies', { body: policy });
      const body = { AccessPolicyId: made.Id, AssetId: assetId, Type: LOCATOR.onDemandOrigin };
      return ams.json<Locator>('POST', 'Locators', { body });
    },
    ({ Id }) => `locator ${Id}`,
  );
  return { locator, files };
}
