import { stillClock } from '../src/clock';
import {
  adaptivePreset,
  at,
  encoderId,
  items,
  jobBody,
  messageOf,
  oneToOne,
  sampleFilm,
  startClient,
  task,
  uploadedAsset,
  verbose,
  type Client,
  type Json,
} from './client';

let client: Client;
let input: Json;

beforeAll(async () => {
  client = await startClient({ jobDurationMs: 10_000, clock: stillClock() });
  input = await uploadedAsset(client, 'film.mp4');
});
afterAll(() => client.emulator.close());

const start = (tasks?: readonly Json[]): Promise<Json> =>
  client.expect(201, 'POST', 'Jobs', jobBody(client, input, tasks));

async function stateOf(job: Json): Promise<unknown> {
  return (await client.expect(200, 'GET', at('Jobs', job, '/State')))['value'];
}

const cancel = (job: Json): string => `CancelJob?jobid='${encodeURIComponent(String(job['Id']))}'`;

test('a job goes through its states by the clock', async () => {
  const { clock } = client.emulator;
  const job = await start();
  expect(job).toMatchObject({ State: 0, StartTime: null, EndTime: null, RunningDuration: 0 });
  const seen = [await stateOf(job)];
  const progress: unknown[] = [];
  for (let step = 0; step < 10; step += 1) {
    clock.advance(1000);
    seen.push(await stateOf(job));
    progress.push(items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks')))[0]?.['Progress']);
  }
  expect(seen).toEqual([0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
  expect(progress.at(-1)).toBe(100);
  expect(progress).toEqual([...progress].sort((a, b) => Number(a) - Number(b)));
  const finished = await client.expect(200, 'GET', at('Jobs', job));
  expect(finished).toMatchObject({ State: 3, RunningDuration: 8000 });
  expect(Date.parse(String(finished['EndTime']))).toBeGreaterThan(Date.parse(String(finished['StartTime'])));
});

test('the output asset exists immediately and gets real files, rows and an .ism at the end', async () => {
  const job = await start();
  const [output = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets()')));
  expect(output).toMatchObject({ Name: 'JobOutputAsset(0)_a job', Options: 0, State: 0 });
  expect(items(await client.expect(200, 'GET', at('Assets', output, '/Files')))).toEqual([]);
  expect(items(await client.expect(200, 'GET', at('Jobs', job, '/InputMediaAssets')))).toMatchObject([
    { Id: input['Id'] },
  ]);
  client.emulator.clock.advance(10_000);
  const files = items(await client.expect(200, 'GET', at('Assets', output, '/Files')));
  expect(files.map((file) => file['Name'])).toEqual([
    'film_320x180_AACAudio_97.mp4',
    'film.ism',
    'film.ismc',
    'film_metadata.xml',
  ]);
  expect(files.filter((file) => file['IsPrimary'] === true).map((file) => file['Name'])).toEqual([
    'film.ism',
  ]);
  expect(files[0]).toMatchObject({ ContentFileSize: String(sampleFilm.length), MimeType: 'video/mp4' });
  expect(items(await client.expect(200, 'GET', at('Assets', output, '/ParentAssets')))).toMatchObject([
    { Id: input['Id'] },
  ]);
});

test('the verbose form, with __metadata.uri whose host and encoding do not matter', async () => {
  const uri = `https://media.windows.net/API%2FAssets%28%27${encodeURIComponent(String(input['Id']))}%27%29`;
  const body = { Name: 'verbose', InputMediaAssets: [{ __metadata: { uri } }], Tasks: [task()] };
  const answer = await client.send('POST', 'Jobs', body, {
    ...verbose,
    'Content-Type': 'application/json;odata=verbose',
  });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('dataserviceversion')).toBe('3.0;');
  const { d } = answer.json as { d: Json };
  expect(answer.headers.get('location')).toBe(
    `${client.emulator.apiEndpoint}Jobs('${encodeURIComponent(String(d['Id']))}')`,
  );
  expect(d['JobNotificationSubscriptions']).toEqual({
    __metadata: {
      type: 'Collection(Microsoft.Cloud.Media.Vod.Rest.Data.Models.JobNotificationSubscription)',
    },
    results: [],
  });
  expect(d['Created']).toMatch(/Z$/);
});

test('UTF-16 declarations, blanks and attributes in any spelling are fine in a TaskBody', async () => {
  const body =
    '<?xml version="1.0" encoding="utf-16"?><taskBody><inputAsset> JobInputAsset(0) </inputAsset>' +
    '<outputAsset AssetName="named &amp; kept" assetCreationOptions="1">JobOutputAsset(0)</outputAsset></taskBody>';
  const job = await start([task(adaptivePreset, body)]);
  expect(items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')))).toMatchObject([
    { Name: 'named & kept', Options: 1 },
  ]);
});

test('a chain of tasks works one after the other, and each has its own output', async () => {
  const second = oneToOne
    .replace('JobInputAsset(0)', 'JobOutputAsset(0)')
    .replace('>JobOutputAsset(0)</output', '>JobOutputAsset(1)</output');
  const job = await start([task('H264 Single Bitrate 720p'), task(adaptivePreset, second)]);
  client.emulator.clock.advance(4_000);
  const states = async (): Promise<unknown[]> =>
    items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks'))).map((each) => each['State']);
  expect(await states()).toEqual([2, 1]);
  client.emulator.clock.advance(6_000);
  expect(await states()).toEqual([3, 3]);
  const outputs = items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')));
  const [, last = {}] = outputs;
  const files = items(await client.expect(200, 'GET', at('Assets', last, '/Files')));
  expect(files.map((file) => file['Name'])).toContain('film_320x180_AACAudio_97.ism');
});

test('a task may have several outputs', async () => {
  const two = oneToOne.replace('</taskBody>', '<outputAsset>JobOutputAsset(1)</outputAsset></taskBody>');
  const job = await start([task(adaptivePreset, two)]);
  client.emulator.clock.advance(10_000);
  const outputs = items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')));
  expect(outputs).toHaveLength(2);
  for (const output of outputs) {
    expect(items(await client.expect(200, 'GET', at('Assets', output, '/Files')))).toHaveLength(4);
  }
});

test('an unknown preset is accepted and ends in ErrorParsingConfiguration', async () => {
  const job = await start([task('Make it nice')]);
  client.emulator.clock.advance(10_000);
  expect(await stateOf(job)).toBe(4);
  const [failed = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks')));
  expect(failed['State']).toBe(4);
  expect(failed['ErrorDetails']).toEqual([
    { Code: 'ErrorParsingConfiguration', Message: expect.any(String) as string },
  ]);
  expect(failed['HistoricalEvents']).toMatchObject([
    { Code: 'WaitingForFreeResources', Message: '' },
    { Code: 'Scheduled', Message: '' },
    { Code: 'Processing', Message: '' },
    { Code: 'ErrorParsingConfiguration', Message: expect.stringMatching(/./) as string },
  ]);
  expect(failed).toMatchObject({ PerfMessage: null, EncryptionScheme: 'None' });
  expect(items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')))).toMatchObject([
    { State: 2, Name: 'Nonexistent Asset' },
  ]);
});

test('a finished task reads as in a recorded answer', async () => {
  const taskBody =
    '<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>' +
    '<outputAsset assetName="a &amp; b" storageAccountName="devstoreaccount1" assetCreationOptions="0" ' +
    'assetFormatOption="0" > JobOutputAsset(0)</outputAsset></taskBody>';
  const endPoint = { Name: 'queue', EndPointAddress: 'tasks', EndPointType: 1 };
  const { Id } = await client.expect(201, 'POST', 'NotificationEndPoints', endPoint);
  const subscription = { TargetTaskState: 2, NotificationEndPointId: Id, IncludeTaskProgress: true };
  const job = await start([
    { ...task(adaptivePreset, taskBody), TaskNotificationSubscriptions: [subscription] },
  ]);
  client.emulator.clock.advance(10_000);
  const { text } = await client.send('GET', at('Jobs', job, '/Tasks'), undefined, verbose);
  const { d } = JSON.parse(text) as { d: { results: [Json] } };
  const [read] = d.results;
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?/.source;
  expect(read).toMatchObject({
    StartTime: expect.stringMatching(`${date}Z$`) as string,
    EndTime: expect.stringMatching(`${date}Z$`) as string,
    PerfMessage: expect.stringMatching(/^Mediatask [\da-f-]{36}: Download: /) as string,
    EncryptionScheme: 'None',
    TaskBody:
      '<?xml version="1.0" encoding="utf-16"?>\r\n<taskBody>\r\n' +
      '  <inputAsset>JobInputAsset(0)</inputAsset>\r\n' +
      '  <outputAsset assetCreationOptions="0" assetFormatOption="0" assetName="a &amp; b" ' +
      'storageAccountName="devstoreaccount1">JobOutputAsset(0)</outputAsset>\r\n</taskBody>',
  });
  const { results: events } = read['HistoricalEvents'] as { results: Json[] };
  expect(events.map(({ Code, Message }) => [Code, Message])).toEqual([
    ['WaitingForFreeResources', ''],
    ['Scheduled', ''],
    ['Processing', ''],
    ['Finished', ''],
    ['TaskBillingInformationAdded', expect.stringMatching(/^Mediatask [\da-f-]{36}: \{\r\n/)],
  ]);
  for (const event of events) {
    expect(Object.keys(event)).toEqual(['Code', 'Message', 'TimeStamp']);
    expect(event['TimeStamp']).toMatch(new RegExp(`${date}$`));
  }
  // The order of the recording, and no metadata on an item of a collection.
  expect(text).toContain(
    '"results":[{"IncludeTaskProgress":true,"NotificationEndPointId":' +
      `${JSON.stringify(Id)},"TargetTaskState":2}]`,
  );
});

test('a job shows its assets after they were deleted', async () => {
  const asset = await uploadedAsset(client, 'gone.mp4');
  const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, asset));
  client.emulator.clock.advance(10_000);
  const [output = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')));
  const [encoding = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks')));
  for (const each of [asset, output]) await client.expect(204, 'DELETE', at('Assets', each));
  const remains = {
    State: 2,
    Name: 'Nonexistent Asset',
    AlternateId: null,
    Options: 0,
    FormatOption: 0,
    Uri: null,
  };
  for (const [owner, set] of [
    [job, 'Jobs'],
    [encoding, 'Tasks'],
  ] as const) {
    for (const [name, { Id }] of [
      ['InputMediaAssets', asset],
      ['OutputMediaAssets', output],
    ] as const) {
      const shown = items(await client.expect(200, 'GET', at(set, owner, `/${name}`)));
      expect(shown).toMatchObject([{ ...remains, Id, StorageAccountName: null }]);
      expect(shown[0]?.['Created']).toMatch(/^\d{4}-/);
    }
  }
  expect((await client.send('GET', at('Assets', output))).status).toBe(404);
});

test('DoNotDeleteOutputAssetOnFailure keeps the output asset', async () => {
  const job = await start([{ ...task('Make it nice'), Options: 2 }]);
  client.emulator.clock.advance(10_000);
  expect(items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')))).toHaveLength(1);
});

test.each([
  ['{"Version":1.0,"Codecs":[],"Outputs":[]}', 3],
  ['<?xml version="1.0"?><Preset Version="1.0"><Encoding/></Preset>', 3],
  ['{"Version":1.0', 4],
  ['<Preset><Encoding></Preset>', 4],
])('the preset %s ends in state %i', async (preset, state) => {
  const job = await start([task(preset)]);
  client.emulator.clock.advance(10_000);
  expect(await stateOf(job)).toBe(state);
});

test('a file that is missing in storage fails the task', async () => {
  const asset = await client.expect(201, 'POST', 'Assets', {});
  await client.expect(201, 'POST', 'Files', { Name: 'ghost.mp4', ParentAssetId: asset['Id'] });
  const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, asset));
  client.emulator.clock.advance(10_000);
  expect(await stateOf(job)).toBe(4);
});

test.each([
  ['note.txt', 'no film at all', 'note.txt is not an MP4 file'],
  ['cut.mp4', sampleFilm.subarray(0, 3000), 'cut.mp4 is damaged: it ends inside its moov'],
  ['late.mp4', sampleFilm.subarray(0, 60_000), 'late.mp4 is damaged: samples lie past the end of the file'],
])('%s fails the task as an unsupported format', async (name, bytes, reason) => {
  const asset = await uploadedAsset(client, name, bytes);
  const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, asset));
  client.emulator.clock.advance(10_000);
  expect(await stateOf(job)).toBe(4);
  const [failed = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks')));
  expect(failed['ErrorDetails']).toEqual([
    {
      Code: 'ErrorExecutingTaskUnsupportedFormat',
      Message: `The input file cannot be encoded: ${reason}.`,
    },
  ]);
});

test('CancelJob goes through Canceling to Canceled, once', async () => {
  const job = await start();
  client.emulator.clock.advance(3_000);
  await client.expect(204, 'GET', cancel(job));
  expect(await stateOf(job)).toBe(6);
  expect((await client.send('GET', cancel(job))).status).toBe(400);
  client.emulator.clock.advance(1_000);
  expect(await stateOf(job)).toBe(5);
  expect((await client.send('GET', cancel(job))).status).toBe(400);
});

test('a running job cannot be deleted, a finished one can, with its tasks', async () => {
  const job = await start();
  expect((await client.send('DELETE', at('Jobs', job))).status).toBe(400);
  client.emulator.clock.advance(10_000);
  const [done = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/Tasks')));
  await client.expect(204, 'DELETE', at('Jobs', job));
  expect((await client.send('GET', at('Tasks', done))).status).toBe(404);
});

test('the priority changes in the queue only', async () => {
  const job = await start();
  await client.expect(204, 'MERGE', at('Jobs', job), { Priority: 5 });
  client.emulator.clock.advance(2_000);
  const answer = await client.send('MERGE', at('Jobs', job), { Priority: 6 });
  expect([answer.status, messageOf(answer)]).toEqual([
    400,
    "Job's priority can only be changed if the job is in Queued state",
  ]);
});

describe('refused jobs leave no output asset behind', () => {
  let before: number;
  const count = async (): Promise<number> => items(await client.expect(200, 'GET', 'Assets')).length;

  beforeEach(async () => {
    before = await count();
  });
  afterEach(async () => {
    expect(await count()).toBe(before);
  });

  test.each([
    ['no tasks', []],
    ['an unknown input', [task(adaptivePreset, oneToOne.replace('Asset(0)', 'Asset(7)'))]],
    ['XML that is not well formed', [task(adaptivePreset, '<taskBody>')]],
    ['no output', [task(adaptivePreset, '<taskBody><inputAsset>JobInputAsset(0)</inputAsset></taskBody>')]],
    ['the same output twice', [task(), task()]],
    [
      'an output numbered from 1',
      [task(adaptivePreset, oneToOne.replace('OutputAsset(0)', 'OutputAsset(1)'))],
    ],
    ['more than 30 tasks', Array.from({ length: 31 }, () => task())],
    ['a task without processor', [{ TaskBody: oneToOne }]],
    ['a property that tasks do not have', [{ ...task(), Colour: 'red' }]],
  ])('%s: 400', async (_name, tasks) => {
    expect((await client.send('POST', 'Jobs', jobBody(client, input, tasks))).status).toBe(400);
  });

  test('an unknown processor: 404', async () => {
    const other = { ...task(), MediaProcessorId: encoderId.replace('ff4df607', '00000000') };
    expect((await client.send('POST', 'Jobs', jobBody(client, input, [other]))).status).toBe(404);
  });

  test('a notification for no state: 400 in the words of the service', async () => {
    const body = { ...jobBody(client, input), JobNotificationSubscriptions: [{ TargetJobState: 0 }] };
    const answer = await client.send('POST', 'Jobs', body);
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      'JobNotificationSubscription.TargetJobState must not be 0',
    ]);
  });
});

test('several input files without a primary one: 400, with one: accepted', async () => {
  const asset = await uploadedAsset(client, 'a.mp4');
  const file = await client.expect(201, 'POST', 'Files', { Name: 'b.mp4', ParentAssetId: asset['Id'] });
  expect((await client.send('POST', 'Jobs', jobBody(client, asset))).status).toBe(400);
  await client.expect(204, 'MERGE', at('Files', file), { IsPrimary: 'true' });
  await client.expect(201, 'POST', 'Jobs', jobBody(client, asset));
});

test('the list of media processors is the real one', async () => {
  const processors = items(await client.expect(200, 'GET', 'MediaProcessors'));
  expect(processors).toHaveLength(19);
  expect(processors).toContainEqual({
    Id: encoderId,
    Description: 'Media Encoder Standard',
    Name: 'Media Encoder Standard',
    Sku: '',
    Vendor: 'Microsoft',
    Version: '1.1',
  });
});
