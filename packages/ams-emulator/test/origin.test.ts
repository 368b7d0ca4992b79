import { at, items, jobBody, startClient, uploadedAsset, type Client, type Json } from './client';

const film = 'the bytes of a film';
let client: Client;
let output: Json;
let policy: Json;
let locator: Json;

beforeAll(async () => {
  client = await startClient();
  const input = await uploadedAsset(client, 'my film.mp4', film);
  const job = await client.expect(201, 'POST', 'Jobs', jobBody(client, input));
  client.emulator.clock.advance(3000);
  [output = {}] = items(await client.expect(200, 'GET', at('Jobs', job, '/OutputMediaAssets')));
  policy = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'watch',
    DurationInMinutes: 60,
    Permissions: 1,
  });
  locator = await publish();
});
afterAll(() => client.emulator.close());

const publish = (): Promise<Json> =>
  client.expect(201, 'POST', 'Locators', { AccessPolicyId: policy['Id'], AssetId: output['Id'], Type: 2 });
const url = (file: string): string => String(locator['Path']) + file;
const smallest = 'my%20film_320x180_AACAudio_500.mp4';

test('an origin locator has the form of the service', () => {
  const guid = String(locator['Id']).slice('nb:lid:UUID:'.length);
  expect(locator).toMatchObject({
    BaseUri: client.emulator.url,
    ContentAccessComponent: guid,
    Path: `${client.emulator.url}/${guid}/`,
  });
});

test('published files are downloaded as they are, whole or in part', async () => {
  const whole = await fetch(url(smallest));
  expect(whole.headers.get('content-type')).toBe('video/mp4');
  expect(await whole.text()).toBe(film);
  const part = await fetch(url(smallest), { headers: { Range: 'bytes=4-8' } });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 4-8/19',
    'bytes',
  ]);
  const head = await fetch(url(smallest), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '19', '']);
  expect((await fetch(url(smallest), { headers: { Range: 'bytes=100-' } })).status).toBe(416);
  expect((await fetch(url(smallest), { headers: { Range: 'bytes=-5' } })).status).toBe(200);
});

test('the Smooth manifest names the renditions, in any letter case', async () => {
  for (const name of ['manifest', 'Manifest', 'manifest(format=fmp4-v20)']) {
    const text = await (await fetch(url(`my%20film.ism/${name}`))).text();
    expect(text).toContain('<SmoothStreamingMedia');
    expect(text.match(/Bitrate="\d+" FourCC="H264"/g)).toHaveLength(4);
  }
});

test('the HLS playlists lead to a published file', async () => {
  const master = await fetch(url('my%20film.ism/manifest(format=m3u8-aapl)'));
  expect(master.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
  const text = await master.text();
  expect(text).toMatch(/^#EXTM3U\n/);
  const variants = text.split('\n').filter((line) => line.startsWith('QualityLevels'));
  expect(variants).toHaveLength(4);
  const media = await fetch(new URL(variants[3] ?? '', master.url));
  const segment = (await media.text()).split('\n').find((line) => line !== '' && !line.startsWith('#'));
  expect(await (await fetch(new URL(segment ?? '', media.url))).text()).toBe(film);
});

test('the DASH manifest leads to published files', async () => {
  const manifest = await fetch(url('my%20film.ism/manifest(format=mpd-time-csf)'));
  expect(manifest.headers.get('content-type')).toBe('application/dash+xml');
  const bases = [...(await manifest.text()).matchAll(/<BaseURL>([^<]+)</g)].map((match) => match[1] ?? '');
  expect(bases).toHaveLength(4);
  expect(await (await fetch(new URL(bases[0] ?? '', manifest.url))).text()).toBe(film);
});

test.each(['my%20film.ism', 'my%20film.ismc', 'nothing.mp4', 'nothing.ism/manifest', '%', '..%2Fsecret'])(
  '%s is not given out',
  async (name) => {
    expect((await fetch(url(name))).status).toBe(404);
  },
);

test('a format nobody knows is 400, another method 405', async () => {
  expect((await fetch(url('my%20film.ism/manifest(format=vhs)'))).status).toBe(400);
  expect((await fetch(url(smallest), { method: 'POST' })).status).toBe(405);
});

test('nothing is served while no streaming endpoint runs', async () => {
  const [endpoint = {}] = items(await client.expect(200, 'GET', 'StreamingEndpoints'));
  await client.expect(202, 'POST', at('StreamingEndpoints', endpoint, '/Stop'));
  client.emulator.clock.advance(300);
  expect((await fetch(url(smallest))).status).toBe(403);
  await client.expect(202, 'POST', at('StreamingEndpoints', endpoint, '/Start'));
  client.emulator.clock.advance(300);
  expect((await fetch(url(smallest))).status).toBe(200);
});

test('the content is gone with its locator, and when the locator has expired', async () => {
  const short = await publish();
  const path = String(short['Path']) + smallest;
  expect((await fetch(path)).status).toBe(200);
  await client.expect(204, 'DELETE', at('Locators', short));
  expect((await fetch(path)).status).toBe(404);
  client.emulator.clock.advance(59 * 60_000);
  expect((await fetch(url(smallest))).status).toBe(200);
  client.emulator.clock.advance(60_000);
  expect((await fetch(url(smallest))).status).toBe(404);
});
