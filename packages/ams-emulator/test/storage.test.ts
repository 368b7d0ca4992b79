import * as storage from '@azure/storage-blob';
import { at, blobUrl, items, messageOf, startClient, uploadedAsset, type Client, type Json } from './client';

let client: Client;

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.emulator.close());

async function locatorOf(asset: Json, permissions: number, minutes = 60, extra: Json = {}): Promise<Json> {
  const policy = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'p',
    DurationInMinutes: minutes,
    Permissions: permissions,
  });
  return client.expect(201, 'POST', 'Locators', {
    AccessPolicyId: policy['Id'],
    AssetId: asset['Id'],
    Type: 1,
    ...extra,
  });
}

const put = async (url: string, body = 'bytes'): Promise<number> =>
  (await client.raw(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body })).status;
const get = async (url: string): Promise<number> => (await client.raw(url)).status;

describe('SAS locators', () => {
  test('have the form of the service', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', { Name: 'form' });
    const locator = await locatorOf(asset, 2, 60, { StartTime: '2026-05-17T22:00:00Z' });
    const guid = String(locator['Id']).slice('nb:lid:UUID:'.length);
    expect(locator['BaseUri']).toBe(asset['Uri']);
    expect(locator['Path']).toBe(String(locator['BaseUri']) + String(locator['ContentAccessComponent']));
    expect(locator['ContentAccessComponent']).toMatch(
      new RegExp(
        `^\\?sv=2012-02-12&sr=c&si=${guid}&sig=[\\w%]+&st=2026-05-17T22%3A00%3A00Z&se=2026-05-17T23%3A00%3A00Z$`,
      ),
    );
    const open = await locatorOf(asset, 2);
    expect(open['StartTime']).toBeNull();
    expect(open['ContentAccessComponent']).not.toContain('st=');
  });

  test('hold exactly the permissions of their policy', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', { Name: 'rights' });
    const [read, write, remove, list] = await Promise.all([1, 2, 4, 8].map((bits) => locatorOf(asset, bits)));
    const listUrl = (locator: Json = {}): string => `${String(locator['Path'])}&restype=container&comp=list`;
    expect(await put(blobUrl(read ?? {}, 'a.txt'))).toBe(403);
    expect(await put(blobUrl(write ?? {}, 'a.txt'))).toBe(201);
    expect(await get(blobUrl(write ?? {}, 'a.txt'))).toBe(403);
    expect(await get(blobUrl(read ?? {}, 'a.txt'))).toBe(200);
    expect(await get(listUrl(read))).toBe(403);
    expect(await get(listUrl(list))).toBe(200);
    const erase = async (locator: Json = {}): Promise<number> =>
      (await client.raw(blobUrl(locator, 'a.txt'), { method: 'DELETE' })).status;
    expect(await erase(write)).toBe(403);
    expect(await erase(remove)).toBe(202);
  });

  test('lose their rights when they are deleted, and the others keep theirs', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', { Name: 'revoked' });
    const [first, second] = [await locatorOf(asset, 3), await locatorOf(asset, 3)];
    expect(await put(blobUrl(first, 'a.txt'))).toBe(201);
    await client.expect(204, 'DELETE', at('Locators', first));
    expect(await get(blobUrl(first, 'a.txt'))).toBe(403);
    expect(await get(blobUrl(second, 'a.txt'))).toBe(200);
    await client.expect(204, 'DELETE', at('Locators', second));
    expect(await get(blobUrl(second, 'a.txt'))).toBe(403);
  });

  test('expire by the clock, and one made after the clock has moved is good', async () => {
    const own = await startClient();
    try {
      const asset = await uploadedAsset(own);
      const policy = await own.expect(201, 'POST', 'AccessPolicies', {
        Name: 'p',
        DurationInMinutes: 5,
        Permissions: 1,
      });
      const body = { AccessPolicyId: policy['Id'], AssetId: asset['Id'], Type: 1 };
      const locator = await own.expect(201, 'POST', 'Locators', body);
      expect(await get(blobUrl(locator, 'film.mp4'))).toBe(200);
      own.emulator.clock.advance(5 * 60_000);
      expect(await get(blobUrl(locator, 'film.mp4'))).toBe(403);
      const later = await own.expect(201, 'POST', 'Locators', body);
      expect(await get(blobUrl(later, 'film.mp4'))).toBe(200);
    } finally {
      await own.emulator.close();
    }
  });

  test('are not good before they start', async () => {
    const asset = await uploadedAsset(client);
    const start = new Date(client.emulator.clock.now() + 3_600_000).toISOString();
    const locator = await locatorOf(asset, 1, 60, { StartTime: start });
    expect(await get(blobUrl(locator, 'film.mp4'))).toBe(403);
  });

  test('with a changed signature open nothing', async () => {
    const asset = await uploadedAsset(client);
    const locator = await locatorOf(asset, 1);
    expect(await get(blobUrl(locator, 'film.mp4').replace('sig=', 'sig=A'))).toBe(403);
  });

  test('cannot be updated, origin locators can', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', {});
    const sas = await locatorOf(asset, 1);
    expect((await client.send('MERGE', at('Locators', sas), { StartTime: null })).status).toBe(400);
    const origin = await locatorOf(asset, 1, 10, { Type: 2 });
    await client.expect(204, 'MERGE', at('Locators', origin), { StartTime: '2030-01-01T00:00:00Z' });
    expect(await client.expect(200, 'GET', at('Locators', origin))).toMatchObject({
      StartTime: '2030-01-01T00:00:00',
      ExpirationDateTime: '2030-01-01T00:10:00',
    });
  });

  test('are at most five to an asset, also when requested in parallel', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', { Name: 'five' });
    const policy = await client.expect(201, 'POST', 'AccessPolicies', {
      Name: 'p',
      DurationInMinutes: 5,
      Permissions: 1,
    });
    const body = { AccessPolicyId: policy['Id'], AssetId: asset['Id'], Type: 1 };
    const answers = await Promise.all(Array.from({ length: 6 }, () => client.send('POST', 'Locators', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409]);
    expect(items(await client.expect(200, 'GET', at('Assets', asset, '/Locators')))).toHaveLength(5);
  });

  test('may have an id of the client, once', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', {});
    const Id = 'nb:lid:UUID:11111111-2222-4333-8444-555555555555';
    const locator = await locatorOf(asset, 1, 10, { Id, Type: 2 });
    expect(locator['Path']).toBe(`${client.emulator.url}/11111111-2222-4333-8444-555555555555/`);
    const again = await client.send('POST', 'Locators', {
      Id,
      AccessPolicyId: locator['AccessPolicyId'],
      AssetId: asset['Id'],
      Type: 2,
    });
    expect(again.status).toBe(409);
  });

  test('need a policy and an asset that exist, and a fitting policy for an origin', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', {});
    const write = await client.expect(201, 'POST', 'AccessPolicies', {
      Name: 'w',
      DurationInMinutes: 5,
      Permissions: 2,
    });
    const body = { AccessPolicyId: write['Id'], AssetId: asset['Id'], Type: 2 };
    expect((await client.send('POST', 'Locators', body)).status).toBe(400);
    const unknown = { ...body, AssetId: 'nb:cid:UUID:00000000-0000-4000-8000-000000000000' };
    expect((await client.send('POST', 'Locators', unknown)).status).toBe(404);
    expect((await client.send('POST', 'Locators', { ...body, AssetId: 'notAValidId' })).status).toBe(400);
    expect((await client.send('POST', 'Locators', { ...body, AssetId: undefined })).status).toBe(400);
  });
});

