/** Azurite's blob service in a separate process, on a free port, with its own folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import vectors from '../vectors/storage-vectors.json';
import type { KeyPair } from './certificates';

/** The well-known account of every Azurite; documented by Microsoft, of no use anywhere else. */
export const azuriteAccount = { account: vectors.account, key: vectors.key };

export interface AzuriteProcess {
  /** `http://127.0.0.1:PORT/devstoreaccount1`. */
  readonly accountUrl: string;
  close(): Promise<void>;
}

/** @param tls Makes it speak https, and accept bearer tokens. */
export async function startAzuriteProcess(tls?: KeyPair): Promise<AzuriteProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'ams-rest-azurite-'));
  const flags = [
    '--blobPort',
    '0',
    '--location',
    folder,
    '--skipApiVersionCheck',
    '--silent',
    '--disableTelemetry',
  ];
  if (tls) {
    await writeFile(join(folder, 'cert.pem'), tls.cert);
    await writeFile(join(folder, 'key.pem'), tls.key);
    flags.push('--cert', join(folder, 'cert.pem'), '--key', join(folder, 'key.pem'), '--oauth', 'basic');
  }
  const main = require.resolve('azurite/dist/src/blob/main.js');
  const env = { ...process.env, AZURITE_ACCOUNTS: '' };
  const child = spawn(process.execPath, [main, ...flags], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    url = /https?:\/\/[\d.]+:\d+/.exec(line)?.[0];
    if (url) break;
  }
  if (url === undefined) throw new Error('Azurite did not start');
  child.stdout.resume();
  return {
    accountUrl: `${url}/${azuriteAccount.account}`,
    async close() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
