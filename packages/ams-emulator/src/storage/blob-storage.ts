import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { XMLParser } from 'fast-xml-parser';
import { sasQuery, sharedKey, type SasFields, type StorageKey } from './shared-key';

export interface BlobItem {
  readonly name: string;
  readonly size: number;
}

/** A stored access policy; times in milliseconds since 1970. */
export interface StoredPolicy {
  readonly id: string;
  readonly start: number;
  readonly expiry: number;
  /** Of `rwdl`. */
  readonly permission: string;
}

/** The blob service seen with the account key. Every function rejects on an unexpected status. */
export interface BlobStorage {
  /** Name of the storage account. */
  readonly account: string;
  /** Blob endpoint with the account in the path, no trailing slash. */
  readonly endpoint: string;
  createContainer(container: string): Promise<void>;
  deleteContainer(container: string): Promise<void>;
  /** Undefined when there is no such container. */
  list(container: string): Promise<BlobItem[] | undefined>;
  put(container: string, blob: string, contentType: string, body: string): Promise<void>;
  copy(fromContainer: string, fromBlob: string, container: string, blob: string): Promise<void>;
  /** The open answer to GET or HEAD, whatever its status. */
  read(method: 'GET' | 'HEAD', container: string, blob: string, range?: string): Promise<IncomingMessage>;
  readText(container: string, blob: string): Promise<string>;
  /** Replaces the container's stored access policies; false when there is no such container. */
  setPolicies(container: string, policies: readonly StoredPolicy[]): Promise<boolean>;
  /** The query of a SAS locator, signed with the account key. */
  sasQuery(fields: SasFields): string;
  close(): void;
}

const answerWithinMs = 60_000;

/** Says that a storage request is the emulator's own. */
export const internalHeader = 'emulator-internal';

const version = '2025-11-05';
const xml = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === 'Blob',
  processEntities: true,
});

interface Listing {
  EnumerationResults: {
    Blobs?: { Blob?: { Name: string; Properties: { 'Content-Length': string } }[] } | '';
    NextMarker?: string;
  };
}

/** A client of one account of the blob service at `url`, signing with the account key. `internal` marks its requests as the emulator's own. */
export function connectBlobStorage(serviceUrl: string, account: StorageKey, internal: string): BlobStorage {
  const endpoint = `${serviceUrl}/${account.name}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });

  const url = (container: string, blob = '', query = ''): URL =>
    new URL(`${endpoint}/${container}${blob === '' ? '' : `/${encodeURIComponent(blob)}`}${query}`);

  function send(
    method: string,
    target: URL,
    extra: Readonly<Record<string, string>> = {},
    body = '',
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers: Record<string, string> = {
      'x-ms-date': new Date().toUTCString(),
      'x-ms-version': version,
      ...extra,
    };
    const length = Buffer.byteLength(body);
    const authorization = sharedKey(account, method, target, headers, length);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(target, {
        method,
        agent,
        ...(signal === undefined ? {} : { signal }),
        headers: {
          ...headers,
          Authorization: authorization,
          'Content-Length': length,
          [internalHeader]: internal,
        },
      });
      outgoing.once('response', resolve).once('error', reject).end(body);
    });
  }

  async function exchange(
    expected: readonly number[],
    method: string,
    target: URL,
    headers: Readonly<Record<string, string>> = {},
    body = '',
  ): Promise<{ status: number; text: string }> {
    // One exchange that never ends would keep all changes of the account waiting.
    const response = await send(method, target, headers, body, AbortSignal.timeout(answerWithinMs));
    const text = await textOf(response);
    const status = response.statusCode ?? 0;
    if (!expected.includes(status)) throw new Error(`Blob service answered ${status} to ${method}`);
    return { status, text };
  }

  return {
    account: account.name,
    endpoint,
    async createContainer(container) {
      await exchange([201, 409], 'PUT', url(container, '', '?restype=container'));
    },
    async deleteContainer(container) {
      await exchange([202, 404], 'DELETE', url(container, '', '?restype=container'));
    },
    async list(container) {
      const items: BlobItem[] = [];
      let marker = '';
      do {
        const query = `?restype=container&comp=list&marker=${encodeURIComponent(marker)}`;
        const { status, text } = await exchange([200, 404], 'GET', url(container, '', query));
        if (status === 404) return undefined;
        const { EnumerationResults: page } = xml.parse(text) as Listing;
        const blobs = typeof page.Blobs === 'object' ? (page.Blobs.Blob ?? []) : [];
        for (const blob of blobs) {
          items.push({ name: blob.Name, size: Number(blob.Properties['Content-Length']) });
        }
        marker = page.NextMarker ?? '';
      } while (marker !== '');
      return items;
    },
    async put(container, blob, contentType, body) {
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'Content-Type': contentType };
      await exchange([201], 'PUT', url(container, blob), headers, body);
    },
    async copy(fromContainer, fromBlob, container, blob) {
      const source = url(fromContainer, fromBlob).href;
      await exchange([202], 'PUT', url(container, blob), { 'x-ms-copy-source': source });
    },
    read(method, container, blob, range) {
      return send(method, url(container, blob), range === undefined ? {} : { Range: range });
    },
    async readText(container, blob) {
      const { text } = await exchange([200], 'GET', url(container, blob));
      return text;
    },
    async setPolicies(container, policies) {
      const body = `<SignedIdentifiers>${policies.map(policyElement).join('')}</SignedIdentifiers>`;
      const headers = { 'Content-Type': 'application/xml' };
      const target = url(container, '', '?restype=container&comp=acl');
      return (await exchange([200, 404], 'PUT', target, headers, body)).status === 200;
    },
    sasQuery: (fields) => sasQuery(account, fields),
    close: () => agent.destroy(),
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function policyElement({ id, start, expiry, permission }: StoredPolicy): string {
  const [from, until] = [new Date(start).toISOString(), new Date(expiry).toISOString()];
  return (
    `<SignedIdentifier><Id>${id}</Id><AccessPolicy><Start>${from}</Start><Expiry>${until}</Expiry>` +
    `<Permission>${permission}</Permission></AccessPolicy></SignedIdentifier>`
  );
}
