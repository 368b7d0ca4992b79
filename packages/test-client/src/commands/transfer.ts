/** `upload` and `download`: bytes between this machine and an asset, by a SAS locator that lives as long as that takes. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blobUrlInContainer,
  downloadToFile,
  entityPath,
  fileSource,
  odataString,
  uploadBlob,
} from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { withSession } from '../session';
import { UsageError } from '../settings';
import { assertUsableFile, blobNameFor } from '../source-file';
import { create, type Stage } from '../story/stage';
import { LOCATOR, PERMISSION, type Asset, type AssetFile, type Locator } from '../story/upload';
import { tell } from './tell';

export interface UploadOptions extends GlobalOptions {
  readonly name?: string;
  readonly asset?: string;
}

/** The asset stays. An upload that breaks off goes on where it stopped when it is done again with `--asset`. */
export async function upload(path: string, options: UploadOptions, world: World): Promise<void> {
  await assertUsableFile(path);
  const fileName = blobNameFor(path);
  await withSession(options, world, { story: true }, async (stage) => {
    const { ams, report, signal, transport } = stage;
    const { body: asset } = await report.step(
      options.asset ? 'Find the asset' : 'Create an asset',
      () =>
        options.asset
          ? ams.request<Asset>('GET', entityPath('Assets', options.asset), { signal })
          : ams.request<Asset>('POST', 'Assets', { body: { Name: options.name ?? fileName } }),
      ({ body }) => `asset ${body.Id}`,
    );
    const locator = await sasLocator(stage, asset.Id, PERMISSION.read | PERMISSION.write);
    const source = await fileSource(path);
    try {
      await report.step(
        `Upload ${fileName}`,
        () =>
          uploadBlob(transport, blobUrlInContainer(locator.Path, fileName), source, {
            resumable: true,
            signal,
            onProgress: ({ sentBytes, totalBytes }) =>
              report.progress({ label: fileName, done: sentBytes, total: totalBytes, unit: 'bytes' }),
          }),
        ({ resumedBytes }) =>
          `${source.size} bytes${resumedBytes > 0 ? `, of which ${resumedBytes} were there already` : ''}`,
      );
    } catch (error) {
      world.stderr.write(`To go on where it stopped: upload ${path} --asset ${asset.Id}\n`);
      throw error;
    } finally {
      await source.close();
    }
    await report.step('Let Media Services take up what is in the container', () =>
      ams.request('GET', 'CreateFileInfos', { query: { assetid: odataString(asset.Id) }, signal }),
    );
    tell(options, world, { asset: asset.Id, file: fileName, bytes: source.size }, `Asset ${asset.Id}`);
  });
}

/** All files of an asset, or the one named; what was downloaded half-way goes on where it stopped. */
export async function download(
  assetId: string,
  only: string | undefined,
  options: GlobalOptions & { readonly to: string },
  world: World,
): Promise<void> {
  await withSession(options, world, { story: true }, async (stage) => {
    const { ams, report, signal, transport } = stage;
    const path = entityPath('Assets', assetId, 'Files');
    const all = (await ams.request<AssetFile[]>('GET', path, { signal })).body;
    const files = all.filter(({ Name }) => only === undefined || Name === only);
    if (files.length === 0)
      throw new UsageError(
        all.length === 0
          ? `Asset ${assetId} has no files.`
          : `Asset ${assetId} has no file ${only ?? ''}; it has ${all.map(({ Name }) => Name).join(', ')}.`,
      );
    const locator = await sasLocator(stage, assetId, PERMISSION.read);
    await mkdir(options.to, { recursive: true });
    const saved: string[] = [];
    for (const { Name } of files) {
      // A name comes from the service; it must not lead out of the folder.
      const target = join(options.to, blobNameFor(Name));
      await report.step(
        `Download ${Name}`,
        () =>
          downloadToFile(transport, blobUrlInContainer(locator.Path, Name), target, {
            signal,
            onProgress: ({ receivedBytes, totalBytes }) =>
              report.progress({ label: Name, done: receivedBytes, total: totalBytes, unit: 'bytes' }),
          }),
        ({ sizeBytes }) => `${sizeBytes} bytes in ${target}`,
      );
      saved.push(target);
    }
    tell(options, world, { files: saved }, saved.join('\n'));
  });
}

async function sasLocator(stage: Stage, assetId: string, permissions: number): Promise<Locator> {
  const { report } = stage;
  const name = `transfer-${crypto.randomUUID().slice(0, 8)}`;
  const { body } = await report.step(
    'Create an access policy and a SAS locator',
    async () => {
      const policy = { Name: name, DurationInMinutes: 1440, Permissions: permissions };
      const { body: made } = await create(stage, 'AccessPolicies', policy);
      const settings = { Name: name, AccessPolicyId: made.Id, AssetId: assetId, Type: LOCATOR.sas };
      return create<Locator>(stage, 'Locators', settings);
    },
    (answer) => `locator ${answer.body.Id}`,
  );
  return body;
}
