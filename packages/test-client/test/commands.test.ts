/** Each command as a person or a script uses it, against a local Azure that stays. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from 'ams-emulator';
import { SAMPLE_VIDEO } from '../src/sample';
import { runCli, withSignals } from './run-cli';

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ jobDurationMs: 500 });
  folder = mkdtempSync(join(tmpdir(), 'commands-'));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

const ams = (...args: string[]) => runCli({ args, env: emulator.env });

async function asJson<T>(...args: string[]): Promise<T> {
  const { exitCode, stdout, stderr } = await ams(...args);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as T;
}

describe('token', () => {
  it('shows the claims by party, and no token', async () => {
    const run = await ams('token');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/resource +│ aud +│ https:\/\/rest\.media\.azure\.net/);
    expect(run.output).not.toMatch(/eyJ/);
  });

  it('--raw prints only the token, and it works', async () => {
    const run = await ams('token', '--raw');
    expect(run.stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(run.stderr).toBe('');
    const headers = { authorization: `Bearer ${run.stdout.trim()}`, 'x-ms-version': '2.19' };
    expect((await fetch(`${emulator.apiEndpoint}Assets`, { headers })).status).toBe(200);
  });

  it('--json is one document, for the version of the endpoint that was asked for', async () => {
    const v1 = await asJson<{ fields: string[] }>('token', '--json', '--token-endpoint', 'v1');
    const v2 = await asJson<{ fields: string[] }>('token', '--json', '--token-endpoint', 'v2');
    expect(v1.fields).toContain('resource');
    expect(v2.fields).not.toContain('resource');
  });
});

describe('--credential environment', () => {
  it('takes what the variables of Azure tools name, and says which and why', async () => {
    const { AZURE_AUTHORITY_HOST = '', AMS_ENDPOINT = '' } = emulator.env;
    const { appService, userAssignedIdentity } = emulator.entra;
    const identity = { IDENTITY_ENDPOINT: appService.endpoint, IDENTITY_HEADER: appService.header };
    const run = await runCli({
      args: ['token', '--credential', 'environment', '--verbose'],
      env: {
        AZURE_AUTHORITY_HOST,
        AMS_ENDPOINT,
        ...identity,
        AZURE_CLIENT_ID: userAssignedIdentity.clientId,
      },
    });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('App Service managed identity: IDENTITY_ENDPOINT, IDENTITY_HEADER are set');
    expect(run.stdout).toContain(userAssignedIdentity.clientId);
    expect(run.output).not.toContain(appService.header);
  });
});

describe('call', () => {
  it('sends body and query, and prints the answer as JSON', async () => {
    const made = await asJson<{ Id: string }>('call', 'POST', 'Assets', '--body', '{"Name":"it\'s one"}');
    const found = await asJson<{ Id: string }[]>(
      'call',
      'GET',
      'Assets',
      '--query',
      "$filter=Name eq 'it''s one'",
    );
    expect(found.map(({ Id }) => Id)).toEqual([made.Id]);
    const gone = await ams('call', 'DELETE', `Assets('${made.Id}')`);
    expect(gone.exitCode).toBe(0);
    expect(gone.stdout).toBe('');
    expect(gone.stderr).toContain('204');
  });

  it('takes the body from a file', async () => {
    const path = join(folder, 'asset.json');
    writeFileSync(path, '{"Name":"from a file"}');
    expect(await asJson('call', 'POST', 'Assets', '--body', `@${path}`)).toMatchObject({
      Name: 'from a file',
    });
  });

  it('takes the body from standard input', async () => {
    const args = ['call', 'POST', 'Assets', '--body', '-'];
    const run = await runCli({ args, env: emulator.env, stdin: '{"Name":"piped"}' });
    expect(JSON.parse(run.stdout)).toMatchObject({ Name: 'piped' });
  });

  it('--all prints one entity a line', async () => {
    const { stdout } = await ams('call', 'GET', 'MediaProcessors', '--all');
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { Name: string }).Name);
    expect(names).toContain('Media Encoder Standard');
  });

  it.each([
    [['call', 'FETCH', 'Assets'], 2, /FETCH is not a verb/],
    [['call', 'POST', 'Assets', '--body', '{secret'], 2, /The body is not JSON/],
    [['call', 'POST', 'Assets', '--body', '@nowhere.json'], 2, /nowhere\.json cannot be read/],
    [['call', 'GET', 'Assets', '--query', 'top'], 2, /has no = in it/],
    [['call', 'GET', "Assets('nb:cid:UUID:00000000-0000-4000-8000-000000000000')"], 4, /404/],
    [['call', 'GET', '../../other'], 2, /the path "\.\.\/\.\.\/other" must be/],
    [['cal', 'GET', 'Assets'], 2, /unknown command 'cal'[\s\S]*Did you mean call/],
    [['list', 'Assets', '--top', 'abc'], 2, /\$top must be a whole number/],
    [['list', '../x'], 2, /the path/],
    [['publish', 'nb:cid:UUID:x', '--days', 'abc'], 2, /--days must be a number/],
    [['list'], 2, /missing required argument 'set'/],
  ])('%j ends with %d', async (args, exitCode, message) => {
    const run = await ams(...args);
    expect(run.stderr).toMatch(message);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stdout).toBe('');
  });
});

describe('list', () => {
  it('is a table, the signature of a locator left out', async () => {
    const run = await ams('list', 'MediaProcessors', '--filter', "Name eq 'Media Encoder Standard'");
    expect(run.stdout).toMatch(
      /Id +│ Name +│ Vendor +│ Version\n.* │ Media Encoder Standard │ Microsoft │ 1\.1\n/,
    );
    expect(run.stderr).toBe('1 found\n');
  });

  it('--json is one object a line; --top limits', async () => {
    const { stdout } = await ams('list', 'MediaProcessors', '--json', '--top', '2');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line) as object)),
    ).toHaveLength(2);
  });
});

describe('upload, encode, watch, publish, download', () => {
  it('take a file all the way and back', async () => {
    const path = join(folder, 'holiday.mp4');
    // The encoder of the local Azure reads the media, so this must be a real video.
    const bytes = readFileSync(SAMPLE_VIDEO);
    writeFileSync(path, bytes);
    const { asset } = await asJson<{ asset: string }>('upload', path, '--json');
    const encoded = await asJson<{ asset: string; job: string }>('encode', asset, '--json');
    expect(await asJson('watch', encoded.job, '--json')).toEqual(encoded);
    const published = await asJson<{ urls: { HLS: string } }>('publish', encoded.asset, '--json');
    expect(await (await fetch(published.urls.HLS)).text()).toMatch(/^#EXTM3U/);

    const to = join(folder, 'back');
    const { files } = await asJson<{ files: string[] }>('download', asset, '--to', to, '--json');
    expect(files).toEqual([join(to, 'holiday.mp4')]);
    const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
    expect(sha256(readFileSync(join(to, 'holiday.mp4')))).toBe(sha256(bytes));

    const left = await ams('list', 'Locators', '--json');
    const types = left.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { Type: number }).Type);
    expect(types).toEqual([2]);
  });

  withSignals('an interrupted upload says how to continue, and continues', async () => {
    const path = join(folder, 'large.mp4');
    writeFileSync(path, '');
    truncateSync(path, 200 * 1024 * 1024);
    let sent = false;
    const first = await runCli({
      args: ['upload', path],
      env: emulator.env,
      onOutput: (stdout, child) => {
        if (sent || !/large\.mp4 [1-9]\d %/.test(stdout)) return;
        sent = true;
        child.kill('SIGINT');
      },
    });
    expect(first.exitCode).toBe(130);
    const asset = /--asset (\S+)/.exec(first.stderr)?.[1] ?? '';
    const second = await ams('upload', path, '--asset', asset);
    expect(second.stderr).toBe('');
    expect(second.stdout).toMatch(/of which [1-9]\d+ were there already/);
    expect(second.exitCode).toBe(0);
  });
});

describe('account', () => {
  it('create, list, use, delete', async () => {
    const made = await asJson<{ name: string; endpoint: string }>('account', 'create', '--json');
    const listed = await ams('account', 'list', '--json');
    expect(listed.stdout).toContain(
      JSON.stringify({ name: made.name, location: 'West US', endpoint: made.endpoint }),
    );
    const used = await ams('list', 'Assets', '--endpoint', made.endpoint);
    expect(used.stderr).toBe('0 found\n');
    expect((await ams('account', 'delete', made.name, '--quiet')).exitCode).toBe(0);
    expect((await ams('account', 'list', '--json')).stdout).not.toContain(made.name);
  });

  it('a key is never shown', async () => {
    const run = await ams('account', 'create', '--verbose');
    expect(run.exitCode).toBe(0);
    expect(run.output).not.toMatch(/[A-Za-z0-9+/]{80,}={0,2}/);
    expect(run.output).not.toMatch(/SharedKey (?!REDACTED)/);
  });

  it('a name that cannot be: nothing is created', async () => {
    const before = (await ams('account', 'list', '--json')).stdout;
    const run = await ams('account', 'create', 'Not_A_Name');
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/Not_A_Name\w* cannot be taken/);
    expect((await ams('account', 'list', '--json')).stdout).toBe(before);
  });

  it('the demo runs on an account made for it, and takes it away', async () => {
    const before = (await ams('account', 'list', '--json')).stdout;
    const run = await ams('demo', '--new-account');
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('They are the same.');
    expect((await ams('account', 'list', '--json')).stdout).toBe(before);
  });

  it.each([[['account']], [['account', 'delete']], [['account', 'rename', 'x']]])('%j', async (args) => {
    const run = await ams(...args);
    expect(run.exitCode).toBe(2);
  });
});

describe('doctor', () => {
  it('finds all well', async () => {
    const { healthy, findings } = await asJson<{
      healthy: boolean;
      findings: { check: string; verdict: string }[];
    }>('doctor', '--json');
    expect(healthy).toBe(true);
    expect(findings.map(({ check }) => check)).toEqual([
      'settings',
      'authority',
      'token',
      'endpoint (DNS)',
      'REST API',
      'storage',
    ]);
  });

  it('names a wrong secret', async () => {
    const run = await runCli({
      args: ['doctor'],
      env: { ...emulator.env, AZURE_CLIENT_SECRET: 'wrong-one' },
    });
    expect(run.stdout).toMatch(/✗ token .*client secret is wrong/);
    expect(run.exitCode).toBe(3);
    expect(run.output).not.toContain('wrong-one');
  });

  it('mentions the retirement', async () => {
    const AMS_ENDPOINT = 'https://nobody.restv2.nowhere.media.azure.net/api/';
    const run = await runCli({ args: ['doctor'], env: { ...emulator.env, AMS_ENDPOINT } });
    expect(run.stdout).toMatch(/✗ endpoint \(DNS\)[\s\S]*retired on 30 June 2024/);
  });
});

describe('config', () => {
  it('flags over the environment over .env over defaults, each with its source', async () => {
    const run = await runCli({
      args: ['config', '--tenant', 'flag.example'],
      env: { AZURE_TENANT_ID: 'env.example', AZURE_CLIENT_ID: 'from-env' },
      dotenv: 'AZURE_TENANT_ID=file.example\nAZURE_CLIENT_ID=file\nAZURE_CLIENT_SECRET="s3cr3t # x"\n',
    });
    expect(run.stdout).toMatch(/AZURE_TENANT_ID +│ flag\.example +│ flag /);
    expect(run.stdout).toMatch(/AZURE_CLIENT_ID +│ from-env +│ environment /);
    expect(run.stdout).toMatch(/AZURE_CLIENT_SECRET +│ \(10 characters\) +│ \.env /);
    expect(run.stdout).toMatch(/AMS_RESOURCE +│ https:\/\/rest\.media\.azure\.net +│ default /);
    expect(run.output).not.toContain('s3cr3t');
  });

  it('recognises what people get wrong in .env', async () => {
    const run = await runCli({
      args: ['config'],
      dotenv: [
        'AZURE_TENANT_ID=https://login.microsoftonline.com/contoso',
        'AZURE_AUTHORITY_HOST=https://login.microsoftonline.com/contoso/oauth2/token',
        'AZURE_CLIENT_ID=“quoted”',
        'AZURE_CLIENT_SECRET=00000000-0000-4000-8000-000000000000',
        'AMS_ENDPOINT=http://example.com/api',
        'AMS_RESOURCE=https://rest.media.azure.net/',
      ].join('\n'),
    });
    for (const said of [
      /AZURE_TENANT_ID +is wrong.*not an address/,
      /AZURE_AUTHORITY_HOST +is wrong.*leave out the tenant/,
      /AZURE_CLIENT_ID begins or ends with a quotation mark/,
      /AZURE_CLIENT_SECRET looks like the secret’s id/,
      /AMS_ENDPOINT +is wrong.*https:\/\//,
      /AMS_RESOURCE ends with a slash/,
    ])
      expect(run.stdout).toMatch(said);
  });
});

describe('emulator', () => {
  withSignals(
    'prints the settings on stdout, shows what arrives on stderr, ends well on Ctrl-C',
    async () => {
      let asked = false;
      const run = await runCli({
        args: ['emulator', '--port', '0'],
        onOutput: (stdout, child) => {
          const endpoint = /AMS_ENDPOINT=(\S+)\n/.exec(stdout)?.[1];
          if (asked || !endpoint) return;
          asked = true;
          void fetch(`${endpoint}Assets`);
          child.stderr?.on('data', (text: Buffer) => {
            if (String(text).includes('/Assets')) child.kill('SIGINT');
          });
        },
      });
      expect(run.stdout).toMatch(/^AZURE_AUTHORITY_HOST=http:\/\/127\.0\.0\.1:\d+\n(\w+=\S+\n)+$/);
      expect(run.stderr).toMatch(/api +GET +\/api\/Assets/);
      expect(run.output).not.toContain('Interrupted');
      expect(run.exitCode).toBe(0);
      expect(run.leftInTemp).toEqual([]);
    },
  );

  withSignals('takes the flags of the emulator, and prints what old clients and https need', async () => {
    let asked = false;
    const run = await runCli({
      args: ['emulator', '--port', '0', '--https', '--acs', '--account', 'films', '--account', 'archive'],
      onOutput: (stdout, child) => {
        if (asked || !stdout.includes('# Account archive')) return;
        asked = true;
        child.stderr?.on('data', (text: Buffer) => {
          if (String(text).includes('Ctrl-C')) child.kill('SIGINT');
        });
      },
    });
    expect(run.stdout).toMatch(/^AZURE_AUTHORITY_HOST=https:\/\/127\.0\.0\.1:\d+$/m);
    expect(run.stdout).toMatch(/^# Access Control Service: https:\/\/\S+\/v2\/OAuth2-13$/m);
    expect(run.stdout).toMatch(/^# Account films: https:\/\/\S+\/api\/, account key \S+$/m);
    expect(run.stdout).toMatch(
      /^# Account archive: https:\/\/\S+\/accounts\/archive\/api\/, account key \S+$/m,
    );
    expect(run.stderr).toContain('-----BEGIN CERTIFICATE-----');
    expect(run.exitCode).toBe(0);
    expect(run.leftInTemp).toEqual([]);
  });

  withSignals('answers to each --host-name, and to no other name', async () => {
    const statusOf = (root: string, host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get(`${root}/_emulator/clock`, { headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).once('error', reject);
      });
    let statuses: Promise<(number | undefined)[]> | undefined;
    const run = await runCli({
      args: ['emulator', '--port', '0', '--host-name', 'azure', '--host-name', 'media.test'],
      onOutput: (stdout, child) => {
        const root = /^AZURE_AUTHORITY_HOST=(\S+)\n/m.exec(stdout)?.[1];
        if (statuses !== undefined || root === undefined) return;
        const hosts = ['azure:10800', 'media.test', 'evil.example'];
        statuses = Promise.all(hosts.map((host) => statusOf(root, host)));
        void statuses.finally(() => child.kill('SIGINT'));
      },
    });
    expect(await statuses).toEqual([200, 200, 400]);
    expect(run.exitCode).toBe(0);
  });

  it('refuses wrong flags in one message', async () => {
    const run = await runCli({ args: ['emulator', '--host', '0.0.0.0'] });
    expect(run.stderr).toContain('add --allow-remote if you mean it');
    expect(run.exitCode).toBe(2);
  });

  it('says so when the port is in use', async () => {
    const run = await runCli({ args: ['emulator', '--port', new URL(emulator.url).port] });
    expect(run.stderr).toMatch(/Port \d+ is in use/);
    expect(run.exitCode).toBe(2);
    expect(run.leftInTemp).toEqual([]);
  });
});

describe('completion', () => {
  it('bash completes commands and their options', async () => {
    const { stdout } = await runCli({ args: ['completion', 'bash'] });
    const ask = (line: string) =>
      execFileSync('bash', [
        '-c',
        `${stdout}\nCOMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _ams; echo "\${COMPREPLY[@]}"`,
      ])
        .toString()
        .trim();
    expect(ask('ams do')).toBe('download doctor');
    expect(ask('ams token --ra')).toBe('--raw');
    // Process substitution, which the advice for other shells uses, does not work in the bash 3.2 of macOS.
    expect(stdout).toMatch(/^# .*Type: eval "\$\(.* completion bash\)"$/m);
  });

  it.each(['zsh', 'fish'])('%s names every command', async (shell) => {
    const { stdout } = await runCli({ args: ['completion', shell] });
    for (const name of ['demo', 'token', 'call', 'list', 'upload', 'doctor']) expect(stdout).toContain(name);
  });

  it('another shell: says which there are', async () => {
    const run = await runCli({ args: ['completion', 'cmd'] });
    expect(run.stderr).toContain('bash, zsh, fish');
    expect(run.exitCode).toBe(2);
  });
});

it('deletes what was created when the reader closes the pipe', async () => {
  const before = (await ams('list', 'Assets', '--json')).stdout;
  let closed = false;
  const run = await runCli({
    args: ['demo'],
    env: emulator.env,
    onOutput: (stdout, child) => {
      if (closed || !stdout.includes('Create a program')) return;
      closed = true;
      child.stdout?.destroy();
    },
  });
  expect(run.exitCode).toBe(130);
  expect(run.stderr).not.toMatch(/EPIPE|\n\s+at /);
  expect((await ams('list', 'Assets', '--json')).stdout).toBe(before);
});
