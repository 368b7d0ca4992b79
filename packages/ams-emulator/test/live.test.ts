import { at, items, messageOf, startClient, type Answer, type Client, type Json } from './client';

let client: Client;

beforeAll(async () => {
  client = await startClient({ operationDurationMs: 1000 });
});
afterAll(() => client.emulator.close());

const channelBody = (Name: string): Json => ({
  Name,
  Input: { KeyFrameInterval: 'PT2S', StreamingProtocol: 'RTMP', AccessControl: { IP: { Allow: [] } } },
  Output: { Hls: { FragmentsPerSegment: '3' } },
});

const operationOf = async (answer: Answer): Promise<Json> =>
  client.expect(200, 'GET', at('Operations', { Id: answer.headers.get('operation-id') }));

/** Does something that takes time, follows its operation to the end, and gives the answer. */
async function operate(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await client.send(method, path, body);
  expect(answer.status).toBe(202);
  expect(await operationOf(answer)).toMatchObject({
    State: 'InProgress',
    ErrorCode: null,
    ErrorMessage: null,
  });
  client.emulator.clock.advance(1000);
  expect(await operationOf(answer)).toMatchObject({ State: 'Succeeded' });
  return answer;
}

const stateOf = async (set: string, entity: Json): Promise<unknown> =>
  (await client.expect(200, 'GET', at(set, entity, '/State')))['value'];

async function newChannel(name: string): Promise<Json> {
  return (await operate('POST', 'Channels', channelBody(name))).json;
}

async function newProgram(channel: Json, Name = 'program'): Promise<Json> {
  const asset = await client.expect(201, 'POST', 'Assets', { Name });
  return client.expect(201, 'POST', 'Programs', {
    Name,
    ChannelId: channel['Id'],
    AssetId: asset['Id'],
    ArchiveWindowLength: 'PT1H',
  });
}

async function removeChannel(channel: Json): Promise<void> {
  await operate('DELETE', at('Channels', channel));
  expect((await client.send('GET', at('Channels', channel))).status).toBe(404);
}

test('a channel is made by an operation, with the defaults of the service', async () => {
  const answer = await operate('POST', 'Channels', channelBody('defaults'));
  expect(answer.headers.get('location')).toContain('/api/Channels(');
  const channel = await client.expect(200, 'GET', at('Channels', answer.json));
  expect(channel).toMatchObject({
    Name: 'defaults',
    State: 'Stopped',
    Output: { Hls: { FragmentsPerSegment: 3 } },
    EncodingType: 'None',
    Encoding: null,
    Slate: null,
    Input: {
      KeyFrameInterval: 'PT2S',
      StreamingProtocol: 'RTMP',
      AccessControl: { IP: { Allow: [] } },
      Endpoints: [1935, 1936].map((port) => ({
        Protocol: 'RTMP',
        Url: expect.stringMatching(`^rtmp://127.0.0.1:${port}/live/`) as string,
      })),
    },
  });
  expect(channel['Created']).toMatch(/Z$/);
  expect((await client.expect(200, 'GET', 'Operations'))['value']).toMatchObject([
    { TargetEntityId: channel['Id'] },
  ]);
  await removeChannel(channel);
});

test('a channel without Output has none, and one address for Smooth Streaming', async () => {
  const body = { Name: 'smooth', Input: { StreamingProtocol: 'FragmentedMP4' } };
  const { json } = await operate('POST', 'Channels', body);
  expect(json).toMatchObject({ Output: null, Input: { Endpoints: [{ Protocol: 'FragmentedMP4' }] } });
  expect((json['Input'] as { Endpoints: unknown[] }).Endpoints).toHaveLength(1);
  await removeChannel(json);
});

test('encoding and slate are taken as the examples of the documentation write them', async () => {
  const video = { Index: 1, Name: 'Video stream', Language: null };
  const body = {
    ...channelBody('encoded'),
    EncoderType: 'Standard',
    Encoding: {
      SystemPreset: 'Default720p',
      IgnoreCea708ClosedCaptions: false,
      AdMarkerSource: 'Api',
      VideoStream: { Index: 1, Name: 'Video stream' },
      AudioStreams: [{ Index: 0, Name: 'English audio stream', Language: 'ENG' }],
    },
    Slate: { InsertOnAdMarker: true },
  };
  const { json } = await operate('POST', 'Channels', body);
  expect(json).toMatchObject({
    EncodingType: 'Standard',
    Encoding: { VideoStream: video, VideoStreams: [], AudioStreams: body.Encoding.AudioStreams },
    Slate: { InsertSlateOnAdMarker: true },
  });
  await operate('PATCH', at('Channels', json), { Encoding: { VideoStreams: [video] } });
  expect(await client.expect(200, 'GET', at('Channels', json))).toMatchObject({
    Encoding: { VideoStream: null, VideoStreams: [video] },
  });
  await removeChannel(json);
});

