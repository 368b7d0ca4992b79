/** Media Services accounts made by Resource Manager in the emulator: real ones, with an API and entities of their own. */
import {
  assignRole,
  attachStorageAccount,
  BUILT_IN_ROLES,
  checkMediaAccountName,
  checkStorageAccountName,
  createMediaAccount,
  deleteMediaAccount,
  getMediaAccount,
  resourceGroupId,
  listMediaAccountKeys,
  listMediaAccounts,
  listMediaRegions,
  listSubscriptionMediaAccounts,
  mediaAccountId,
  regenerateMediaAccountKey,
  regenerateStorageAccountKey,
  registerProvider,
  storageAccountId,
  syncStorageKeys,
} from '../src/resource-manager';
import { bytesSource, readBlobRange, serviceSas, uploadBlob } from '../src/storage';
import { all, emulator, endpointOf, newStorage, open, soon } from './helpers/arm-emulator';
import { everyPrint, rejection } from './helpers/values';

test('the story: storage account, keys, media account, role, first call, file', async () => {
  const {
    arm,
    transport,
    media,
    account: storageAccount,
    inGroup,
    principalId,
    signedWith,
    keys,
    endpoint,
  } = await newStorage('storystore');
  const account = inGroup('story');
  const made = await createMediaAccount(arm, account, { location: 'West US', storageAccount }, soon);
  expect(made).toMatchObject({
    id: mediaAccountId(account),
    name: 'story',
    location: 'West US',
    properties: { storageAccounts: [{ id: storageAccountId(storageAccount), isPrimary: true }] },
  });

  const client = media(endpointOf(made));
  const refused = await rejection(client.request('GET', 'Assets'));
  expect(refused).toMatchObject({ name: 'ServiceError', status: 401 });
  const role = await assignRole(arm, made.id, { principalId });
  expect(role.properties).toMatchObject({ principalId, scope: made.id });

  const asset = await client.json<{ Id: string; Uri: string }>('POST', 'Assets', {
    body: { Name: 'a' },
  });
  // The asset is a container of the storage account that was made a moment ago.
  expect(asset.Uri.startsWith(`${endpoint}/`)).toBe(true);
  await uploadBlob(signedWith(keys[0]), `${asset.Uri}/hello.txt`, bytesSource(Buffer.from('hello')));
  const read = await readBlobRange(signedWith(keys[1]), `${asset.Uri}/hello.txt`, 0, 5);
  expect(Buffer.from(read).toString()).toBe('hello');

  // The account has its own entities, and so has the one that was there before.
  expect(await all(client.list('Assets'))).toHaveLength(1);
  expect(await all(media(emulator().apiEndpoint).list('Assets'))).toHaveLength(0);

  expect(await deleteMediaAccount(arm, account)).toBe(true);
  expect(await deleteMediaAccount(arm, account)).toBe(false);
  expect(await rejection(client.request('GET', 'Assets'))).toMatchObject({ status: 404 });
  expect(await rejection(getMediaAccount(arm, account))).toMatchObject({
    name: 'ArmError',
    status: 404,
    code: 'ResourceNotFound',
  });
  // What is in the storage account stays.
  expect(
    await readBlobRange(
      transport,
      `${asset.Uri}/hello.txt?${serviceSas({ account: 'storystore', key: keys[0] }, { container: asset.Uri.split('/').at(-1) ?? '' }, { sp: 'r', se: '2035-01-01T00:00:00Z' })}`,
      0,
      1,
    ),
  ).toHaveLength(1);
});

