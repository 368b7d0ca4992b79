/** Upload, encode, publish, read back, delete: the demo of the console client in short. */
import { setTimeout as wait } from 'node:timers/promises';
import { blobUrlInContainer, bytesSource, uploadBlob } from 'ams-rest/storage';
import { entityPath, odataString, ServiceError, type AmsClient, type Transport } from 'ams-rest';

export interface StoryInput {
  readonly name: string;
  readonly fileName: string;
  readonly contentBase64: string;
  readonly processor: string;
  readonly preset: string;
  readonly pollMs: number;
}

interface Entity {
  readonly Id: string;
}
type Locator = Entity & { readonly Path: string };
type File = { readonly Name: string; readonly ContentFileSize: string };

/** Gives the bytes of the published file that is as large as the one that went in. */
export async function tellStory(
  ams: AmsClient,
  transport: Transport,
  input: StoryInput,
): Promise<Uint8Array> {
  const created: string[] = [];
  const failures: unknown[] = [];
  const create = async <T extends Entity>(set: string, body: object): Promise<T> => {
    const entity = await ams.json<T>('POST', set, { body });
    created.push(entityPath(set, entity.Id));
    return entity;
  };
  const locatorFor = async (assetId: string, permissions: number, type: number): Promise<Locator> => {
    const policy = await create<Entity>('AccessPolicies', {
      Name: input.name,
      DurationInMinutes: 60,
      Permissions: permissions,
    });
    return create<Locator>('Locators', { AccessPolicyId: policy.Id, AssetId: assetId, Type: type });
  };
  let read: Uint8Array;
  try {
    const asset = await create<Entity>('Assets', { Name: input.name });
    const upload = await locatorFor(asset.Id, 2, 1);
    const source = bytesSource(Buffer.from(input.contentBase64, 'base64'));
    await uploadBlob(transport, blobUrlInContainer(upload.Path, input.fileName), source, {
      contentType: 'video/mp4',
    });
    await ams.request('GET', 'CreateFileInfos', { query: { assetid: odataString(asset.Id) } });
    const job = await create<Entity>('Jobs', await jobBody(ams, input, asset.Id));
    await untilFinished(ams, job.Id, input.pollMs);
    const outputs = entityPath('Jobs', job.Id, 'OutputMediaAssets');
    const output = (await ams.json<Entity[]>('GET', outputs))[0]?.Id ?? '';
    created.push(entityPath('Assets', output));
    const published = await locatorFor(output, 1, 2);
    const files = await ams.json<File[]>('GET', entityPath('Assets', output, 'Files'));
    const file = files.find(({ ContentFileSize }) => Number(ContentFileSize) === source.size)?.Name ?? '';
    const url = published.Path + encodeURIComponent(file);
    const limits = { timeoutMs: 10_000, maxResponseBytes: 1_000_000 };
    read = (await transport({ method: 'GET', url, headers: {}, ...limits })).body;
  } finally {
    for (const path of created.reverse())
      await ams.request('DELETE', path).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
  return read;
}

async function jobBody(ams: AmsClient, input: StoryInput, assetId: string): Promise<object> {
  const query = { $filter: `Name eq ${odataString(input.processor)}` };
  const found = await ams.json<(Entity & { Version: string })[]>('GET', 'MediaProcessors', { query });
  const newest = found.sort((a, b) => b.Version.localeCompare(a.Version, 'en', { numeric: true }))[0];
  const taskBody =
    '<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>' +
    '<outputAsset>JobOutputAsset(0)</outputAsset></taskBody>';
  return {
    Name: input.name,
    InputMediaAssets: [{ __metadata: { uri: ams.root + entityPath('Assets', assetId) } }],
    Tasks: [{ Configuration: input.preset, MediaProcessorId: newest?.Id, TaskBody: taskBody }],
  };
}

async function untilFinished(ams: AmsClient, jobId: string, pollMs: number): Promise<void> {
  for (;;) {
    const body = await ams.json<{ State: number }>('GET', entityPath('Jobs', jobId));
    if (body.State === 3) return;
    if (body.State > 3)
      throw new ServiceError({
        method: 'GET',
        url: ams.root,
        status: 200,
        serviceMessage: `job state ${body.State}`,
      });
    await wait(pollMs);
  }
}
