import { at, items, jobBody, sampleFilm, startClient, uploadedAsset, type Client, type Json } from './client';

let client: Client;
let output: Json;
let policy: Json;
let locator: Json;

beforeAll(async () => {
  client = await startClient();
  const input = await uploadedAsset(client, 'my film.mp4');
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

const publish = (asset = output): Promise<Json> =>
  client.expect(201, 'POST', 'Locators', { AccessPolicyId: policy['Id'], AssetId: asset['Id'], Type: 2 });
const url = (file: string): string => String(locator['Path']) + file;
const rendition = 'my%20film_320x180_AACAudio_97.mp4';

/** What an address gives, which must be there. */
async function get(address: string | URL): Promise<Buffer> {
  const answer = await fetch(address);
  expect([answer.status, String(address)]).toEqual([200, String(address)]);
  return Buffer.from(await answer.arrayBuffer());
}

const typeOf = (box: Buffer): string => box.toString('latin1', 4, 8);

test('an origin locator has the form of the service', () => {
  const guid = String(locator['Id']).slice('nb:lid:UUID:'.length);
  expect(locator).toMatchObject({
    BaseUri: client.emulator.url,
    ContentAccessComponent: guid,
    Path: `${client.emulator.url}/${guid}/`,
  });
});

test('published files are downloaded as they are, whole or in part', async () => {
  const whole = await fetch(url(rendition));
  expect(whole.headers.get('content-type')).toBe('video/mp4');
  expect(Buffer.from(await whole.arrayBuffer()).equals(sampleFilm)).toBe(true);
  const part = await fetch(url(rendition), { headers: { Range: 'bytes=4-7' } });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    `bytes 4-7/${sampleFilm.length}`,
    'ftyp',
  ]);
  const head = await fetch(url(rendition), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    200,
    String(sampleFilm.length),
    '',
  ]);
  expect((await fetch(url(rendition), { headers: { Range: 'bytes=100000-' } })).status).toBe(416);
  expect((await fetch(url(rendition), { headers: { Range: 'bytes=-5' } })).status).toBe(200);
});

