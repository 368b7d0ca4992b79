/** Scene 4, first half: a file becomes an asset. */
import { createHash } from 'node:crypto';
import { blobUrlInContainer, fileSource, uploadBlob, type ByteSource } from 'ams-rest/storage';
import { odataString } from 'ams-rest';
import { create, type Entity, type Stage } from './stage';

export interface Asset extends Entity {
  readonly Uri: string;
}

export interface Locator extends Entity {
  readonly Path: string;
}

export interface AssetFile extends Entity {
  readonly Name: string;
  /** Bytes; a 64-bit number, so a string in JSON. */
  readonly ContentFileSize: string;
}

/** Permissions of an access policy, to be added up. */
export const PERMISSION = { read: 1, write: 2 } as const;
/** Types of a locator. */
export const LOCATOR = { sas: 1, onDemandOrigin: 2 } as const;

export interface Upload {
  readonly asset: Asset;
  readonly fileName: string;
  readonly size: number;
  readonly sha256: string;
}

export async function uploadFile(stage: Stage, path: string, fileName: string): Promise<Upload> {
  const { ams, report, runName, signal, transport } = stage;
  const asset = await report.step(
    'Create an asset',
    () => create<Asset>(stage, 'Assets', { Name: `${runName}-source` }),
    ({ Id, Uri }) => `asset ${Id}, container ${Uri}`,
  );
  const policy = await report.step(
    'Create an access policy that allows writing',
    () =>
      create(stage, 'AccessPolicies', {
        Name: `${runName}-write`,
        DurationInMinutes: 120,
        Permissions: PERMISSION.write,
      }),
    ({ Id }) => `policy ${Id}`,
  );
  const locator = await report.step(
    'Create a SAS locator',
    () =>
      create<Locator>(stage, 'Locators', {
        Name: `${runName}-upload`,
        AccessPolicyId: policy.Id,
        AssetId: asset.Id,
        Type: LOCATOR.sas,
      }),
    ({ Id }) => `locator ${Id}`,
  );

  const source = await fileSource(path);
  try {
    const [, sha256] = await report.step(
      `Upload ${fileName} by the Storage REST API`,
      () =>
        Promise.all([
          uploadBlob(transport, blobUrlInContainer(locator.Path, fileName), source, {
            contentType: /\.mp4$/i.test(fileName) ? 'video/mp4' : 'application/octet-stream',
            signal,
            onProgress: ({ sentBytes, totalBytes }) =>
              report.progress({ label: fileName, done: sentBytes, total: totalBytes, unit: 'bytes' }),
          }),
          sha256Of(source, signal),
        ]),
      ([{ blocks }]) => `${source.size} bytes ${blocks > 0 ? `in ${blocks} blocks` : 'in one request'}`,
    );
    await report.step('Let Media Services take up what is in the container (CreateFileInfos)', () =>
      ams.request('GET', 'CreateFileInfos', { query: { assetid: odataString(asset.Id) }, signal }),
    );
    return { asset, fileName, size: source.size, sha256 };
  } finally {
    await source.close();
  }
}

/** The SHA-256 of a source, read in pieces, to be compared with what is downloaded in the end. */
async function sha256Of(source: ByteSource, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const piece = 4 * 1024 * 1024;
  for (let offset = 0; offset < source.size; offset += piece) {
    signal.throwIfAborted();
    hash.update(await source.read(offset, Math.min(piece, source.size - offset)));
  }
  return hash.digest('hex');
}
