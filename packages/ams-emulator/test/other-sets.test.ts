import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { parse } from '@sap-ux/edmx-parser';
import { complexTypes, entitySets } from '../src/model';
import {
  adaptivePreset,
  at,
  encoderId,
  items,
  oneToOne,
  startClient,
  uploadedAsset,
  type Client,
  type Json,
} from './client';

let client: Client;

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.emulator.close());

describe('filters', () => {
  const range = {
    StartTimestamp: '0',
    EndTimestamp: '9007199254740991',
    PresentationWindowDuration: '12000000000',
    LiveBackoffDuration: '0',
    Timescale: '10000000',
  };
  const tracks = [
    { PropertyConditions: [{ Property: 'Type', Value: 'audio', Operator: 'Equal' }] },
    { PropertyConditions: [{ Property: 'Bitrate', Value: '0-1048576', Operator: 'Equal' }] },
  ];

  test('of the account are found by name, 64-bit numbers travel as strings', async () => {
    const body = {
      Name: 'Mobile',
      PresentationTimeRange: range,
      Tracks: tracks,
      FirstQuality: { Bitrate: 1_000_000 },
    };
    const created = await client.send('POST', 'Filters', body);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`${client.emulator.apiEndpoint}Filters('Mobile')`);
    expect(await client.expect(200, 'GET', "Filters('Mobile')")).toMatchObject({
      PresentationTimeRange: { ...range, ForceEndTimestamp: false },
      Tracks: tracks,
      FirstQuality: { Bitrate: 1_000_000 },
    });
    expect((await client.send('POST', 'Filters', body)).status).toBe(409);
    await client.expect(204, 'MERGE', "Filters('Mobile')", { Tracks: [] });
    await client.expect(204, 'DELETE', "Filters('Mobile')");
    expect((await client.send('GET', "Filters('Mobile')")).status).toBe(404);
  });

  test('of an asset have the key of the service', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', {});
    const filter = await client.send('POST', 'AssetFilters', {
      Name: 'short',
      ParentAssetId: asset['Id'],
      Tracks: tracks,
    });
    const id = `${String(asset['Id'])}__###__short`;
    expect(filter.json['Id']).toBe(id);
    expect(filter.headers.get('location')).toContain('__%23%23%23__short');
    await client.expect(200, 'GET', `AssetFilters('${encodeURIComponent(id)}')`);
    expect(items(await client.expect(200, 'GET', at('Assets', asset, '/AssetFilters()')))).toHaveLength(1);
    await client.expect(204, 'DELETE', at('Assets', asset));
    expect(items(await client.expect(200, 'GET', 'AssetFilters'))).toEqual([]);
  });

  test.each([
    ['a window under two minutes', { PresentationTimeRange: { PresentationWindowDuration: '10' } }],
    ['a back-off over a minute', { PresentationTimeRange: { LiveBackoffDuration: '700000000' } }],
    ['an unknown property', { Tracks: [{ PropertyConditions: [{ Property: 'Taste', Operator: 'Equal' }] }] }],
    ['an unknown operator', { Tracks: [{ PropertyConditions: [{ Property: 'Type', Operator: 'like' }] }] }],
  ])('with %s are 400', async (_name, body) => {
    expect((await client.send('POST', 'Filters', { Name: 'bad', ...body })).status).toBe(400);
  });
});