test('an AccessPolicy without duration is 500, as it was, and policies cannot be updated', async () => {
  expect((await client.send('POST', 'AccessPolicies', { Name: 'p' })).status).toBe(500);
  const policy = await client.expect(201, 'POST', 'AccessPolicies', { Name: 'p', DurationInMinutes: 1 });
  expect((await client.send('MERGE', at('AccessPolicies', policy), { Name: 'q' })).status).toBe(405);
});

describe('files', () => {
  test('CreateFileInfos lists the real container', async () => {
    const asset = await uploadedAsset(client, 'one.mp4', 'twelve bytes');
    const path = at('Assets', asset, '/Files');
    expect(items(await client.expect(200, 'GET', path))).toMatchObject([
      {
        Name: 'one.mp4',
        ContentFileSize: '12',
        MimeType: null,
        IsPrimary: false,
        ParentAssetId: asset['Id'],
      },
    ]);
    await client.expect(204, 'GET', `CreateFileInfos?AssetId='${String(asset['Id'])}'`);
    expect(items(await client.expect(200, 'GET', path))).toHaveLength(1);
    const answer = await client.send('GET', 'CreateFileInfos?assetid=x');
    expect(answer.status).toBe(400);
  });

  test('have unique names and one primary in their asset', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', {});
    const file = (Name: string, IsPrimary: boolean | string): Json => ({
      Name,
      IsPrimary,
      ParentAssetId: asset['Id'],
    });
    await client.expect(201, 'POST', 'Files', file('a.mp4', 'true'));
    const second = await client.expect(201, 'POST', 'Files', file('b.mp4', 'false'));
    expect((await client.send('POST', 'Files', file('A.mp4', false))).status).toBe(409);
    expect((await client.send('POST', 'Files', file('c.mp4', true))).status).toBe(409);
    expect((await client.send('MERGE', at('Files', second), { IsPrimary: 'true' })).status).toBe(409);
    expect((await client.send('POST', 'Files', file('a:b.mp4', false))).status).toBe(400);
    await client.expect(204, 'MERGE', at('Files', second), {
      ContentFileSize: '1186540',
      Id: second['Id'],
      MimeType: 'video/mp4',
      Name: 'b.mp4',
      ParentAssetId: asset['Id'],
    });
    expect(await client.expect(200, 'GET', at('Files', second))).toMatchObject({
      ContentFileSize: '1186540',
    });
    const elsewhere = { ParentAssetId: 'nb:cid:UUID:00000000-0000-4000-8000-000000000000' };
    expect((await client.send('MERGE', at('Files', second), elsewhere)).status).toBe(400);
  });
});

