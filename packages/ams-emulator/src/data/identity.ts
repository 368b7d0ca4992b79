import { createPrivateKey, generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storageAccount } from '../storage/azurite';
import type { StorageKey } from '../storage/shared-key';

/** What must stay the same when an emulator with a data folder is started again. */
export interface Identity {
  readonly tenantId: string;
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Object id of the client's service principal. */
  readonly principalId: string;
  /** PEM of the key that signs tokens; empty until one was made. */
  readonly signingKey: string;
  readonly accounts: readonly AccountIdentity[];
  /** Stored URLs name them; 0 until the first start has found free ones. */
  readonly port: number;
  readonly storagePort: number;
  /** What `advance()` has added to real time. */
  readonly clockAheadMs: number;
}

export interface AccountIdentity {
  readonly name: string;
  readonly id: string;
  /** The secret of the account in the time of the Access Control Service, base64. */
  readonly key: string;
  readonly storage: StorageKey;
}

/** Values given by the caller win over stored ones, and those over new ones. */
export type Wishes = Partial<Pick<Identity, 'tenantId' | 'tenantDomain' | 'clientId' | 'clientSecret'>>;

const fileName = 'identity.json';

/** The identity stored in `folder`, if there is one, otherwise a new one. */
export function readIdentity(
  folder: string | undefined,
  wishes: Wishes,
  accountNames: readonly string[],
  newGuid: () => string = randomUUID,
): Identity {
  const stored = folder === undefined ? undefined : readStored(folder);
  const fresh = {
    tenantId: newGuid(),
    tenantDomain: `local${newGuid().slice(0, 8)}.onmicrosoft.com`,
    clientId: newGuid(),
    clientSecret: randomBytes(24).toString('base64url'),
    principalId: newGuid(),
    signingKey: '',
    port: 0,
    storagePort: 0,
    clockAheadMs: 0,
  };
  const accounts = accountNames.map(
    (name, index) =>
      stored?.accounts.find((account) => account.name === name) ?? newAccount(name, index, newGuid),
  );
  return { ...fresh, ...stored, ...wishes, accounts };
}

/** Keeps the identity in `folder`, readable by its owner only. */
export function writeIdentity(folder: string, identity: Identity): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, fileName);
  writeFileSync(`${file}.new`, JSON.stringify(identity, undefined, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readStored(folder: string): Identity | undefined {
  const file = join(folder, fileName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Identity) : undefined;
}

function newAccount(name: string, index: number, newGuid: () => string): AccountIdentity {
  const storage =
    index === 0 ? storageAccount : { name: `${name}store`, key: randomBytes(64).toString('base64') };
  return { name, id: newGuid(), key: randomBytes(32).toString('base64'), storage };
}

/** PEM of a new RSA key of 2048 bits. */
export async function newSigningKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The key object of an identity's signing key. */
export const signingKeyOf = (identity: Identity): ReturnType<typeof createPrivateKey> =>
  createPrivateKey(identity.signingKey);