test('the Smooth manifest describes the file, in any letter case, and its fragments are there', async () => {
  for (const name of ['manifest', 'Manifest', 'manifest(format=fmp4-v20)']) {
    const text = (await get(url(`my%20film.ism/${name}`))).toString();
    expect(text).toContain('Duration="40000000" TimeScale="10000000"');
    expect(text).toContain('Type="video" Name="video" Chunks="2"');
    expect(text).toMatch(
      /Bitrate="96968" FourCC="H264" MaxWidth="320" MaxHeight="180" CodecPrivateData="0{7}167/,
    );
    // Mono, which the file's sample entry says too, and its AudioSpecificConfig: 48 kHz AAC-LC.
    expect(text).toMatch(/FourCC="AACL" SamplingRate="48000" Channels="1".*CodecPrivateData="1188/);
  }
  for (const name of [
    'QualityLevels(96968)/Fragments(video=20000000)',
    'QualityLevels(32438)/Fragments(audio=0)',
  ]) {
    expect(typeOf(await get(url(`my%20film.ism/${name}`)))).toBe('moof');
  }
});

test.each(['m3u8-cmaf', 'm3u8-aapl', 'm3u8-aapl-v3'])('HLS as %s leads to every segment', async (format) => {
  const address = url(`my%20film.ism/manifest(format=${format})`);
  const answer = await fetch(address);
  expect(answer.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
  const master = await answer.text();
  expect(master).toContain('RESOLUTION=320x180,CODECS="avc1.4d400c,mp4a.40.2",AUDIO="audio"');
  const playlists = master.match(/QualityLevels\(\d+\)\/Manifest\([^)]*\)/g) ?? [];
  expect(playlists).toHaveLength(2);
  for (const playlist of playlists) {
    const media = new URL(playlist, address);
    const text = (await get(media)).toString();
    const lengths = [...text.matchAll(/#EXTINF:([\d.]+)/g)].map((match) => Number(match[1]));
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeCloseTo(4, 2);
    const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1] ?? '';
    expect(typeOf(await get(new URL(init, media)))).toBe('ftyp');
    for (const segment of text.split('\n').filter((line) => line.startsWith('Fragments'))) {
      expect(typeOf(await get(new URL(segment, media)))).toBe('moof');
    }
  }
});

test.each(['mpd-time-csf', 'mpd-time-cmaf'])('DASH as %s leads to every segment', async (format) => {
  const address = url(`my%20film.ism/manifest(format=${format})`);
  const answer = await fetch(address);
  expect(answer.headers.get('content-type')).toBe('application/dash+xml');
  const text = await answer.text();
  expect(text).toContain('mediaPresentationDuration="PT4.0000000S"');
  const sets = text.split('<AdaptationSet').slice(1);
  expect(sets).toHaveLength(2);
  for (const set of sets) {
    const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(set)?.[1] ?? '';
    const template = (name: string, time = 0): URL =>
      new URL(
        value(name).replace('$Bandwidth$', value('bandwidth')).replace('$Time$', String(time)),
        address,
      );
    expect(typeOf(await get(template('initialization')))).toBe('ftyp');
    let time = 0;
    for (const [, duration] of set.matchAll(/<S (?:t="\d+" )?d="(\d+)"/g)) {
      expect(typeOf(await get(template('media', time)))).toBe('moof');
      time += Number(duration);
    }
  }
});

test('pages of other sites may play, and ask before they do', async () => {
  const address = url('my%20film.ism/manifest(format=mpd-time-csf)');
  expect((await fetch(address)).headers.get('access-control-allow-origin')).toBe('*');
  const asked = await fetch(address, {
    method: 'OPTIONS',
    headers: { Origin: 'https://player.example', 'Access-Control-Request-Headers': 'range' },
  });
  expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([200, 'range']);
});

test.each([
  'my%20film.ism',
  'my%20film.ismc',
  'nothing.mp4',
  'nothing.ism/manifest',
  '%',
  '..%2Fsecret',
  'my%20film.ism/QualityLevels(1)/Fragments(video=0)',
  'my%20film.ism/QualityLevels(96968)/Fragments(video=1)',
  'my%20film.ism/QualityLevels(96968)/Fragments(video=i)',
  'my%20film.ism/QualityLevels(96968)/Manifest(text,format=m3u8-cmaf)',
])('%s is not given out', async (name) => {
  expect((await fetch(url(name))).status).toBe(404);
});

test.each(['manifest(format=vhs)', 'manifest(format=mpd-time-csf%22%3E)', 'QualityLevels(96968)', 'film'])(
  '%s is 400',
  async (name) => {
    expect((await fetch(url(`my%20film.ism/${name}`))).status).toBe(400);
  },
);

test('another method is 405', async () => {
  expect((await fetch(url(rendition), { method: 'POST' })).status).toBe(405);
});

test.each([
  [
    'no film',
    'bad.ism names film.mp4, which does not exist',
    '<smil><body><switch><video src="film.mp4"/></switch></body></smil>',
  ],
  ['an .ism that is none', 'bad.ism is not a server manifest: it has no smil element', 'text'],
  [
    'a text',
    'text.mp4 is not an MP4 file',
    '<smil><body><switch><video src="text.mp4"/></switch></body></smil>',
  ],
  ['no track', 'bad.ism has no video and no audio track', '<smil><body/></smil>'],
])('what cannot be packaged is 412 with the reason: %s', async (_what, reason, ism) => {
  const asset = await uploadedAsset(client, 'text.mp4', 'no film');
  await uploadTo(asset, 'bad.ism', ism);
  const bad = await publish(asset);
  for (const name of ['manifest', 'manifest(format=m3u8-cmaf)', 'QualityLevels(1)/Fragments(video=0)']) {
    const answer = await fetch(`${String(bad['Path'])}bad.ism/${name}`);
    expect([answer.status, await answer.text()]).toEqual([412, `${reason}\n`]);
  }
});

test('a file that is written anew is read anew', async () => {
  const asset = await uploadedAsset(client, 'film.mp4', 'no film yet');
  await uploadTo(asset, 'film.ism', '<smil><body><switch><video src="FILM.mp4"/></switch></body></smil>');
  const published = await publish(asset);
  const manifest = `${String(published['Path'])}film.ism/manifest`;
  expect((await fetch(manifest)).status).toBe(412);
  await uploadTo(asset, 'film.mp4', sampleFilm);
  expect((await fetch(manifest)).status).toBe(200);
});

async function uploadTo(asset: Json, name: string, body: string | Buffer<ArrayBuffer>): Promise<void> {
  const write = await client.expect(201, 'POST', 'AccessPolicies', {
    Name: 'write',
    DurationInMinutes: 60,
    Permissions: 2,
  });
  const sas = await client.expect(201, 'POST', 'Locators', {
    AccessPolicyId: write['Id'],
    AssetId: asset['Id'],
    Type: 1,
  });
  const put = await fetch(`${String(sas['BaseUri'])}/${name}${String(sas['ContentAccessComponent'])}`, {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob' },
    body,
  });
  expect(put.status).toBe(201);
  await client.expect(204, 'DELETE', at('Locators', sas));
}

test('nothing is served while no streaming endpoint runs', async () => {
  const [endpoint = {}] = items(await client.expect(200, 'GET', 'StreamingEndpoints'));
  await client.expect(202, 'POST', at('StreamingEndpoints', endpoint, '/Stop'));
  client.emulator.clock.advance(300);
  expect((await fetch(url(rendition))).status).toBe(403);
  await client.expect(202, 'POST', at('StreamingEndpoints', endpoint, '/Start'));
  client.emulator.clock.advance(300);
  expect((await fetch(url(rendition))).status).toBe(200);
});

test('the content is gone with its locator, and when the locator has expired', async () => {
  const short = await publish();
  const path = String(short['Path']) + rendition;
  expect((await fetch(path)).status).toBe(200);
  await client.expect(204, 'DELETE', at('Locators', short));
  expect((await fetch(path)).status).toBe(404);
  client.emulator.clock.advance(59 * 60_000);
  expect((await fetch(url(rendition))).status).toBe(200);
  client.emulator.clock.advance(60_000);
  expect((await fetch(url(rendition))).status).toBe(404);
});