describe('deleting an asset', () => {
  async function withLocator(): Promise<{ asset: Json; locator: Json }> {
    const asset = await uploadedAsset(client);
    return { asset, locator: await locatorOf(asset, 1) };
  }

  test('removes its locators, files and container', async () => {
    const { asset, locator } = await withLocator();
    await client.expect(204, 'DELETE', at('Assets', asset));
    expect((await client.send('GET', at('Locators', locator))).status).toBe(404);
    expect(await get(blobUrl(locator, 'film.mp4'))).not.toBe(200);
    const files = await client.expect(200, 'GET', `Files?$filter=ParentAssetId eq '${String(asset['Id'])}'`);
    expect(items(files)).toEqual([]);
    const again = await client.send('DELETE', at('Assets', asset));
    expect([again.status, messageOf(again)]).toEqual([404, 'Resource Asset not found']);
  });
});

test('what is set at creation cannot be changed, but may be repeated', async () => {
  const asset = await client.expect(201, 'POST', 'Assets', { Options: 1 });
  await client.expect(204, 'MERGE', at('Assets', asset), { Options: 1, Name: 'renamed' });
  const answer = await client.send('MERGE', at('Assets', asset), { Options: 0 });
  expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining("'Options'")]);
});

test('a container that is gone is 409 for a new locator, and one that is kept stays', async () => {
  const { ContainerClient, StorageSharedKeyCredential } = storage;
  const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
  const credential = new StorageSharedKeyCredential('devstoreaccount1', key);
  const kept = await client.expect(201, 'POST', 'Assets', {});
  const container = new ContainerClient(String(kept['Uri']), credential);
  await client.expect(204, 'DELETE', at('Assets', kept, '?keepcontainer=true'));
  expect(await container.exists()).toBe(true);

  const asset = await client.expect(201, 'POST', 'Assets', {});
  await new ContainerClient(String(asset['Uri']), credential).delete();
  const policy = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'p',
    DurationInMinutes: 5,
    Permissions: 1,
  });
  const body = { AccessPolicyId: policy['Id'], AssetId: asset['Id'], Type: 1 };
  expect((await client.send('POST', 'Locators', body)).status).toBe(409);
});

test('an unknown storage account is 404 in the words of the service', async () => {
  const answer = await client.send('POST', 'Assets', { Name: 'x', StorageAccountName: 'nobody' });
  expect([answer.status, messageOf(answer)]).toEqual([404, 'Cannot find the storage account']);
});

test('navigation leads from locators and assets to what they belong to', async () => {
  const asset = await client.expect(201, 'POST', 'Assets', { Name: 'navigated' });
  const locator = await locatorOf(asset, 1);
  expect(await client.expect(200, 'GET', at('Locators', locator, '/Asset'))).toMatchObject({
    Name: 'navigated',
  });
  expect(await client.expect(200, 'GET', at('Locators', locator, '/AccessPolicy/Permissions'))).toMatchObject(
    {
      value: 1,
    },
  );
  expect(await client.expect(200, 'GET', at('Assets', asset, '/StorageAccount'))).toMatchObject({
    Name: 'devstoreaccount1',
    IsDefault: true,
  });
});
