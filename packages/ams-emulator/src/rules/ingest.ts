import type { Account } from '../account';
import { badRequest, conflict } from '../media/errors';
import { exclusively } from '../media/exclusively';
import { count, linked, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import type { Row } from '../model';
import { filesOf, insertFile } from './assets';
import { containerOf, uploadContainerOf } from './containers';

/** Values of IngestManifest.State and of IngestManifestFile.State. */
const manifestState = { inactive: 0, active: 2 } as const;
const fileState = { pending: 0, finished: 1 } as const;

export const ingestManifestRules: SetRules = {
  async create(account, row) {
    const container = uploadContainerOf(row);
    await account.storage.createContainer(container);
    return {
      row: {
        ...row,
        StorageAccountName: text(row, 'StorageAccountName') || account.storage.account,
        BlobStorageUriForUpload: `${account.storage.endpoint}/${container}`,
      },
    };
  },
  async remove(account, manifest) {
    for (const asset of account.store.related(
      'IngestManifestAssets',
      'ParentIngestManifestId',
      text(manifest, 'Id'),
    )) {
      removeAssetOfManifest(account, asset);
      account.store.remove('IngestManifestAssets', text(asset, 'Id'));
    }
    await account.storage.deleteContainer(uploadContainerOf(manifest));
    return {};
  },
  present(account, manifest) {
    const files = filesOfManifest(account, manifest);
    const finished = files.filter((file) => file['State'] === fileState.finished).length;
    return {
      ...manifest,
      State: files.length === 0 ? manifestState.inactive : manifestState.active,
      Statistics: {
        PendingFilesCount: files.length - finished,
        FinishedFilesCount: finished,
        ErrorFilesCount: 0,
        ErrorFilesDetails: null,
      },
    };
  },
};

function filesOfManifest(account: Account, manifest: Row): Row[] {
  return account.store
    .related('IngestManifestAssets', 'ParentIngestManifestId', text(manifest, 'Id'))
    .flatMap((asset) => [...filesOfIngestAsset(account, asset)]);
}

const filesOfIngestAsset = (account: Account, asset: Row): readonly Row[] =>
  account.store.related('IngestManifestFiles', 'ParentIngestManifestAssetId', text(asset, 'Id'));

export const ingestAssetRules: SetRules = {
  create(account, row, { links }) {
    const manifest = linked(account, 'IngestManifests', text(row, 'ParentIngestManifestId'));
    const [assetId] = links['Asset'] ?? [];
    if (assetId === undefined) throw badRequest("The required property 'Asset' is missing.");
    const asset = linked(account, 'Assets', assetId);
    if (asset['StorageAccountName'] !== manifest['StorageAccountName']) {
      throw conflict('The asset is in another storage account than the manifest.');
    }
    const manifestId = text(manifest, 'Id');
    return {
      row: { ...row, ParentIngestManifestId: manifestId, _asset: text(asset, 'Id'), _pendingIn: manifestId },
    };
  },
  remove(account, row) {
    removeAssetOfManifest(account, row);
    return {};
  },
};

function removeAssetOfManifest(account: Account, asset: Row): void {
  for (const file of filesOfIngestAsset(account, asset)) {
    account.store.remove('IngestManifestFiles', text(file, 'Id'));
  }
}

export const ingestFileRules: SetRules = {
  create(account, row) {
    const manifest = linked(account, 'IngestManifests', text(row, 'ParentIngestManifestId'));
    const asset = linked(account, 'IngestManifestAssets', text(row, 'ParentIngestManifestAssetId'));
    if (asset['ParentIngestManifestId'] !== manifest['Id']) {
      throw badRequest('The ingest manifest asset belongs to another manifest.');
    }
    const name = text(row, 'Name').toLowerCase();
    if (filesOfManifest(account, manifest).some((file) => text(file, 'Name').toLowerCase() === name)) {
      throw conflict('An IngestManifestFile with the same name already exists in the manifest.');
    }
    account.store.update('IngestManifestAssets', text(asset, 'Id'), { _pendingIn: text(manifest, 'Id') });
    return { row };
  },
};

const pendingFiles = (account: Account): Row[] =>
  account.store.rows('IngestManifestFiles').filter((file) => file['State'] === fileState.pending);

/**
 * Moves uploads of a manifest into the assets that wait for them. The service did so periodically; here it happens
 * before a request about ingest manifests or assets is answered.
 */
export async function takeUploads(account: Account): Promise<void> {
  if (pendingFiles(account).length > 0) await exclusively(account, () => takePending(account));
}

async function takePending(account: Account): Promise<void> {
  const pending = pendingFiles(account);
  for (const id of new Set(pending.map((file) => text(file, 'ParentIngestManifestId')))) {
    const manifest = account.store.get('IngestManifests', id);
    if (manifest === undefined) continue;
    const blobs = (await account.storage.list(uploadContainerOf(manifest))) ?? [];
    const sizes = new Map(blobs.map(({ name, size }) => [name, size]));
    for (const file of pending.filter((each) => each['ParentIngestManifestId'] === id)) {
      const size = sizes.get(text(file, 'Name'));
      if (size !== undefined) await takeFile(account, manifest, file, size);
    }
  }
}

async function takeFile(account: Account, manifest: Row, file: Row, size: number): Promise<void> {
  const ingestAsset = account.store.get('IngestManifestAssets', text(file, 'ParentIngestManifestAssetId'));
  const asset = account.store.get('Assets', text(ingestAsset ?? {}, '_asset'));
  if (ingestAsset === undefined || asset === undefined) return;
  const name = text(file, 'Name');
  await account.storage.copy(uploadContainerOf(manifest), name, containerOf(asset), name);
  const existing = filesOf(account, text(asset, 'Id')).find((row) => row['Name'] === name);
  if (existing !== undefined) account.store.update('Files', text(existing, 'Id'), { ContentFileSize: size });
  else {
    insertFile(account, {
      Name: name,
      ContentFileSize: size,
      ParentAssetId: text(asset, 'Id'),
      MimeType: file['MimeType'] ?? null,
      IsPrimary: file['IsPrimary'] ?? false,
    });
  }
  account.store.update('IngestManifestFiles', text(file, 'Id'), {
    State: fileState.finished,
    LastModified: account.clock.now(),
  });
  const isDone = filesOfIngestAsset(account, ingestAsset).every(
    (row) => count(row, 'State') === fileState.finished,
  );
  if (isDone) account.store.update('IngestManifestAssets', text(ingestAsset, 'Id'), { _pendingIn: null });
}
