/** What the storage tests share: a container of their own on a real Azurite, and Microsoft's SDK as the other side. */
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { createContainer, serviceSas, sharedKeyTransport } from '../../src/storage';
import { undiciTransport, type HttpRequest, type Transport } from '../../src';
import { azuriteAccount, startAzuriteProcess } from './azurite-process';

export interface StorageRoom {
  readonly accountUrl: string;
  /** Signs with the account key. */
  readonly signing: Transport;
  readonly plain: Transport;
  /** A new container: its URL with a SAS for everything, without one, and as the SDK sees it. */
  newContainer(): Promise<{ sasUrl: string; url: string; theirs: ContainerClient }>;
  close(): Promise<void>;
}

export async function openStorageRoom(): Promise<StorageRoom> {
  const azurite = await startAzuriteProcess();
  const plain = undiciTransport();
  const signing = sharedKeyTransport(plain, { ...azuriteAccount, endpoint: azurite.accountUrl });
  const credential = new StorageSharedKeyCredential(azuriteAccount.account, azuriteAccount.key);
  const service = new BlobServiceClient(azurite.accountUrl, credential);
  let containers = 0;
  return {
    accountUrl: azurite.accountUrl,
    signing,
    plain,
    async newContainer() {
      const container = `room-${containers++}`;
      const url = `${azurite.accountUrl}/${container}`;
      await createContainer(signing, url);
      const sas = serviceSas(azuriteAccount, { container }, { sp: 'racwdl', se: '2035-01-01T00:00:00Z' });
      return { sasUrl: `${url}?${sas}`, url, theirs: service.getContainerClient(container) };
    },
    async close() {
      await plain.close();
      await azurite.close();
    },
  };
}

/** Bytes that differ everywhere, so that a block in the wrong place shows. */
export function someBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE((i * 2654435761) >>> 0, i);
  return bytes;
}

/** A transport that writes down what passes it. */
export function recording(transport: Transport): { transport: Transport; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  return {
    requests,
    transport: (request) => {
      requests.push(request);
      return transport(request);
    },
  };
}

export const isPutBlock = ({ url }: HttpRequest) => url.includes('comp=block&');
export const isCommit = ({ method, url }: HttpRequest) => method === 'PUT' && url.includes('comp=blocklist');

/** Which block a Put Block is for. */
export const blockIdOf = ({ url }: HttpRequest) => new URL(url).searchParams.get('blockid') ?? '';