describe('bulk ingest', () => {
  test('files uploaded for a manifest arrive in their assets', async () => {
    const manifest = await client.expect(201, 'POST', 'IngestManifests', { Name: 'bulk' });
    expect(manifest).toMatchObject({ State: 0, StorageAccountName: 'devstoreaccount1' });
    const asset = await client.expect(201, 'POST', 'Assets', { Name: 'target' });
    const ingestAsset = await client.expect(201, 'POST', 'IngestManifestAssets', {
      ParentIngestManifestId: manifest['Id'],
      Asset: { Id: asset['Id'] },
    });
    const fileBody = {
      Name: 'bulk.mp4',
      ParentIngestManifestId: manifest['Id'],
      ParentIngestManifestAssetId: ingestAsset['Id'],
      MimeType: 'video/mp4',
      IsPrimary: true,
    };
    const file = await client.expect(201, 'POST', 'IngestManifestFiles', fileBody);
    expect(file['State']).toBe(0);
    expect((await client.send('POST', 'IngestManifestFiles', fileBody)).status).toBe(409);
    const pending = at('IngestManifests', manifest, '/PendingIngestManifestAssets');
    expect(items(await client.expect(200, 'GET', pending))).toHaveLength(1);

    // With the account key, as the clients did.
    await uploadToManifest(manifest, 'bulk.mp4', 'many bytes');
    expect(await client.expect(200, 'GET', at('IngestManifests', manifest))).toMatchObject({
      State: 2,
      Statistics: { PendingFilesCount: 0, FinishedFilesCount: 1, ErrorFilesCount: 0 },
    });
    expect(await client.expect(200, 'GET', at('IngestManifestFiles', file))).toMatchObject({ State: 1 });
    expect(items(await client.expect(200, 'GET', pending))).toEqual([]);
    expect(items(await client.expect(200, 'GET', at('Assets', asset, '/Files')))).toMatchObject([
      { Name: 'bulk.mp4', ContentFileSize: '10', MimeType: 'video/mp4', IsPrimary: true },
    ]);
    const navigated = at('IngestManifestAssets', ingestAsset, '/Asset');
    expect(await client.expect(200, 'GET', navigated)).toMatchObject({ Name: 'target' });
    await client.expect(204, 'DELETE', at('IngestManifests', manifest));
    expect(items(await client.expect(200, 'GET', 'IngestManifestFiles'))).toEqual([]);
  });

  async function uploadToManifest(manifest: Json, name: string, body: string): Promise<void> {
    const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
    const credential = new StorageSharedKeyCredential('devstoreaccount1', key);
    const container = new ContainerClient(String(manifest['BlobStorageUriForUpload']), credential);
    await container.uploadBlockBlob(name, body, body.length);
  }
});

describe('job templates', () => {
  const guid = '11111111-2222-4333-8444-000000000001';
  const template = (body?: string): Json => ({
    Name: 'template',
    NumberofInputAssets: 1,
    TemplateType: 1,
    JobTemplateBody:
      body ??
      '<?xml version="1.0" encoding="utf-8"?><jobTemplate>' +
        oneToOne
          .replace(/^<\?.*?\?>/, '')
          .replace('<taskBody>', `<taskBody taskTemplateId="nb:ttid:UUID:${guid}">`) +
        '</jobTemplate>',
    TaskTemplates: [
      {
        Id: `nb:ttid:UUID:${guid}`,
        Configuration: adaptivePreset,
        MediaProcessorId: encoderId,
        Name: 'encode',
        NumberofInputAssets: 1,
        NumberofOutputAssets: 1,
      },
    ],
  });

  test('make jobs with the tasks of the template', async () => {
    const created = await client.expect(201, 'POST', 'JobTemplates', template());
    expect(
      items(await client.expect(200, 'GET', at('JobTemplates', created, '/TaskTemplates'))),
    ).toHaveLength(1);
    expect((await client.send('POST', 'JobTemplates', template())).status).toBe(409);
    const input = await uploadedAsset(client);
    const job = await client.expect(201, 'POST', 'Jobs', {
      Name: 'from template',
      TemplateId: created['Id'],
      'InputMediaAssets@odata.bind': [client.emulator.apiEndpoint + at('Assets', input)],
    });
    expect(items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks')))).toMatchObject([
      { Name: 'encode', Configuration: adaptivePreset },
    ]);
    client.emulator.clock.advance(3000);
    expect(await client.expect(200, 'GET', at('Jobs', job))).toMatchObject({ State: 3 });
    await client.expect(204, 'DELETE', at('JobTemplates', created));
    expect(items(await client.expect(200, 'GET', 'TaskTemplates'))).toEqual([]);
  });

  test.each([
    ['XML that is not well formed', '<jobTemplate>'],
    ['no task', '<jobTemplate/>'],
    [
      'an unknown task template',
      '<jobTemplate><taskBody taskTemplateId="nb:ttid:UUID:x"></taskBody></jobTemplate>',
    ],
  ])('with %s are 400', async (_name, body) => {
    expect((await client.send('POST', 'JobTemplates', template(body))).status).toBe(400);
    expect(items(await client.expect(200, 'GET', 'TaskTemplates'))).toEqual([]);
  });
});

