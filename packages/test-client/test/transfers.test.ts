/** Uploads and downloads lose nothing: whole sets, no file over another, errors that name the file and the cause. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AmsClient, clientSecretCredential, undiciTransport } from 'ams-rest';
import { blobUrlInContainer, bytesSource, getBlobProperties, uploadBlob } from 'ams-rest/storage';
import { partialPath } from '../../ams-rest/src/storage/download';
import { startEmulator, type Emulator } from 'ams-emulator';
import { localNames } from '../src/local-names';
import { blobNameFor } from '../src/source-file';
import { contents } from './account-contents';
import { runCli } from './run-cli';

const transport = undiciTransport();
let emulator: Emulator;
let client: AmsClient;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  const credential = clientSecretCredential({ ...emulator, transport });
  client = new AmsClient({ endpoint: emulator.apiEndpoint, credential, transport });
  folder = mkdtempSync(join(tmpdir(), 'transfers-'));
});
afterAll(async () => {
  await transport.close();
  await emulator.close();
  rmSync(folder, { recursive: true });
});

const ams = (...args: string[]) => runCli({ args, env: emulator.env });
const newFolder = () => mkdtempSync(join(folder, 'd-'));

async function create(
  entitySet: string,
  body: Record<string, unknown>,
): Promise<{ Id: string; Path: string }> {
  return await client.json<{ Id: string; Path: string }>('POST', entitySet, { body });
}

/** An asset with a blob for each name, which is also what is in it; and its locator's path. */
async function assetWith(names: readonly string[]): Promise<{ id: string; path: string }> {
  const { Id: id } = await create('Assets', { Name: 'test' });
  const policy = await create('AccessPolicies', { Name: 'test', DurationInMinutes: 60, Permissions: 3 });
  const { Path: path } = await create('Locators', { AccessPolicyId: policy.Id, AssetId: id, Type: 1 });
  for (const name of names)
    await uploadBlob(transport, blobUrlInContainer(path, name), bytesSource(Buffer.from(name)));
  await client.request('GET', 'CreateFileInfos', { query: { assetid: `'${id}'` } });
  return { id, path };
}

describe('download', () => {
  const NAMES = ['a b.mp4', 'a_b.mp4', 'x/f.mp4', 'y/f.mp4', 'x/deep/f.mp4', 'CON.mp4'];

  it('keeps folders and spaces, and leaves nothing out', async () => {
    const { id } = await assetWith(NAMES);
    const to = join(newFolder(), 'to');
    const run = await ams('download', id, '--to', to);
    expect(run.exitCode).toBe(0);
    const found = readdirSync(to, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(found).toHaveLength(NAMES.length);
    for (const name of NAMES) expect(readFileSync(join(to, name), 'utf8')).toBe(name);
    expect(run.stderr).toBe('');
  });

  it('overwrites nothing: keeps what is complete, refuses what differs before it begins', async () => {
    const { id } = await assetWith(['one.txt', 'two.txt']);
    const to = newFolder();
    writeFileSync(join(to, 'one.txt'), 'one.TXT');
    const resumed = await ams('download', id, '--to', to);
    expect(resumed.stderr).toBe(`${join(to, 'one.txt')} is already there\n`);
    expect(readFileSync(join(to, 'one.txt'), 'utf8')).toBe('one.TXT');
    expect(readFileSync(join(to, 'two.txt'), 'utf8')).toBe('two.txt');

    const other = newFolder();
    writeFileSync(join(other, 'two.txt'), 'of somebody else');
    mkdirSync(join(other, 'one.txt'));
    const refused = await ams('download', id, '--to', other);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/Not overwritten: .*one\.txt, .*two\.txt\. Remove/);
    expect(readFileSync(join(other, 'two.txt'), 'utf8')).toBe('of somebody else');
  });

  it('finds the last of 1006 files', async () => {
    const { id, path } = await assetWith([]);
    const numbers = Array.from({ length: 1006 }, (_, index) => index).values();
    const createSome = async () => {
      for (const number of numbers)
        await create('Files', { Name: `file-${number}.txt`, ParentAssetId: id, ContentFileSize: '4' });
    };
    await Promise.all(Array.from({ length: 8 }, createSome));
    await uploadBlob(transport, blobUrlInContainer(path, 'file-1005.txt'), bytesSource(Buffer.from('last')));
    const to = newFolder();
    expect((await ams('download', id, 'file-1005.txt', '--to', to)).exitCode).toBe(0);
    expect(readFileSync(join(to, 'file-1005.txt'), 'utf8')).toBe('last');
    const missing = await ams('download', id, 'file-1006.txt', '--to', to);
    expect(missing.stderr).toMatch(/has no file file-1006\.txt\. It has .*, and 986 more\./);
  });
});