test('the state machine of a channel', async () => {
  const channel = await newChannel('states');
  const reset = (): Promise<Answer> => client.send('POST', at('Channels', channel, '/Reset'));
  const update = { Output: { Hls: { FragmentsPerSegment: 5 } } };

  expect(messageOf(await reset())).toContain('InvalidOperation');
  await operate('PATCH', at('Channels', channel), update);
  expect(await client.expect(200, 'GET', at('Channels', channel))).toMatchObject(update);

  const starting = await client.send('POST', at('Channels', channel, '/Start'));
  expect(starting.status).toBe(202);
  expect(await stateOf('Channels', channel)).toBe('Starting');
  const tooEarly = await reset();
  expect([tooEarly.status, messageOf(tooEarly)]).toEqual([
    409,
    `OperationInProgress: Reset is not possible while the operation ${String(starting.headers.get('operation-id'))} (Start) is under way.`,
  ]);
  client.emulator.clock.advance(1000);
  expect(await stateOf('Channels', channel)).toBe('Running');

  await operate('POST', at('Channels', channel, '/Reset'));
  expect(await stateOf('Channels', channel)).toBe('Running');
  expect((await client.send('PATCH', at('Channels', channel), update)).status).toBe(400);
  expect((await client.send('DELETE', at('Channels', channel))).status).toBe(400);
  await operate('POST', at('Channels', channel, '/StartAdvertisement'), { duration: 'PT45S', cueId: '1' });
  await operate('POST', at('Channels', channel, '/HideSlate'));
  await operate('POST', at('Channels', channel, '/EndAdvertisement'));
  await operate('POST', at('Channels', channel, '/ShowSlate'));
  expect((await client.send('POST', at('Channels', channel, '/StartAdvertisement'), {})).status).toBe(400);

  await operate('POST', at('Channels', channel, '/Stop'));
  expect(await stateOf('Channels', channel)).toBe('Stopped');
  expect((await client.send('POST', at('Channels', channel, '/Stop'))).status).toBe(400);
  await removeChannel(channel);
});

test('an update of the input keeps the addresses', async () => {
  const channel = await newChannel('addresses');
  const before = channel['Input'] as Json;
  await operate('PATCH', at('Channels', channel), {
    Input: { KeyFrameInterval: 'PT4S', StreamingProtocol: 'RTMP' },
  });
  const after = (await client.expect(200, 'GET', at('Channels', channel)))['Input'];
  expect(after).toMatchObject({ KeyFrameInterval: 'PT4S', Endpoints: before['Endpoints'] });
  await removeChannel(channel);
});

test.each([
  ['a name that is too long', { Name: 'x'.repeat(33) }],
  ['a name with a blank', { Name: 'my channel' }],
  ['no input', { Input: null }],
  ['an unknown part', { Input: { Colour: 'red' } }],
])('a channel with %s is 400', async (_name, change) => {
  expect((await client.send('POST', 'Channels', { ...channelBody('x'), ...change })).status).toBe(400);
});

test('names are unique and five channels are enough', async () => {
  const channels: Json[] = [];
  for (let i = 0; i < 5; i += 1) channels.push(await newChannel(`c${i}`));
  expect(messageOf(await client.send('POST', 'Channels', channelBody('C1')))).toContain('ResourceNameTaken');
  const sixth = await client.send('POST', 'Channels', channelBody('c6'));
  expect([sixth.status, messageOf(sixth)]).toEqual([403, expect.stringContaining('ExceededResourceQuota')]);
  for (const channel of channels) await removeChannel(channel);
});

test('programs run on running channels and keep them from stopping', async () => {
  const channel = await newChannel('programs');
  const program = await newProgram(channel);
  expect(program).toMatchObject({
    State: 'Stopped',
    ManifestName: expect.stringMatching(/^[\da-f-]{36}$/) as string,
  });
  expect(items(await client.expect(200, 'GET', at('Channels', channel, '/Programs')))).toHaveLength(1);
  expect(await client.expect(200, 'GET', at('Programs', program, '/Channel'))).toMatchObject({
    Name: 'programs',
  });

  expect((await client.send('POST', at('Programs', program, '/Start'))).status).toBe(400);
  await client.expect(204, 'PATCH', at('Programs', program), { ArchiveWindowLength: 'PT2H' });
  await operate('POST', at('Channels', channel, '/Start'));
  await operate('POST', at('Programs', program, '/Start'));
  expect(await stateOf('Programs', program)).toBe('Running');
  expect((await client.send('POST', at('Channels', channel, '/Stop'))).status).toBe(400);
  expect((await client.send('PATCH', at('Programs', program), { Description: 'x' })).status).toBe(400);
  expect((await client.send('DELETE', at('Programs', program))).status).toBe(400);
  await operate('POST', at('Programs', program, '/Stop'));
  await operate('POST', at('Channels', channel, '/Stop'));

  expect((await client.send('DELETE', at('Channels', channel))).status).toBe(400);
  const asset = { Id: program['AssetId'] };
  expect((await client.send('DELETE', at('Assets', asset))).status).toBe(400);
  await client.expect(204, 'DELETE', at('Programs', program));
  await client.expect(204, 'DELETE', at('Assets', asset));
  await removeChannel(channel);
});

