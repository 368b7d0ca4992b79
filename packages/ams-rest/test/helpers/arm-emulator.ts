/** The library's clients before the emulator's Resource Manager, and accounts made there. */
import { AmsClient, clientSecretCredential } from '../../src';
import {
  ArmClient,
  createResourceGroup,
  createStorageAccount,
  listStorageAccountKeys,
  registerProvider,
  type MediaAccount,
  type ResourceName,
} from '../../src/resource-manager';
import { sharedKeyTransport } from '../../src/storage';
import { authorityOf, emulatorForFile, watchedTransport } from './emulator';

export const emulator = emulatorForFile({ operationDurationMs: 0 });
export const soon = { pollIntervalMs: 1 };

export function open(endpointVersion: 'v1' | 'v2' = 'v2') {
  const { transport, requests } = watchedTransport();
  const { clientSecret, managementEndpoint, subscriptionId, principalId } = emulator();
  const credential = clientSecretCredential({
    ...authorityOf(emulator()),
    clientSecret,
    endpointVersion,
    transport,
  });
  const arm = new ArmClient({ endpoint: managementEndpoint, credential, transport });
  const media = (endpoint: string) => new AmsClient({ endpoint, credential, transport });
  const inGroup = (name: string, resourceGroup = 'tests'): ResourceName => ({
    subscriptionId,
    resourceGroup,
    name,
  });
  return { arm, transport, requests, credential, media, inGroup, subscriptionId, principalId };
}

beforeAll(async () => {
  const { arm, inGroup, subscriptionId } = open();
  await createResourceGroup(arm, inGroup(''), 'westus');
  await registerProvider(arm, subscriptionId, 'Microsoft.Media', soon);
});

/** A storage account that is ready, with its keys and a transport that signs with the first. */
export async function newStorage(name: string) {
  const opened = open();
  const account = opened.inGroup(name);
  const made = await createStorageAccount(opened.arm, account, { location: 'westus' }, soon);
  const [first, second] = await listStorageAccountKeys(opened.arm, account);
  const endpoint = made.properties.primaryEndpoints.blob.replace(/\/$/, '');
  const signedWith = (key = '') => sharedKeyTransport(opened.transport, { account: name, key, endpoint });
  return {
    ...opened,
    account,
    made,
    keys: [first?.value ?? '', second?.value ?? ''] as const,
    endpoint,
    signedWith,
  };
}

export async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

export const endpointOf = ({ properties }: MediaAccount): string =>
  properties.apiEndpoints.find(({ majorVersion }) => majorVersion === '2')?.endpoint ?? '';