describe('a Media Services account', () => {
  test('is found in its group and in the subscription, with the one that was there before', async () => {
    const { arm, account: storageAccount, inGroup, subscriptionId } = await newStorage('liststore');
    const made = await createMediaAccount(arm, inGroup('listed'), { location: 'westus', storageAccount });
    expect(await getMediaAccount(arm, inGroup('LISTED', 'TESTS'))).toEqual(made);
    expect((await all(listMediaAccounts(arm, inGroup('')))).map(({ name }) => name)).toContain('listed');
    const everywhere = await all(listSubscriptionMediaAccounts(arm, subscriptionId));
    expect(everywhere.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['listed', emulator().accountName]),
    );
    const taken = { nameAvailable: false, reason: 'AlreadyExists' };
    expect(await checkMediaAccountName(arm, subscriptionId, 'listed')).toMatchObject(taken);
    expect(await checkMediaAccountName(arm, subscriptionId, 'free')).toMatchObject({ nameAvailable: true });
    expect(await checkMediaAccountName(arm, subscriptionId, 'N')).toMatchObject({ reason: 'Invalid' });
  });

  test('takes further storage accounts, which its API then knows', async () => {
    const { arm, media, account: storageAccount, inGroup, principalId } = await newStorage('firststore');
    const { account: secondStorage } = await newStorage('secondstore');
    const account = inGroup('attached');
    const made = await createMediaAccount(arm, account, { location: 'westus', storageAccount });
    await assignRole(arm, made.id, { principalId });
    const attached = await attachStorageAccount(arm, account, secondStorage);
    expect(attached.properties.storageAccounts).toEqual([
      { id: storageAccountId(storageAccount), isPrimary: true },
      { id: storageAccountId(secondStorage), isPrimary: false },
    ]);
    expect(await attachStorageAccount(arm, account, secondStorage)).toEqual(attached);
    const known = await all(
      media(endpointOf(made)).list<{ Name: string; IsDefault: boolean }>('StorageAccounts'),
    );
    expect(known.map(({ Name, IsDefault }) => [Name, IsDefault])).toEqual([
      ['firststore', true],
      ['secondstore', false],
    ]);
    const missing = attachStorageAccount(arm, account, inGroup('nostore'));
    expect(await rejection(missing)).toMatchObject({ name: 'ArmError', status: 400 });
  });

  test('has to be told when the key of its storage account was regenerated', async () => {
    const { arm, media, account: storageAccount, inGroup, principalId } = await newStorage('syncstore');
    const account = inGroup('synced');
    const made = await createMediaAccount(arm, account, { location: 'westus', storageAccount });
    await assignRole(arm, made.id, { principalId });
    const client = media(endpointOf(made));
    const newAsset = () => client.request('POST', 'Assets', { body: { Name: 'a' } });
    expect((await newAsset()).status).toBe(201);
    await regenerateStorageAccountKey(arm, storageAccount, 'key1');
    expect(await rejection(newAsset())).toMatchObject({ name: 'ServiceError', status: 500 });
    await syncStorageKeys(arm, account, storageAccount);
    expect((await newAsset()).status).toBe(201);
    const other = syncStorageKeys(arm, account, inGroup('otherstore'));
    expect(await rejection(other)).toMatchObject({ name: 'ArmError', status: 400 });
  });

  test('still has the keys of former days', async () => {
    const { arm, account: storageAccount, inGroup } = await newStorage('acsstore');
    const account = inGroup('acskeys');
    await createMediaAccount(arm, account, { location: 'westus', storageAccount });
    const before = await listMediaAccountKeys(arm, account);
    expect(before.scope).toBe('urn:windowsazuremediaservices');
    const primary = await regenerateMediaAccountKey(arm, account, 'Primary');
    const secondary = await regenerateMediaAccountKey(arm, account, 'Secondary');
    const after = await listMediaAccountKeys(arm, account);
    expect(after).toEqual({ ...before, primaryKey: primary, secondaryKey: secondary });
    expect(new Set([before.primaryKey, before.secondaryKey, primary, secondary]).size).toBe(4);
  });

  test('is opened by Contributor and Owner, here or above, and by no other role', async () => {
    const { arm, media, account: storageAccount, inGroup, principalId } = await newStorage('rolestore');
    const made = await createMediaAccount(arm, inGroup('roles'), { location: 'westus', storageAccount });
    const client = media(endpointOf(made));
    const refused = { name: 'ServiceError', status: 401 };
    await assignRole(arm, made.id, { principalId, roleId: BUILT_IN_ROLES.Reader });
    expect(await rejection(client.request('GET', 'Assets'))).toMatchObject(refused);
    const nobody = assignRole(arm, made.id, { principalId: '00000000-0000-0000-0000-000000000000' });
    expect(await rejection(nobody)).toMatchObject({ status: 400, code: 'PrincipalNotFound' });

    const assignmentId = crypto.randomUUID();
    const owner = { principalId, roleId: BUILT_IN_ROLES.Owner, assignmentId };
    const role = await assignRole(arm, resourceGroupId(inGroup('')), owner);
    expect((await client.request('GET', 'Assets')).status).toBe(200);
    // Repeating the same request is not a conflict; a different one of its kind is.
    expect(await assignRole(arm, resourceGroupId(inGroup('')), owner)).toEqual(role);
    const twice = assignRole(arm, resourceGroupId(inGroup('')), {
      principalId,
      roleId: BUILT_IN_ROLES.Owner,
    });
    expect(await rejection(twice)).toMatchObject({ status: 409, code: 'RoleAssignmentExists' });

    await arm.request('DELETE', role.id, { apiVersion: '2022-04-01' });
    expect(await rejection(client.request('GET', 'Assets'))).toMatchObject(refused);
    expect(await rejection(assignRole(arm, '/elsewhere', { principalId }))).toBeInstanceOf(TypeError);
  });
});

test('regions, and the provider that has to be registered', async () => {
  const { arm, subscriptionId } = open('v1');
  expect(await listMediaRegions(arm, subscriptionId)).toContain('West US');
  const provider = await registerProvider(arm, subscriptionId, 'Microsoft.Media', soon);
  expect(provider.registrationState).toBe('Registered');
  expect(await rejection(registerProvider(arm, subscriptionId, 'Microsoft.Nothing'))).toMatchObject({
    status: 404,
  });
});

test('the token is in no error', async () => {
  const { arm, credential, subscriptionId } = open();
  const { token } = await credential.getToken('https://management.azure.com/.default');
  const error = await rejection(checkStorageAccountName(arm, subscriptionId.replace(/^./, 'x'), 'any'));
  expect(error).toMatchObject({ name: 'ArmError', status: 404, code: 'SubscriptionNotFound' });
  expect(everyPrint(error)).not.toContain(token.slice(-30));
});
