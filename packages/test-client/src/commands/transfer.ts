/** `upload` and `download`: bytes between this machine and an asset, by a SAS locator that exists only for the transfer. */
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { blobUrlInContainer, downloadToFile, fileSource, uploadBlob } from 'ams-rest/storage';
import { entityPath, odataString } from 'ams-rest';
import type { GlobalOptions, World } from '../context';
import { UsageError } from '../errors';
import { withPath } from '../file-system-error';
import { localNames } from '../local-names';
import { withSession } from '../session';
import { assertUsableFile, blobNameFor } from '../source-file';
import { all, create, deleteEntity, type Stage } from '../story/stage';
import { LOCATOR, PERMISSION, type Asset, type AssetFile, type Locator } from '../story/upload';
import { note, shellWord, tell } from '../output/print';

export interface UploadOptions extends GlobalOptions {
  readonly name?: string;
  readonly asset?: string;
}

/** The asset stays once bytes were sent, so that an upload that stopped can be continued with `--asset`. */
export async function upload(path: string, options: UploadOptions, world: World): Promise<undefined> {
  await assertUsableFile(path);
  const fileName = blobNameFor(path);
  await withSession(options, world, { needs: 'Media Services', story: true }, async (stage) => {
    const { ams, report, signal, transport } = stage;
    if (!path.endsWith(fileName))
      note(options, world, `Uploaded as ${fileName}: an asset's files cannot have its name.`);
    const assetId = options.asset ?? '';
    const asset = await report.step(
      options.asset ? 'Find the asset' : 'Create an asset',
      () =>
        options.asset
          ? ams.json<Asset>('GET', entityPath('Assets', assetId), { signal })
          : create<Asset>(stage, 'Assets', { Name: options.name ?? fileName }),
      ({ Id }) => `asset ${Id}`,
    );
    const locator = await sasLocator(stage, asset.Id, resolve(path), PERMISSION.read | PERMISSION.write);
    const source = await fileSource(path);
    const sent = { any: false };
    try {
      await report.step(
        `Upload ${fileName}`,
        () =>
          uploadBlob(transport, blobUrlInContainer(locator.Path, fileName), source, {
            resumable: true,
            signal,
            onProgress({ sentBytes, totalBytes }) {
              sent.any ||= sentBytes > 0;
              report.progress({ label: fileName, done: sentBytes, total: totalBytes, unit: 'bytes' });
            },
          }),
        ({ resumedBytes }) =>
          `${source.size} bytes${resumedBytes > 0 ? `, of which ${resumedBytes} were there already` : ''}`,
      );
      await report.step('Let Media Services take up what is in the container', () =>
        ams.request('GET', 'CreateFileInfos', { query: { assetid: odataString(asset.Id) }, signal }),
      );
    } catch (error) {
      if (sent.any && !stage.embedded) {
        stage.cleanup.keep(asset.Id);
        note(
          { ...options, quiet: false },
          world,
          `To continue: ${world.command} upload ${shellWord(path)} --asset ${asset.Id}`,
        );
      }
      throw error;
    } finally {
      await source.close();
    }
    stage.cleanup.keep(asset.Id);
    tell(options, world, { asset: asset.Id, file: fileName, bytes: source.size }, `Asset ${asset.Id}`);
  });
}

/** All files of an asset, or the one named. A file that exists is never overwritten; a partial one is continued. */
export async function download(
  assetId: string,
  only: string | undefined,
  options: GlobalOptions & { readonly to: string },
  world: World,
): Promise<undefined> {
  await withSession(options, world, { needs: 'Media Services', story: true }, async (stage) => {
    const { report, signal, transport } = stage;
    const found = await all<AssetFile>(stage, entityPath('Assets', assetId, 'Files'), { signal });
    const targets = localNames(
      found.map(({ Name }) => Name),
      process.platform,
    ).map(({ name, path }, index) => ({
      name,
      path: join(options.to, path),
      size: found[index]?.ContentFileSize,
    }));
    const wanted = targets.filter(({ name }) => only === undefined || name === only);
    if (wanted.length === 0) throw new UsageError(noFiles(assetId, only, found));
    const missing = await withoutExisting(wanted);
    const files = wanted.map(({ path }) => path);
    for (const { name, path } of wanted) {
      if (join(options.to, name) !== path) note(options, world, `${name} is saved as ${path}`);
      if (!missing.some((one) => one.path === path)) note(options, world, `${path} is already there`);
    }
    if (missing.length > 0) {
      const locator = await sasLocator(stage, assetId, resolve(options.to), PERMISSION.read);
      for (const { name, path } of missing) {
        await mkdir(dirname(path), { recursive: true });
        await report.step(
          `Download ${name}`,
          () =>
            withPath(path, () =>
              downloadToFile(transport, blobUrlInContainer(locator.Path, name), path, {
                signal,
                onProgress: ({ receivedBytes, totalBytes }) =>
                  report.progress({ label: name, done: receivedBytes, total: totalBytes, unit: 'bytes' }),
              }),
            ),
          ({ sizeBytes }) => `${sizeBytes} bytes in ${path}`,
        );
      }
    }
    tell(options, world, { files }, files.join('\n'));
  });
}

function noFiles(assetId: string, only: string | undefined, found: readonly AssetFile[]): string {
  if (found.length === 0) return `Asset ${assetId} has no files.`;
  const names = found.slice(0, 20).map(({ Name }) => Name);
  const more = found.length > names.length ? `, and ${found.length - names.length} more` : '';
  return `Asset ${assetId} has no file ${only ?? ''}. It has ${names.join(', ')}${more}.`;
}

/**
 * Leaves out what an earlier download completed.
 *
 * @throws UsageError before anything is downloaded when a file of another size, or a folder, is in the way.
 */
async function withoutExisting<T extends { readonly path: string; readonly size: string | undefined }>(
  wanted: readonly T[],
): Promise<T[]> {
  const missing: T[] = [];
  const inTheWay: string[] = [];
  for (const one of wanted) {
    const stats = await stat(one.path).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!stats) missing.push(one);
    else if (!stats.isFile() || String(stats.size) !== one.size) inTheWay.push(one.path);
  }
  if (inTheWay.length > 0)
    throw new UsageError(
      `Not overwritten: ${inTheWay.join(', ')}. Remove what is there, or choose another folder with --to.`,
    );
  return missing;
}

/** Deleted at the end. One that a killed transfer of the same file left is replaced: an asset may have five. */
async function sasLocator(
  stage: Stage,
  assetId: string,
  localPath: string,
  permissions: number,
): Promise<Locator> {
  const { report, signal } = stage;
  const origin = createHash('sha256').update(`${hostname()}\n${localPath}\n${assetId}`).digest('hex');
  const name = `transfer-${origin.slice(0, 16)}`;
  return report.step(
    'Create an access policy and a SAS locator',
    async () => {
      const query = { $filter: `Name eq ${odataString(name)}` };
      for (const entitySet of ['Locators', 'AccessPolicies'])
        for (const { Id } of await all<Locator>(stage, entitySet, { query, signal }))
          await deleteEntity(stage, entitySet, Id, signal);
      const policy = { Name: name, DurationInMinutes: 1440, Permissions: permissions };
      const made = await create(stage, 'AccessPolicies', policy);
      const settings = { Name: name, AccessPolicyId: made.Id, AssetId: assetId, Type: LOCATOR.sas };
      return create<Locator>(stage, 'Locators', settings);
    },
    ({ Id }) => `locator ${Id}`,
  );
}
