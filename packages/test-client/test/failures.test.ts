/** What a person sees when something is wrong: one clear message, a telling exit code, nothing left behind. */
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from 'ams-emulator';
import { runCli, type Ended } from './run-cli';

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'failures-'));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

/** Everything that can be left half-made, asked for without the library. */
async function leftOnTheService(): Promise<string[]> {
  const token = await fetch(`${emulator.authorityHost}/${emulator.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: emulator.clientId,
      client_secret: emulator.clientSecret,
      scope: `${emulator.resource}/.default`,
    }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const headers = {
    authorization: `Bearer ${access_token}`,
    'x-ms-version': '2.19',
    accept: 'application/json',
  };
  const left: string[] = [];
  for (const entitySet of ['Assets', 'Locators', 'AccessPolicies', 'Channels', 'Programs', 'Jobs', 'Files']) {
    const answer = await fetch(emulator.apiEndpoint + entitySet, { headers });
    const { value } = (await answer.json()) as { value: { Id: string }[] };
    left.push(...value.map(({ Id }) => `${entitySet} ${Id}`));
  }
  return left;
}

async function expectCleanFailure(run: Ended, exitCode: number, message: RegExp): Promise<void> {
  expect(run.stderr).toMatch(message);
  expect(run.exitCode).toBe(exitCode);
  expect(run.stderr).not.toMatch(/\n\s+at /);
  expect(run.leftInTemp).toEqual([]);
  expect(run.output).not.toContain(emulator.clientSecret);
  expect(run.output).not.toMatch(/eyJ[\w-]{10}|sig=(?!REDACTED)/);
  expect(await leftOnTheService()).toEqual([]);
}

describe('wrong settings', () => {
  it('names all that is missing at once', async () => {
    const run = await runCli({ args: ['--live'] });
    expect(run.exitCode).toBe(2);
    for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AMS_ENDPOINT'])
      expect(run.stderr).toMatch(new RegExp(`${name} +is missing`));
    expect(run.stderr).toContain('.env.example');
    expect(run.stdout).toBe('');
  });

  it('a wrong secret', async () => {
    const wrong = 'not~the.secret+&%=';
    const run = await runCli({ env: { ...emulator.env, AZURE_CLIENT_SECRET: wrong } });
    await expectCleanFailure(run, 3, /client secret is wrong[\s\S]*AZURE_CLIENT_SECRET[\s\S]*AADSTS7000215/);
    expect(run.output).not.toContain(wrong);
    expect(run.output).not.toContain(encodeURIComponent(wrong));
  });

  it('an unknown tenant', async () => {
    const run = await runCli({ env: { ...emulator.env, AZURE_TENANT_ID: 'nowhere.onmicrosoft.com' } });
    await expectCleanFailure(run, 3, /no such directory[\s\S]*AZURE_TENANT_ID[\s\S]*AADSTS90002/);
  });

  it('an unknown client', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const run = await runCli({ env: { ...emulator.env, AZURE_CLIENT_ID: id } });
    await expectCleanFailure(run, 3, /no such application[\s\S]*AZURE_CLIENT_ID[\s\S]*AADSTS700016/);
  });

  it('a resource that the directory does not know', async () => {
    const run = await runCli({ env: { ...emulator.env, AMS_RESOURCE: 'https://rest.media.azure.net/' } });
    await expectCleanFailure(run, 3, /resource is unknown[\s\S]*AMS_RESOURCE[\s\S]*AADSTS500011/);
  });

  it('a token for another resource', async () => {
    const run = await runCli({ env: { ...emulator.env, AMS_RESOURCE: 'https://management.azure.com/' } });
    await expectCleanFailure(run, 3, /Media Services refused the token[\s\S]*AMS_RESOURCE/);
  });

  it.each([
    [['--flie', 'x'], /Did you mean --file/],
    [['--file'], /argument missing/],
    [['--quiet', '--verbose'], /exclude each other/],
  ])('a wrong option: %j', async (args, message) => {
    await expectCleanFailure(await runCli({ args }), 2, message);
  });

  it('a file that is not there', async () => {
    const run = await runCli({ args: ['--file', join(folder, 'none.mp4')] });
    await expectCleanFailure(run, 2, /none\.mp4 cannot be read \(ENOENT\)/);
  });

  it('an empty file', async () => {
    const path = join(folder, 'empty.mp4');
    writeFileSync(path, '');
    await expectCleanFailure(await runCli({ args: ['--file', path] }), 2, /is empty/);
  });
});

describe('the service is away', () => {
  it('a stopped emulator', async () => {
    const other = await startEmulator();
    await other.close();
    const run = await runCli({ env: other.env });
    await expectCleanFailure(run, 5, /Nobody answers at http:\/\/127\.0\.0\.1:\d+[\s\S]*pnpm@10 emulator/);
  });

  it('the retired host: says so, what still works, and how to run locally', async () => {
    const AMS_ENDPOINT = 'https://nobody.restv2.nowhere.media.azure.net/api/';
    const run = await runCli({ env: { ...emulator.env, AMS_ENDPOINT } });
    await expectCleanFailure(run, 5, /retired on 30 June 2024[\s\S]*still works[\s\S]*pnpm@10 demo/);
  }, 60_000);
});

describe('broken off half-way', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s in the middle of the upload',
    async (signal) => {
      const path = join(folder, `big-${signal}.mp4`);
      writeFileSync(path, '');
      truncateSync(path, 400 * 1024 * 1024);
      let sent = false;
      const run = await runCli({
        args: ['--file', path],
        env: emulator.env,
        onOutput: (stdout, child) => {
          if (sent || !/big-\w+\.mp4 \d+ %/.test(stdout)) return;
          sent = true;
          child.kill(signal);
        },
      });
      expect(run.stdout).not.toContain(' 100 %');
      await expectCleanFailure(run, 130, /Interrupted/);
    },
    60_000,
  );

  const onLinux = existsSync('/dev/full') ? it : it.skip;
  onLinux('a full disk below what is printed: says so once', async () => {
    const run = await runCli({ env: emulator.env, stdoutTo: '/dev/full' });
    await expectCleanFailure(run, 2, /cannot be written \(ENOSPC\)[\s\S]*Stopped/);
    expect(run.stderr.match(/cannot be written/g)).toHaveLength(1);
  });

  it('SIGINT on the embedded local Azure', async () => {
    let sent = false;
    const run = await runCli({
      onOutput: (stdout, child) => {
        if (sent || !stdout.includes('Follow the job')) return;
        sent = true;
        child.kill('SIGINT');
      },
    });
    await expectCleanFailure(run, 130, /Interrupted/);
    expect(run.stdout).toContain('all of it is gone');
  });

  it('a step that fails: what was made before is deleted', async () => {
    const proxy = await refuse('POST', /\/api\/Jobs$/);
    try {
      const run = await runCli({ env: { ...emulator.env, AMS_ENDPOINT: `${proxy.url}/api/` } });
      await expectCleanFailure(run, 4, /POST .*Jobs: 403 .*no more jobs for you/);
      expect(run.stdout).toContain('all of it is gone');
    } finally {
      proxy.server.closeAllConnections();
      proxy.server.close();
    }
  });
});

/** Stands in front of the emulator and refuses one call. */
async function refuse(method: string, path: RegExp): Promise<{ server: Server; url: string }> {
  const target = new URL(emulator.url);
  const server = createServer((incoming, answer) => {
    if (incoming.method === method && path.test(incoming.url ?? '')) {
      incoming.resume();
      answer.writeHead(403, { 'content-type': 'application/json;odata=verbose;charset=utf-8' });
      answer.end('{"error":{"code":"","message":{"lang":"en-US","value":"no more jobs for you"}}}');
      return;
    }
    const { hostname, port } = target;
    const onward = forward({
      hostname,
      port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    });
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
