import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator, type EmulatorOptions } from '../src/index';
import {
  at,
  blobUrl,
  connect,
  goodForm,
  items,
  jobBody,
  requestToken,
  sampleFilm,
  uploadedAsset,
  type Answer,
  type Client,
  type Json,
} from './client';

const folders: string[] = [];
const started: Emulator[] = [];

/** Starts an emulator that is closed at the end also when its test fails. */
async function startClient(options: EmulatorOptions = {}): Promise<Client> {
  const emulator = await startEmulator(options);
  started.push(emulator);
  return connect(emulator);
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ams-emulator-data-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const emulator of started) await emulator.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('a data folder', () => {
  test('keeps entities, blobs, credentials, addresses and the clock from one start to the next', async () => {
    const data = newFolder();
    const before = await startClient({ data });
    const asset = await uploadedAsset(before, 'kept.mp4');
    const job = await before.expect(201, 'POST', 'Jobs', jobBody(before, asset));
    const locator = await readLocator(before, asset);
    before.emulator.clock.advance(86_400_000);
    const { env } = before.emulator;
    await before.emulator.close();

    const after = await startClient({ data });
    try {
      expect(after.emulator.env).toEqual(env);
      expect(await after.expect(200, 'GET', at('Assets', asset))).toMatchObject({ Name: 'kept.mp4' });
      expect(await after.expect(200, 'GET', at('Jobs', job))).toMatchObject({ State: 3 });
      expect((await after.raw(blobUrl(locator, 'kept.mp4'))).text).toBe(sampleFilm.toString());
      expect(after.emulator.clock.now() - Date.now()).toBeGreaterThan(86_000_000);
      expect(items(await after.expect(200, 'GET', 'MediaProcessors'))).toHaveLength(19);
    } finally {
      await after.emulator.close();
    }
  });

  test('loses nothing that was answered when the process is killed', async () => {
    const data = newFolder();
    const child = await startChild(data);
    const victim = await connect(child.emulator);
    const asset = await uploadedAsset(victim, 'late.mp4', 'late bytes');
    const locator = await readLocator(victim, asset);
    child.process.kill('SIGKILL');
    await new Promise((resolve) => child.process.once('close', resolve));

    const after = await startClient({ data });
    try {
      const files = items(await after.expect(200, 'GET', at('Assets', asset, '/Files')));
      expect(files).toMatchObject([{ Name: 'late.mp4', ContentFileSize: '10' }]);
      expect((await after.raw(blobUrl(locator, 'late.mp4'))).text).toBe('late bytes');
    } finally {
      await after.emulator.close();
    }
  });

  test('keeps what Resource Manager made, with keys, roles and entities', async () => {
    const data = newFolder();
    const before = await startClient({ data, accessControlService: true });
    const made = await makeAccount(before, 'filmarchive', 'filmstore');
    const root = `${before.emulator.url}/accounts/filmarchive/api/`;
    const asset = await before.expect(201, 'POST', `${root}Assets`, { Name: 'kept' });
    const storage = `${made.group}/providers/Microsoft.Storage/storageAccounts/filmstore`;
    const regenerated = await made.arm('POST', `${storage}/regenerateKey`, '2019-06-01', { keyName: 'key2' });
    const keys = (await made.arm('POST', `${made.id}/listKeys`, '2015-10-01')).json;
    await before.emulator.close();

    const after = await startClient({ data, accessControlService: true });
    expect(after.emulator.accounts).toMatchObject([{ name: 'localmedia' }, { name: 'filmarchive' }]);
    expect(await after.expect(200, 'GET', `${root}${at('Assets', asset)}`)).toMatchObject({ Name: 'kept' });
    const container = await after.expect(201, 'POST', `${root}Assets`, { Name: 'new' });
    expect(container['StorageAccountName']).toBe('filmstore');
    const arm = await resourceManager(after);
    expect((await arm('GET', made.id, '2015-10-01')).json).toEqual(made.json);
    expect((await arm('POST', `${storage}/listKeys`, '2019-06-01')).json).toEqual(regenerated.json);
    expect((await arm('POST', `${made.id}/listKeys`, '2015-10-01')).json).toEqual(keys);
    const webToken = await after.raw(`${after.emulator.url}/v2/OAuth2-13`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'filmarchive',
        client_secret: String(keys['primaryKey']),
        scope: 'urn:WindowsAzureMediaServices',
      }),
    });
    expect(webToken.status).toBe(200);

    // What is deleted does not come back either.
    expect((await arm('DELETE', made.id, '2015-10-01')).status).toBe(200);
    await after.emulator.close();
    const last = await startClient({ data });
    expect(last.emulator.accounts).toHaveLength(1);
    const again = await makeAccount(last, 'filmarchive', 'filmstore');
    expect(again.status).toBe(201);
    expect(items(await last.expect(200, 'GET', `${root}Assets`))).toEqual([]);
    await last.emulator.close();
  });

  test('keeps the key of its first storage account that was regenerated', async () => {
    const data = newFolder();
    const before = await startClient({ data });
    const { subscriptionId, resourceGroup, accountName } = before.emulator;
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers`;
    const storage = `${group}/Microsoft.Storage/storageAccounts/devstoreaccount1`;
    const arm = await resourceManager(before);
    const body = { keyName: 'key1' };
    expect((await arm('POST', `${storage}/regenerateKey`, '2019-06-01', body)).status).toBe(200);
    const media = `${group}/Microsoft.Media/mediaservices/${accountName}`;
    const sync = await arm('POST', `${media}/syncStorageKeys`, '2015-10-01', { id: storage });
    expect(sync.status).toBe(200);
    await before.emulator.close();
    const after = await startClient({ data });
    await uploadedAsset(after, 'new.mp4', 'new bytes');
    await after.emulator.close();
  });

  test('a running job continues', async () => {
    const data = newFolder();
    const before = await startClient({ data });
    const asset = await uploadedAsset(before, 'film.mp4');
    const job = await before.expect(201, 'POST', 'Jobs', jobBody(before, asset));
    await before.emulator.close();
    const after = await startClient({ data });
    after.emulator.clock.advance(3000);
    expect(await after.expect(200, 'GET', at('Jobs', job))).toMatchObject({ State: 3 });
    const [output = {}] = items(await after.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')));
    expect(items(await after.expect(200, 'GET', at('Assets', output, '/Files')))).toHaveLength(4);
    await after.emulator.close();
  });

  test('survives a change that was cut off, and refuses a damaged one', async () => {
    const data = newFolder();
    const first = await startClient({ data });
    const asset = await first.expect(201, 'POST', 'Assets', { Name: 'whole' });
    await first.emulator.close();
    const journal = join(data, 'localmedia.jsonl');
    appendFileSync(journal, '{"set":"Assets","key":"nb:c');
    const second = await startClient({ data });
    expect(await second.expect(200, 'GET', at('Assets', asset))).toMatchObject({ Name: 'whole' });
    await second.emulator.close();
    writeFileSync(journal, `not json\n${readFileSync(journal, 'utf8')}`);
    await expect(startEmulator({ data })).rejects.toThrow('localmedia.jsonl: line 1 is damaged');
  });

  const withModes = process.platform === 'win32' ? test.skip : test;
  withModes('is readable by its owner only where it holds secrets', async () => {
    const data = newFolder();
    await (await startEmulator({ data })).close();
    for (const name of ['identity.json', 'subscription.json', 'localmedia.jsonl']) {
      expect(statSync(join(data, name)).mode & 0o077).toBe(0);
    }
  });
});

type Arm = (method: string, path: string, apiVersion: string, body?: unknown) => Promise<Answer>;

/** Requests to Resource Manager with a token for it. */
async function resourceManager(client: Client): Promise<Arm> {
  const { emulator } = client;
  const form = { ...goodForm(emulator), resource: 'https://management.azure.com/' };
  const token = String((await requestToken(emulator, form)).json['access_token']);
  return (method, path, apiVersion, body) =>
    client.raw(`${emulator.managementEndpoint}${path}?api-version=${apiVersion}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

/** Makes a Media Services account on a storage account, both new, and gives the application a role on it. */
async function makeAccount(
  client: Client,
  name: string,
  storageName: string,
): Promise<Answer & { readonly arm: Arm; readonly group: string; readonly id: string }> {
  const arm = await resourceManager(client);
  const { subscriptionId, resourceGroup, principalId, clock } = client.emulator;
  const subscription = `/subscriptions/${subscriptionId}`;
  const group = `${subscription}/resourceGroups/${resourceGroup}`;
  const storage = `${group}/providers/Microsoft.Storage/storageAccounts/${storageName}`;
  const newStorage = { sku: { name: 'Standard_LRS' }, kind: 'StorageV2', location: 'westus' };
  await arm('PUT', storage, '2019-06-01', newStorage);
  await arm('POST', `${subscription}/providers/Microsoft.Media/register`, '2021-04-01');
  clock.advance(1000);
  const id = `${group}/providers/Microsoft.Media/mediaservices/${name}`;
  const properties = { storageAccounts: [{ id: storage, isPrimary: true }] };
  const made = await arm('PUT', id, '2015-10-01', { location: 'westus', properties });
  const role = `${id}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
  const roleDefinitionId = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;
  await arm('PUT', role, '2022-04-01', { properties: { roleDefinitionId, principalId } });
  return { ...made, arm, group, id };
}

async function readLocator(client: Client, asset: Json): Promise<Json> {
  const policy = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'p',
    DurationInMinutes: 3000,
    Permissions: 1,
  });
  return client.expect(201, 'POST', 'Locators', {
    AccessPolicyId: policy['Id'],
    AssetId: asset['Id'],
    Type: 1,
  });
}

/** The command in a separate process; what it printed makes up the part of an Emulator that a client needs. */
async function startChild(data: string): Promise<{ process: ChildProcess; emulator: Emulator }> {
  // Runs what was built before all tests, which starts faster than the sources.
  const command = join(__dirname, '../bin/ams-emulator.js');
  const child = spawn(process.execPath, [command, '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const settings = await new Promise<Record<string, string>>((resolve, reject) => {
    let text = '';
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the command ended early with code ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes('# Stop')) return;
      resolve(
        Object.fromEntries(
          [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
        ),
      );
    });
  });
  const url = settings['AZURE_AUTHORITY_HOST'] ?? '';
  const emulator = {
    url,
    authorityHost: url,
    apiEndpoint: settings['AMS_ENDPOINT'] ?? '',
    resource: 'https://rest.media.azure.net',
    tenantDomain: settings['AZURE_TENANT_ID'] ?? '',
    clientId: settings['AZURE_CLIENT_ID'] ?? '',
    clientSecret: settings['AZURE_CLIENT_SECRET'] ?? '',
  };
  return { process: child, emulator: emulator as Emulator };
}

test('a seed gives the same ids and times again', async () => {
  const run = async (): Promise<string> => {
    const client = await startClient({ seed: 'one' });
    try {
      const asset = await client.expect(201, 'POST', 'Assets', { Name: 'x' });
      const policy = await client.expect(201, 'POST', 'AccessPolicies', { Name: 'p', DurationInMinutes: 5 });
      const listed = await client.send('GET', 'Assets');
      return JSON.stringify([
        asset['Id'],
        asset['Created'],
        policy['Id'],
        policy['Created'],
        listed.json['value'],
      ]).replaceAll(client.emulator.blobEndpoint, '');
    } finally {
      await client.emulator.close();
    }
  };
  const first = await run();
  expect(await run()).toBe(first);
  expect(first).toContain('2024-01-01T00:00:01Z');
});

test('with a seed, polling brings a job to its end', async () => {
  const client = await startClient({ seed: 'two' });
  try {
    const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, await uploadedAsset(client)));
    const states: unknown[] = [];
    for (let poll = 0; poll < 3; poll += 1) {
      states.push((await client.expect(200, 'GET', at('Jobs', job, '/State')))['value']);
    }
    expect(states).toEqual([2, 2, 3]);
  } finally {
    await client.emulator.close();
  }
});

test('a seed and a data folder exclude each other', async () => {
  await expect(startEmulator({ seed: 'x', data: newFolder() })).rejects.toThrow(TypeError);
});

test('several accounts live side by side and know nothing of each other', async () => {
  const client = await startClient({ accounts: ['first', 'second'] });
  try {
    const [first, second] = client.emulator.accounts;
    expect(first?.apiEndpoint).toBe(`${client.emulator.url}/api/`);
    expect(second?.apiEndpoint).toBe(`${client.emulator.url}/accounts/second/api/`);
    const root = second?.apiEndpoint ?? '';
    const asset = await client.expect(201, 'POST', `${root}Assets`, { Name: 'theirs' });
    expect(asset['odata.metadata']).toBe(`${root}$metadata#Assets/@Element`);
    expect(asset['StorageAccountName']).toBe('secondstore');
    expect(items(await client.expect(200, 'GET', 'Assets'))).toEqual([]);
    expect(items(await client.expect(200, 'GET', `${root}Assets`))).toHaveLength(1);
    const policy = await client.expect(201, 'POST', `${root}AccessPolicies`, {
      Name: 'p',
      DurationInMinutes: 5,
      Permissions: 3,
    });
    const locator = await client.expect(201, 'POST', `${root}Locators`, {
      AccessPolicyId: policy['Id'],
      AssetId: asset['Id'],
      Type: 1,
    });
    const put = await client.raw(blobUrl(locator, 'a.txt'), {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob' },
      body: 'a',
    });
    expect(put.status).toBe(201);
    const origin = await client.expect(201, 'POST', `${root}Locators`, {
      AccessPolicyId: (
        await client.expect(201, 'POST', `${root}AccessPolicies`, {
          Name: 'r',
          DurationInMinutes: 5,
          Permissions: 1,
        })
      )['Id'],
      AssetId: asset['Id'],
      Type: 2,
    });
    expect((await client.raw(`${String(origin['Path'])}a.txt`)).text).toBe('a');
    expect((await client.send('GET', `${client.emulator.url}/accounts/third/api/Assets`)).status).toBe(404);
  } finally {
    await client.emulator.close();
  }
});