describe('errors of the file system name the path and the cause', () => {
  it.each([
    ['--to is a file', /taken.* cannot be (created|opened): (a file of that name|a part of the path)/],
    ['--to is below a file', /taken.* cannot be (created|opened): a part of the path is not a folder/],
  ])('%s', async (what, message) => {
    const { id } = await assetWith(['one.txt']);
    const taken = join(newFolder(), 'taken');
    writeFileSync(taken, '');
    const run = await ams('download', id, '--to', what.includes('below') ? join(taken, 'x') : taken);
    expect(run.stderr).toMatch(message);
    expect(run.exitCode).toBe(2);
  });

  const onLinux = existsSync('/dev/full') ? it : it.skip;
  onLinux('a full disk', async () => {
    const { id, path } = await assetWith(['one.txt']);
    const to = newFolder();
    const { etag } = await getBlobProperties(transport, blobUrlInContainer(path, 'one.txt'));
    symlinkSync('/dev/full', partialPath(join(to, 'one.txt'), etag));
    const run = await ams('download', id, '--to', to);
    expect(run.stderr).toMatch(/one\.txt cannot be written: the disk is full \(ENOSPC\)/);
    expect(run.exitCode).toBe(2);
  });

  it('a temporary folder that is not there', async () => {
    const run = await runCli({ args: ['token'], env: { TMPDIR: join(folder, 'nowhere') } });
    expect(run.stderr).toMatch(/nowhere\S* cannot be created: it does not exist \(ENOENT\)\. Set TMPDIR/);
    expect(run.exitCode).toBe(2);
  });

  it('a certificate that is not there', async () => {
    const AZURE_CLIENT_CERTIFICATE_PATH = join(folder, 'none.pem');
    const env = { ...emulator.env, AZURE_CLIENT_SECRET: '', AZURE_CLIENT_CERTIFICATE_PATH };
    const run = await runCli({ args: ['token', '--credential', 'environment'], env });
    expect(run.stderr).toMatch(/none\.pem cannot be opened: it does not exist \(ENOENT\)/);
    expect(run.exitCode).toBe(2);
  });
});

describe('upload', () => {
  it('killed and continued: leaves one locator at most, and none at the end', async () => {
    const path = join(folder, 'large.mp4');
    writeFileSync(path, '');
    truncateSync(path, 200 * 1024 * 1024);
    const { id } = await assetWith([]);
    const openings = async () =>
      (await contents(emulator, emulator.apiEndpoint)).filter((one) => /^(Locators|AccessP)/.test(one));
    const others = (await openings()).length;
    for (let kill = 0; kill < 2; kill++) {
      await runCli({
        args: ['upload', path, '--asset', id],
        env: emulator.env,
        onOutput: (stdout, child) => {
          if (/large\.mp4 \d+ %/.test(stdout)) child.kill('SIGKILL');
        },
      });
      // A policy and a locator.
      expect(await openings()).toHaveLength(others + 2);
    }
    expect((await ams('upload', path, '--asset', id)).exitCode).toBe(0);
    expect(await openings()).toHaveLength(others);
  }, 180_000);

  it('a name that Media Services refuses is changed, and said', async () => {
    expect(blobNameFor('/x/{asset}.mp4')).toBe('_asset_.mp4');
    const path = join(folder, '{asset}.mp4');
    writeFileSync(path, 'bytes');
    const run = await ams('upload', path);
    expect(run.stderr).toMatch(/^Uploaded as _asset_\.mp4/);
    expect(run.exitCode).toBe(0);
    const { id } = await assetWith([]);
    const refused = create('Files', { Name: '{asset}.mp4', ParentAssetId: id });
    await expect(refused).rejects.toMatchObject({ status: 400 });
  });
});

describe('local names', () => {
  const paths = (names: readonly string[], platform = 'linux') =>
    localNames(names, platform).map(({ path }) => path);

  it.each([
    ['linux', ['a:b?.mp4', 'CON', 'A.mp4', 'a.mp4'], ['a:b?.mp4', 'CON', 'A.mp4', 'a.mp4']],
    ['win32', ['a<b>:"|?*\\c.mp4'], ['a_b_______c.mp4']],
    [
      'win32',
      ['CON.mp4', 'x/nul', 'aux.tar.gz', 'com1', 'console.mp4'],
      ['_CON.mp4', 'x/_nul', '_aux.tar.gz', '_com1', 'console.mp4'],
    ],
    ['win32', ['end.', 'end_', 'blank '], ['end_', 'end_ (2)', 'blank_']],
    ['win32', ['A.mp4', 'a.mp4'], ['A.mp4', 'a (2).mp4']],
    ['darwin', ['\u00e9.mp4', 'e\u0301.mp4'], ['\u00e9.mp4', 'e\u0301 (2).mp4']],
    [
      'linux',
      ['x', 'x/f', '/abs', 'a//b', '..', '.', ''],
      ['x (2)', 'x/f', '_/abs', 'a/_/b', '__', '_ (2)', '_ (3)'],
    ],
    ['linux', ['a\nb\u001b', 'a_b_'], ['a_b_', 'a_b_ (2)']],
  ])('%s: %j', (platform, names, expected) => {
    expect(paths(names, platform)).toEqual(expected);
  });

  it('long names are shortened in the middle, and stay different', () => {
    const names = ['x'.repeat(300), `${'x'.repeat(299)}y`].map((name) => `${name}.mp4`);
    const [first = '', second = ''] = paths(names);
    for (const path of [first, second]) expect(Buffer.byteLength(path)).toBeLessThanOrEqual(230);
    expect(first).not.toBe(second);
    expect(first).toMatch(/\.mp4$/);
  });
});
