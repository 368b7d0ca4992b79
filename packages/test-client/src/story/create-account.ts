/**
 * A separate scene: a Media Services account made by REST, on a storage account made by REST.
 *
 * What the classic Service Management API did with a certificate, Resource Manager does with a token.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { AmsClient, ServiceError } from 'ams-rest';
import {
  ArmClient,
  assignRole,
  checkMediaAccountName,
  checkStorageAccountName,
  createMediaAccount,
  createResourceGroup,
  createStorageAccount,
  deleteMediaAccount,
  deleteStorageAccount,
  listStorageAccountKeys,
  registerProvider,
  type NameAvailability,
  type ResourceName,
} from 'ams-rest/resource-manager';
import { createContainer, deleteContainer, sharedKeyTransport } from 'ams-rest/storage';
import { describeAccessToken } from 'ams-rest/credentials';
import { UsageError } from '../errors';
import type { Settings } from '../settings';
import { all, type Stage } from './stage';

/** At most fifteen minutes, as an account may take ten to recognize a role. */
const MAX_ROLE_WAIT_MS = 900_000;

export interface NewAccount {
  readonly name: string;
  readonly storageName: string;
  readonly location: string;
  readonly resourceGroup: string;
  /** The object id of the service principal that is to use the account. */
  readonly principalId?: string;
}

/** The default name of an account; names are unique in the world, 24 characters at most. */
export function newAccountNamed(resourceGroup: string, given?: string): NewAccount {
  const name = given ?? `ams${crypto.randomUUID().replaceAll('-', '').slice(0, 10)}`;
  return { name, storageName: `${name.slice(0, 20)}stor`, location: 'westus', resourceGroup };
}

export interface CreatedAccount {
  readonly id: string;
  readonly endpoint: string;
}

export async function createAccount(stage: Stage, wanted: NewAccount): Promise<CreatedAccount> {
  const { report, settings, signal, transport, cleanup } = stage;
  const arm = armClient(stage);
  const { subscriptionId } = settings;
  const { location, resourceGroup } = wanted;
  const group = { subscriptionId, resourceGroup };
  const storage: ResourceName = { ...group, name: wanted.storageName };
  const media: ResourceName = { ...group, name: wanted.name };
  const { pollIntervalMs } = stage;
  const options = { signal, pollIntervalMs };

  await report.step(`Ensure that the resource group ${resourceGroup} exists`, () =>
    createResourceGroup(arm, group, location, options),
  );
  await report.step('Register the provider Microsoft.Media with the subscription', () =>
    registerProvider(arm, subscriptionId, 'Microsoft.Media', options),
  );
  await report.step(
    'Check that the names are free',
    async () => {
      assertFree(storage.name, await checkStorageAccountName(arm, subscriptionId, storage.name, { signal }));
      assertFree(media.name, await checkMediaAccountName(arm, subscriptionId, media.name, { signal }));
    },
    () => `${storage.name} and ${media.name} are free`,
  );

  const storageAccount = await report.step(
    `Create the storage account ${storage.name}`,
    () => {
      cleanup.add(`storage account ${storage.name}`, (limit) =>
        deleteStorageAccount(arm, storage, { signal: limit }),
      );
      return uninterrupted(signal, createStorageAccount(arm, storage, { location }, { pollIntervalMs }));
    },
    ({ properties }) => properties.primaryEndpoints.blob,
  );
  await report.step(
    'Get its keys, and create and delete a container with one of them (Shared Key)',
    async () => {
      const keys = await listStorageAccountKeys(arm, storage, { signal });
      const endpoint = storageAccount.properties.primaryEndpoints.blob;
      const signed = sharedKeyTransport(transport, {
        account: storage.name,
        key: keys[0]?.value ?? '',
        endpoint,
      });
      const container = `${endpoint}hello`;
      await createContainer(signed, container, { signal });
      await deleteContainer(signed, container, { signal });
      return keys.length;
    },
    (count) => `${count} keys, and they work`,
  );

  const mediaAccount = await report.step(
    `Create the Media Services account ${media.name}`,
    () => {
      cleanup.add(`Media Services account ${media.name}`, (limit) =>
        deleteMediaAccount(arm, media, { signal: limit }),
      );
      const created = createMediaAccount(
        arm,
        media,
        { location, storageAccount: storage },
        { pollIntervalMs },
      );
      return uninterrupted(signal, created);
    },
    ({ properties }) => properties.apiEndpoints[0]?.endpoint ?? 'without a REST API of version 2',
  );
  const endpoint = mediaAccount.properties.apiEndpoints.find(
    ({ majorVersion }) => majorVersion === '2',
  )?.endpoint;
  if (!endpoint) throw new UsageError(`The account ${media.name} has no REST API of version 2.`);

  await report.step(
    'Give the service principal the Contributor role on it',
    async () => {
      const principalId = wanted.principalId ?? (await ownPrincipal(stage));
      await assignRole(arm, mediaAccount.id, { principalId }, { signal });
      return principalId;
    },
    (principalId) => `principal ${principalId}`,
  );
  await report.step(
    'Make the first call on it',
    () => firstCall(stage, endpoint),
    (count) => `${count} media processors`,
  );
  return { id: mediaAccount.id, endpoint };
}

export function armClient({ credential, settings, transport }: Stage): ArmClient {
  const endpoint = settings.cloud.resourceManagerEndpoint.replace(/\/$/, '');
  return new ArmClient({ credential, endpoint, scope: armScope(settings), transport });
}

/** The resource's own slash stays, also where that makes two of them. */
function armScope({ cloud }: Settings): string {
  return `${cloud.resourceManagerResource}/.default`;
}

/** What is being created cannot be deleted, so an interruption waits until it has been. */
async function uninterrupted<T>(signal: AbortSignal, creation: Promise<T>): Promise<T> {
  const created = await creation;
  signal.throwIfAborted();
  return created;
}

function assertFree(name: string, { nameAvailable, message }: NameAvailability): void {
  if (!nameAvailable) throw new UsageError(`The name ${name} cannot be taken: ${message ?? 'it is in use'}`);
}

/** A role goes to an object id, which the portal shows; the token happens to name it, which saves looking it up. */
async function ownPrincipal({ credential, settings, signal }: Stage): Promise<string> {
  const { token } = await credential.getToken(armScope(settings), { abortSignal: signal });
  const oid = describeAccessToken(token)?.claims['oid'];
  if (typeof oid === 'string') return oid;
  throw new UsageError('The service principal’s object id is not known: give it with --principal.');
}

/** 401 until the account knows of the role. */
async function firstCall(stage: Stage, endpoint: string): Promise<number> {
  const { credential, settings, signal, transport, pollIntervalMs } = stage;
  const scope = `${settings.resource}/.default`;
  const ams = new AmsClient({ endpoint, credential, scope, transport });
  for (const giveUpAt = Date.now() + MAX_ROLE_WAIT_MS; ;) {
    try {
      return (await all({ ams }, 'MediaProcessors', { signal })).length;
    } catch (error) {
      const isTooSoon = error instanceof ServiceError && error.status === 401 && Date.now() < giveUpAt;
      if (!isTooSoon) throw error;
      await wait(pollIntervalMs, undefined, { signal });
    }
  }
}
