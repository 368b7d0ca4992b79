import { createPrivateKey, generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storageAccount } from '../storage/azurite';
import type { StorageKey } from '../storage/shared-key';
import { readJsonFile, writeJsonFile } from './json-file';

/** What a data folder keeps the same across restarts. */
export interface Identity {
  readonly tenantId: string;
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Object id of the client's service principal. */
  readonly principalId: string;
  /** PEM of the key that signs tokens; empty until the key is created. */
  readonly signingKey: string;
  readonly accounts: readonly AccountIdentity[];
  /** Ports, kept because stored URLs contain them; 0 before the first start. */
  readonly port: number;
  readonly storagePort: number;
  /** Milliseconds that `advance()` added to real time. */
  readonly clockAheadMs: number;
}

export interface AccountIdentity {
  readonly name: string;
  readonly id: string;
  /** The account key for the Access Control Service, base64. */
  readonly key: string;
  readonly storage: StorageKey;
}

/** Values given by the caller take precedence over stored ones, and these over new ones. */
export type GivenIdentity = Partial<
  Pick<Identity, 'tenantId' | 'tenantDomain' | 'clientId' | 'clientSecret'>
>;

const fileName = 'identity.json';

/** The identity stored in `folder`, or a new one. */
export function readIdentity(
  folder: string | undefined,
  given: GivenIdentity,
  accountNames: readonly string[],
  newGuid: () => string = randomUUID,
): Identity {
  const stored =
    folder === undefined ? undefined : (readJsonFile(join(folder, fileName)) as Identity | undefined);
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
  return { ...fresh, ...stored, ...given, accounts };
}

/** Stores the identity in `folder`, readable by its owner only. */
export function writeIdentity(folder: string, identity: Identity): void {
  writeJsonFile(join(folder, fileName), identity);
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
