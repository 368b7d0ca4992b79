import type { Account } from '../account';
import { badRequest, conflict, ServiceError } from '../media/errors';
import { keys, linked, newId, text } from '../media/rows';
import type { SetRules } from '../media/set-rules';
import { withDefaults } from '../media/values';
import { entitySet, type Row } from '../model';
import { containerOf } from './containers';
import { removeLocator } from './locators';
import { assetContentKeys, removeOrphan } from './protection';

/** Values of Asset.State. */
const assetState = { initialized: 0, deleted: 2 } as const;

/** Completes the row of a new asset and makes its container. */
async function createContainer(account: Account, row: Row): Promise<Row> {
  const name = text(row, 'StorageAccountName') || account.storage.account;
  if (account.store.get('StorageAccounts', name) === undefined) {
    throw new ServiceError(404, 'Cannot find the storage account');
  }
  const container = containerOf(row);
  await account.storage.createContainer(container);
  return { ...row, StorageAccountName: name, Uri: `${account.storage.endpoint}/${container}` };
}

/** A new asset made by the service itself, as the output of a job. */
export async function createAsset(account: Account, values: Row): Promise<Row> {
  const set = entitySet('Assets');
  const now = account.clock.now();
  const row = await createContainer(account, {
    ...withDefaults(set.properties, values),
    Id: newId(account, set),
    Created: now,
    LastModified: now,
  });
  account.store.insert('Assets', row);
  return row;
}

/** Removes an asset with its locators, files, filters and, unless it is to be kept, its container. */
export async function removeAsset(account: Account, asset: Row, keepContainer: boolean): Promise<void> {
  const id = text(asset, 'Id');
  for (const locator of account.store.related('Locators', 'AssetId', id)) {
    await removeLocator(account, locator);
    account.store.remove('Locators', text(locator, 'Id'));
  }
  for (const set of ['Files', 'AssetFilters']) {
    for (const row of account.store.related(set, 'ParentAssetId', id)) {
      account.store.remove(set, text(row, 'Id'));
    }
  }
  account.store.update('Assets', id, { _contentKeys: [] });
  for (const key of keys(asset, '_contentKeys')) removeOrphan(account, key);
  if (!keepContainer) await account.storage.deleteContainer(containerOf(asset));
}

export const assetRules: SetRules = {
  create: async (account, row) => ({ row: await createContainer(account, row) }),
  async remove(account, asset, query) {
    const id = text(asset, 'Id');
    if (account.store.rows('Programs').some((program) => program['AssetId'] === id)) {
      throw badRequest('The asset is used by a program and cannot be deleted.');
    }
    await removeAsset(account, asset, query.get('keepcontainer')?.toLowerCase() === 'true');
    return {};
  },
  // Recorded in 2020 below a job whose assets had been deleted.
  deleted(account, key) {
    const [State, Created] = [assetState.deleted, account.clock.now()];
    const values = { Id: key, State, Created, LastModified: Created, Name: 'Nonexistent Asset' };
    return withDefaults(entitySet('Assets').properties, values);
  },
  actions: { Publish: () => ({}) },
  links: { ContentKeys: assetContentKeys },
};

// The characters that a blob of an asset may not have in its name.
const forbiddenInName = /[!*'();:@&=+$,/?%#[\]"{}]/;

/** Refuses a file name that the service refused, one that the asset has, and a second primary file. */
function checkFile(account: Account, file: Row): void {
  const name = text(file, 'Name');
  if (name === '' || forbiddenInName.test(name))
    throw badRequest("The value of the property 'Name' is not valid.");
  const siblings = filesOf(account, text(file, 'ParentAssetId')).filter((row) => row['Id'] !== file['Id']);
  if (siblings.some((row) => text(row, 'Name').toLowerCase() === name.toLowerCase())) {
    throw conflict('An AssetFile with the same name already exists in the asset.');
  }
  if (file['IsPrimary'] === true && siblings.some((row) => row['IsPrimary'] === true)) {
    throw conflict('The asset already has a primary file.');
  }
}

/** The AssetFile rows of an asset. */
export function filesOf(account: Account, assetId: string): readonly Row[] {
  return account.store.related('Files', 'ParentAssetId', assetId);
}

export const fileRules: SetRules = {
  create(account, row) {
    const asset = linked(account, 'Assets', text(row, 'ParentAssetId'));
    const file = { ...row, ParentAssetId: text(asset, 'Id') };
    checkFile(account, file);
    return { row: file };
  },
  update(account, row, changes) {
    checkFile(account, { ...row, ...changes });
    return { row: changes };
  },
};

/** Stores an AssetFile row for a blob that is in the container. */
export function insertFile(account: Account, values: Row): void {
  const set = entitySet('Files');
  const now = account.clock.now();
  const row = {
    ...withDefaults(set.properties, values),
    Id: newId(account, set),
    Created: now,
    LastModified: now,
  };
  account.store.insert('Files', row);
}

/** The function CreateFileInfos: an AssetFile row for every blob of the container that has none yet. */
export async function createFileInfos(account: Account, assetId: string): Promise<void> {
  const asset = linked(account, 'Assets', assetId);
  const id = text(asset, 'Id');
  const blobs = (await account.storage.list(containerOf(asset))) ?? [];
  const existing = new Map(filesOf(account, id).map((row) => [text(row, 'Name'), row]));
  for (const { name, size } of blobs) {
    const file = existing.get(name);
    if (file === undefined) insertFile(account, { Name: name, ContentFileSize: size, ParentAssetId: id });
    else account.store.update('Files', text(file, 'Id'), { ContentFileSize: size });
  }
}