test('a channel runs three programs at most', async () => {
  const channel = await newChannel('three');
  const programs: Json[] = [];
  for (let i = 0; i < 4; i += 1) programs.push(await newProgram(channel, `p${i}`));
  await operate('POST', at('Channels', channel, '/Start'));
  for (const program of programs.slice(0, 3)) await operate('POST', at('Programs', program, '/Start'));
  const fourth = await client.send('POST', at('Programs', programs[3] ?? {}, '/Start'));
  expect([fourth.status, messageOf(fourth)]).toEqual([403, expect.stringContaining('ExceededResourceQuota')]);
  for (const program of programs.slice(0, 3)) await operate('POST', at('Programs', program, '/Stop'));
  await operate('POST', at('Channels', channel, '/Stop'));
  for (const program of programs) await client.expect(204, 'DELETE', at('Programs', program));
  await removeChannel(channel);
});

test('a CDN is stored, with provider and profile when none is named', async () => {
  const { json } = await operate('POST', 'StreamingEndpoints', { Name: 'cdn', CdnEnabled: true });
  expect(json).toMatchObject({
    CdnEnabled: true,
    CdnProvider: 'StandardVerizon',
    CdnProfile: 'AzureMediaStreamingPlatformCdnProfile',
  });
  await operate('MERGE', at('StreamingEndpoints', json), { CdnEnabled: false });
  await operate('PATCH', at('StreamingEndpoints', json), { CdnEnabled: true, CdnProvider: 'PremiumVerizon' });
  expect(await client.expect(200, 'GET', at('StreamingEndpoints', json))).toMatchObject({
    CdnEnabled: true,
    CdnProvider: 'PremiumVerizon',
  });
  await operate('DELETE', at('StreamingEndpoints', json));
});

test('an operation under way is named whatever the state says meanwhile', async () => {
  const body = { Name: 'busy' };
  const creating = await client.send('POST', 'StreamingEndpoints', body);
  const start = await client.send('POST', at('StreamingEndpoints', creating.json, '/Start'));
  expect([start.status, messageOf(start)]).toEqual([
    409,
    `OperationInProgress: Start is not possible while the operation ${String(creating.headers.get('operation-id'))} (Create) is under way.`,
  ]);
  client.emulator.clock.advance(1000);
  const running = await client.send('POST', at('StreamingEndpoints', creating.json, '/Stop'));
  expect([running.status, messageOf(running)]).toEqual([
    400,
    'InvalidOperation: Stop is not possible in the state Stopped; it needs Running.',
  ]);
  await operate('DELETE', at('StreamingEndpoints', creating.json));
});

test.each(['PT4M', 'PT26H', 'soon'])('a program with an archive window of %s is 400', async (window) => {
  const channel = await newChannel('windows');
  const asset = await client.expect(201, 'POST', 'Assets', {});
  const answer = await client.send('POST', 'Programs', {
    Name: 'p',
    ChannelId: channel['Id'],
    AssetId: asset['Id'],
    ArchiveWindowLength: window,
  });
  expect(answer.status).toBe(400);
  await removeChannel(channel);
});

test('the default streaming endpoint runs and stays, others come and go', async () => {
  const [standard = {}] = items(await client.expect(200, 'GET', 'StreamingEndpoints'));
  expect(standard).toMatchObject({
    Name: 'default',
    State: 'Running',
    HostName: new URL(client.emulator.url).host,
    FreeTrialEndTime: '0001-01-01T00:00:00Z',
    StreamingEndpointVersion: '2.0',
  });
  expect(messageOf(await client.send('DELETE', at('StreamingEndpoints', standard)))).toContain(
    'DeleteNotAllowedOnDefaultOrigin',
  );
  const { json } = await operate('POST', 'StreamingEndpoints', {
    Name: 'second',
    CacheControl: { MaxAge: '60' },
  });
  const made = { State: 'Stopped', ScaleUnits: 0, CacheControl: { MaxAge: '60' } };
  expect(json).toMatchObject({ ...made, HostName: null });
  expect(await client.expect(200, 'GET', at('StreamingEndpoints', json))).toMatchObject({
    ...made,
    HostName: new URL(client.emulator.url).host,
  });
  await operate('POST', at('StreamingEndpoints', json, '/Scale'), { scaleUnits: 2 });
  expect(await client.expect(200, 'GET', at('StreamingEndpoints', json))).toMatchObject({ ScaleUnits: 2 });
  await operate('POST', at('StreamingEndpoints', json, '/Start'));
  const third = (await operate('POST', 'StreamingEndpoints', { Name: 'third' })).json;
  expect(messageOf(await client.send('POST', at('StreamingEndpoints', third, '/Start')))).toContain(
    'ExceededResourceQuota',
  );
  await operate('POST', at('StreamingEndpoints', json, '/Stop'));
  await operate('DELETE', at('StreamingEndpoints', json));
  await operate('DELETE', at('StreamingEndpoints', third));
});
