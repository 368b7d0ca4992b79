/** Storage accounts made by Resource Manager in the emulator: real ones, with keys that work until they are replaced. */
import {
  blobUrlInContainer,
  bytesSource,
  createContainer,
  readBlobRange,
  serviceSas,
  updateStoredPolicies,
  uploadBlob,
} from '../src/storage';
import {
  checkStorageAccountName,
  createMediaAccount,
  createResourceGroup,
  createStorageAccount,
  deleteStorageAccount,
  getStorageAccount,
  regenerateStorageAccountKey,
  storageAccountId,
} from '../src/resource-manager';
import { newStorage } from './helpers/arm-emulator';
import { rejection } from './helpers/values';

describe('a storage account', () => {
  test('is made, told of, and deleted', async () => {
    const { arm, account, made, requests, signedWith, keys, endpoint } = await newStorage('cyclestore');
    // It took polling: 202 with a Location first.
    expect(requests.some(({ url }) => url.includes('/asyncoperations/'))).toBe(true);
    expect(made).toMatchObject({
      id: storageAccountId(account),
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS', tier: 'Standard' },
      location: 'westus',
      properties: {
        provisioningState: 'Succeeded',
        supportsHttpsTrafficOnly: true,
        minimumTlsVersion: 'TLS1_2',
      },
    });
    expect(await getStorageAccount(arm, account)).toEqual(made);
    const changed = { location: 'westus', sku: 'Standard_GRS', tags: { why: 'test' } };
    expect(await createStorageAccount(arm, account, changed)).toMatchObject({
      sku: { name: 'Standard_GRS' },
      tags: { why: 'test' },
    });

    expect(await createContainer(signedWith(keys[0]), `${endpoint}/files`)).toBe(true);
    expect(await deleteStorageAccount(arm, account)).toBe(true);
    expect(await deleteStorageAccount(arm, account)).toBe(false);
    expect(await rejection(createContainer(signedWith(keys[0]), `${endpoint}/more`))).toMatchObject({
      name: 'ServiceError',
    });
  });

  test('has two keys, of which a regenerated one stops working with all that it signed', async () => {
    const { arm, account, transport, keys, endpoint, signedWith } = await newStorage('keystore');
    const [key1, key2] = keys;
    await createContainer(signedWith(key1), `${endpoint}/files`);
    await uploadBlob(signedWith(key2), `${endpoint}/files/b`, bytesSource(Buffer.from('x')));
    const sas = serviceSas(
      { account: 'keystore', key: key1 },
      { container: 'files' },
      { sp: 'r', se: '2035-01-01T00:00:00Z' },
    );
    const bySas = () => readBlobRange(transport, blobUrlInContainer(`${endpoint}/files?${sas}`, 'b'), 0, 1);
    expect(await bySas()).toHaveLength(1);

    const renewed = await regenerateStorageAccountKey(arm, account, 'key1');
    expect(renewed.map(({ keyName }) => keyName)).toEqual(['key1', 'key2']);
    expect(renewed[1]?.value).toBe(key2);
    expect(renewed[0]?.value).not.toBe(key1);
    const refused = { name: 'ServiceError', status: 403 };
    expect(await rejection(readBlobRange(signedWith(key1), `${endpoint}/files/b`, 0, 1))).toMatchObject(
      refused,
    );
    expect(await rejection(bySas())).toMatchObject(refused);
    expect(await readBlobRange(signedWith(renewed[0]?.value), `${endpoint}/files/b`, 0, 1)).toHaveLength(1);
    expect(await readBlobRange(signedWith(key2), `${endpoint}/files/b`, 0, 1)).toHaveLength(1);
  });

  test('has a globally unique name', async () => {
    const { arm, account, subscriptionId, inGroup } = await newStorage('takenstore');
    expect(await checkStorageAccountName(arm, subscriptionId, 'freestore')).toEqual({ nameAvailable: true });
    const taken = { nameAvailable: false, reason: 'AlreadyExists' };
    expect(await checkStorageAccountName(arm, subscriptionId, account.name)).toMatchObject(taken);
    const bad = { nameAvailable: false, reason: 'AccountNameInvalid' };
    expect(await checkStorageAccountName(arm, subscriptionId, 'No Name')).toMatchObject(bad);
    await createResourceGroup(arm, inGroup('', 'other'), 'westus');
    const again = createStorageAccount(arm, inGroup('takenstore', 'other'), { location: 'westus' });
    expect(await rejection(again)).toMatchObject({ status: 409, code: 'StorageAccountAlreadyTaken' });
    const nowhere = createStorageAccount(arm, inGroup('anystore', 'nowhere'), { location: 'westus' });
    expect(await rejection(nowhere)).toMatchObject({ status: 404, code: 'ResourceGroupNotFound' });
    const invalid = createStorageAccount(arm, inGroup('Any-Store'), { location: 'westus' });
    expect(await rejection(invalid)).toMatchObject({ status: 400, code: 'AccountNameInvalid' });
  });

  test('keeps its stored policies beside the locators of Media Services', async () => {
    const { arm, account, transport, keys, endpoint, signedWith, inGroup } = await newStorage('policystore');
    await createMediaAccount(arm, inGroup('policies'), { location: 'westus', storageAccount: account });
    const url = `${endpoint}/files`;
    await createContainer(signedWith(keys[0]), url);
    await uploadBlob(signedWith(keys[0]), `${url}/b`, bytesSource(Buffer.from('x')));
    const policy = {
      id: 'mine',
      start: '2020-01-01T00:00:00Z',
      expiry: '2035-01-01T00:00:00Z',
      permission: 'r',
    };
    await updateStoredPolicies(signedWith(keys[0]), url, () => [policy]);
    const sas = serviceSas({ account: account.name, key: keys[0] }, { container: 'files' }, { si: 'mine' });
    expect(await readBlobRange(transport, `${url}/b?${sas}`, 0, 1)).toHaveLength(1);
    await updateStoredPolicies(signedWith(keys[0]), url, () => []);
    const ended = readBlobRange(transport, `${url}/b?${sas}`, 0, 1);
    expect(await rejection(ended)).toMatchObject({ name: 'ServiceError', status: 403 });
  });
});