describe('the token endpoint that came before Azure AD', () => {
  test('gives Simple Web Tokens for account name and key, which open the API until they expire', async () => {
    const client = await startClient({ accessControlService: true });
    try {
      const [{ name, key } = { name: '', key: '' }] = client.emulator.accounts;
      const form = {
        grant_type: 'client_credentials',
        client_id: name,
        client_secret: key,
        scope: 'urn:WindowsAzureMediaServices',
      };
      const url = `${client.emulator.url}/v2/OAuth2-13`;
      const ask = (fields: Record<string, string>): ReturnType<Client['raw']> =>
        client.raw(url, { method: 'POST', body: new URLSearchParams(fields) });
      const { json } = await ask(form);
      expect(json).toMatchObject({
        token_type: 'http://schemas.xmlsoap.org/ws/2009/11/swt-token-profile-1.0',
        expires_in: '21600',
        scope: 'urn:WindowsAzureMediaServices',
      });
      const headers = { Authorization: `Bearer ${String(json['access_token'])}` };
      await client.expect(200, 'GET', 'Assets', undefined, headers);
      const forged = { Authorization: headers.Authorization.replace('ExpiresOn=', 'ExpiresOn=9') };
      expect((await client.send('GET', 'Assets', undefined, forged)).status).toBe(401);
      client.emulator.clock.advance(21_600_000);
      expect((await client.send('GET', 'Assets', undefined, headers)).status).toBe(401);
      const wrong = await ask({ ...form, client_secret: 'wrong' });
      expect([wrong.status, wrong.json['error']]).toEqual([400, 'invalid_client']);
      expect(wrong.text).toContain('ACS50012');
      expect((await ask({ ...form, scope: 'other' })).json['error']).toBe('invalid_request');
    } finally {
      await client.emulator.close();
    }
  });

  test('is closed unless asked for', async () => {
    const client = await startClient();
    try {
      expect((await client.raw(`${client.emulator.url}/v2/OAuth2-13`, { method: 'POST' })).status).toBe(404);
    } finally {
      await client.emulator.close();
    }
  });
});
