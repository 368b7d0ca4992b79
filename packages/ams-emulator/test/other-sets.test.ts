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
  verbose,
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
    // What the documentation and four client samples send: the largest of 64 bits.
    EndTimestamp: '9223372036854775807',
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

  test.each([
    ['"9223372036854775807"', '9223372036854775807'],
    ['9223372036854775807', '9223372036854775807'],
    ['"-9223372036854775808"', '-9223372036854775808'],
    ['"9007199254740993"', '9007199254740993'],
    ['5.0', '5'],
    ['"9223372036854775808"', undefined],
    ['1e19', undefined],
    ['"1.5"', undefined],
  ])('the 64-bit number %s is kept to the last digit, or refused', async (sent, kept) => {
    const body = `{"Name":"exact","PresentationTimeRange":{"EndTimestamp":${sent}}}`;
    const made = await client.send('POST', 'Filters', body);
    const range = made.json['PresentationTimeRange'] as Json | undefined;
    expect([made.status, range?.['EndTimestamp']]).toEqual(
      kept === undefined ? [400, undefined] : [201, kept],
    );
    if (kept !== undefined) await client.expect(204, 'DELETE', "Filters('exact')");
  });

  test('64-bit numbers compare exactly', async () => {
    const asset = await client.expect(201, 'POST', 'Assets', {});
    const sizes = ['9223372036854775807', '9223372036854775806', '5', '9007199254740993'];
    for (const [index, ContentFileSize] of sizes.entries()) {
      const body = { Name: `f${index}`, ParentAssetId: asset['Id'], ContentFileSize };
      await client.expect(201, 'POST', 'Files', body);
    }
    const found = async (query: string): Promise<unknown[]> =>
      items(await client.expect(200, 'GET', at('Assets', asset, `/Files?${query}`))).map(({ Name }) => Name);
    expect(await found('$filter=ContentFileSize eq 9223372036854775806L')).toEqual(['f1']);
    expect(await found('$filter=ContentFileSize gt 9007199254740992L')).toEqual(['f0', 'f1', 'f3']);
    expect(await found('$filter=ContentFileSize lt 6')).toEqual(['f2']);
    expect(await found('$orderby=ContentFileSize')).toEqual(['f2', 'f3', 'f1', 'f0']);
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
    ['a back-off over a century', { PresentationTimeRange: { LiveBackoffDuration: '9223372036854775807' } }],
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
  const created = await client.send('POST', 'MonitoringConfigurations', body, verbose);
  expect(created.status).toBe(201);
  const configuration = (created.json as { d: Json }).d;
  // The documented answer has 825 bytes with a root, ids and dates of these lengths.
  const models = 'Microsoft.Cloud.Media.Vod.Rest.Data.Models';
  const root = 'https://wamsbnp1clus001rest-hs.cloudapp.net/api/';
  const date = '2015-12-02T05:10:43.7680396Z';
  const documented = created.text
    .replaceAll(client.emulator.apiEndpoint, root)
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, `"${date}"`);
  const uri = `${root}MonitoringConfigurations('${encodeURIComponent(String(configuration['Id']))}')`;
  expect(documented).toHaveLength(825);
  expect(documented).toBe(
    `{"d":{"__metadata":{"id":"${uri}","uri":"${uri}","type":"${models}.MonitoringConfiguration"},` +
      `"Id":"${String(configuration['Id'])}","NotificationEndPointId":"${String(endPoint['Id'])}",` +
      `"Created":"${date}","LastModified":"${date}",` +
      `"Settings":{"__metadata":{"type":"Collection(${models}.ComponentMonitoringSettings)"},"results":[` +
      '{"Component":"Channel","Level":"Disabled"},{"Component":"StreamingEndpoint","Level":"Normal"}]}}}',
  );
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