test('reserved units have their limits', async () => {
  const [units = {}] = items(await client.expect(200, 'GET', 'EncodingReservedUnitTypes'));
  expect(units).toMatchObject({ ReservedUnitType: 0, MaxReservableUnits: 25, CurrentReservedUnits: 0 });
  const path = `EncodingReservedUnitTypes(guid'${String(units['AccountId'])}')`;
  await client.expect(204, 'PUT', path, '{CurrentReservedUnits:3}');
  await client.expect(204, 'PATCH', path, { ReservedUnitType: 2 });
  expect(await client.expect(200, 'GET', path)).toMatchObject({
    CurrentReservedUnits: 3,
    MaxReservableUnits: 10,
  });
  expect((await client.send('MERGE', path, { CurrentReservedUnits: 11 })).status).toBe(400);
});

test('monitoring: one configuration, in which a missing component is disabled', async () => {
  const endPoint = await client.expect(201, 'POST', 'NotificationEndpoints', {
    Name: 'telemetry',
    EndPointAddress: 'https://account.table.core.windows.net/',
    EndPointType: 2,
  });
  const body = {
    NotificationEndPointId: endPoint['Id'],
    Settings: [{ Component: 'StreamingEndpoint', Level: 'Normal' }],
  };
  const configuration = await client.expect(201, 'POST', 'MonitoringConfigurations', body);
  expect(configuration['Settings']).toEqual([
    { Component: 'Channel', Level: 'Disabled' },
    { Component: 'StreamingEndpoint', Level: 'Normal' },
  ]);
  expect((await client.send('POST', 'MonitoringConfigurations', body)).status).toBe(403);
  const wrong = { Settings: [{ Component: 'Kitchen', Level: 'Normal' }] };
  expect((await client.send('MERGE', at('MonitoringConfigurations', configuration), wrong)).status).toBe(400);
  const uris = await client.expect(
    200,
    'POST',
    at('NotificationEndPoints', endPoint, '/GetMonitoringSasUris'),
    {},
  );
  expect(uris['value']).toEqual([]);
});

interface Named {
  readonly name: string;
}

/** What is looked at here of the parser's result, whose own types are in another package. */
interface Edmx {
  readonly schema: {
    readonly entitySets: readonly Named[];
    readonly complexTypes: readonly Named[];
    readonly associations: readonly Named[];
    readonly entityTypes: readonly (Named & {
      readonly keys: readonly Named[];
      readonly entityProperties: readonly Named[];
      readonly navigationProperties: readonly Named[];
    })[];
  };
}

describe('$metadata', () => {
  test('is what an EDMX parser takes, with every set, type, navigation and action', async () => {
    const answer = await client.send('GET', '$metadata', undefined, { Accept: 'application/xml' });
    expect(answer.headers.get('content-type')).toBe('application/xml;charset=utf-8');
    const { schema } = parse(answer.text) as unknown as Edmx;
    expect(schema.entitySets.map(({ name }) => name)).toEqual(entitySets.map(({ name }) => name));
    expect(schema.complexTypes.map(({ name }) => name)).toEqual(Object.keys(complexTypes));
    const asset = schema.entityTypes.find(({ name }) => name === 'Asset');
    expect(asset?.keys.map(({ name }) => name)).toEqual(['Id']);
    expect(asset?.entityProperties.map(({ name }) => name)).toContain('StorageAccountName');
    expect(asset?.navigationProperties).toHaveLength(7);
    expect(schema.associations).toHaveLength(
      entitySets.reduce((sum, { navigation = {} }) => sum + Object.keys(navigation).length, 0),
    );
    for (const name of ['CreateFileInfos', 'RebindContentKey', 'GetKeyDeliveryUrl', 'Reset']) {
      expect(answer.text).toContain(`<FunctionImport Name="${name}"`);
    }
  });
});

test('every set can be listed in both forms, and its navigation names sets that exist', async () => {
  for (const set of entitySets) {
    const light = await client.expect(200, 'GET', set.name);
    expect(light['odata.metadata']).toBe(`${client.emulator.apiEndpoint}$metadata#${set.name}`);
    const { d } = await client.expect(200, 'GET', set.name, undefined, {
      Accept: 'application/json;odata=verbose',
    });
    expect((d as { results: unknown[] }).results).toHaveLength(items(light).length);
    for (const { set: target } of Object.values(set.navigation ?? {})) {
      expect(entitySets.map(({ name }) => name)).toContain(target);
    }
  }
});
