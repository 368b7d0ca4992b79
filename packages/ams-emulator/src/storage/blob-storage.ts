import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { XMLParser } from 'fast-xml-parser';
import { sasQuery, sharedKey, type SasFields, type StorageKey } from './shared-key';

export interface BlobItem {
  readonly name: string;
  readonly size: number;
  /** Changes with each write. */
  readonly etag: string;
}

/** A stored access policy; times in milliseconds since 1970. */
export interface StoredPolicy {
  readonly id: string;
  readonly start: number;
  readonly expiry: number;
  /** Of `rwdl`. */
  readonly permission: string;
}

/** The blob service, used with the account key. Each function rejects on an unexpected status. */
export interface BlobStorage {
  /** Name of the storage account. */
  readonly account: string;
  /** Blob endpoint with the account in the path, no trailing slash. */
  readonly endpoint: string;
  createContainer(container: string): Promise<void>;
  deleteContainer(container: string): Promise<void>;
  /** Undefined if the container does not exist. */
  list(container: string): Promise<BlobItem[] | undefined>;
  put(container: string, blob: string, contentType: string, body: string): Promise<void>;
  putFile(container: string, blob: string, contentType: string, path: string): Promise<void>;
  copy(fromContainer: string, fromBlob: string, container: string, blob: string): Promise<void>;
  /** The open answer to GET or HEAD, whatever its status. */
  read(method: 'GET' | 'HEAD', container: string, blob: string, range?: string): Promise<IncomingMessage>;
  readText(container: string, blob: string): Promise<string>;
  /** Replaces the container's stored access policies; false if the container does not exist. */
  setPolicies(container: string, policies: readonly StoredPolicy[]): Promise<boolean>;
  /** The query of a SAS locator, signed with the account key. */
  sasQuery(fields: SasFields): string;
  close(): void;
}

const answerWithinMs = 60_000;

/** Marks a storage request as the emulator's own. */
export const internalHeader = 'emulator-internal';

const version = '2025-11-05';
const xml = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === 'Blob',
  processEntities: true,
});

interface Listing {
  EnumerationResults: {
    Blobs?: { Blob?: { Name: string; Properties: { 'Content-Length': string; Etag: string } }[] } | '';
    NextMarker?: string;
  };
}

/**
 * A client of one account of the blob service at `serviceUrl`, signing with the account key. `internal` marks its
 * requests as the emulator's own; `certificate` is the PEM to trust, needed for https.
 */
export function connectBlobStorage(
  serviceUrl: string,
  account: StorageKey,
  internal: string,
  certificate?: string,
): BlobStorage {
  const endpoint = `${serviceUrl}/${account.name}`;
  const pool = { keepAlive: true, maxSockets: 8 };
  // Only the emulator's own certificate is trusted, so the host name does not matter.
  const trust = { ca: certificate, checkServerIdentity: () => undefined };
  const [agent, request] =
    certificate === undefined
      ? ([new Agent(pool), httpRequest] as const)
      : ([new SecureAgent({ ...pool, ...trust }), httpsRequest] as const);

  const url = (container: string, blob = '', query = ''): URL =>
    new URL(`${endpoint}/${container}${blob === '' ? '' : `/${encodeURIComponent(blob)}`}${query}`);

  function send(
    method: string,
    target: URL,
    extra: Readonly<Record<string, string>> = {},
    body: string | { readonly stream: Readable; readonly length: number } = '',
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers: Record<string, string> = {
      'x-ms-date': new Date().toUTCString(),
      'x-ms-version': version,
      ...extra,
    };
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const authorization = sharedKey(account, method, target, headers, length);
    return new Promise((resolve, reject) => {
      const outgoing = request(target, {
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
      outgoing.once('response', resolve).once('error', reject);
      if (typeof body === 'string') outgoing.end(body);
      else pipeline(body.stream, outgoing).catch(reject);
    });
  }

  async function exchange(
    expected: readonly number[],
    method: string,
    target: URL,
    headers: Readonly<Record<string, string>> = {},
    body = '',
  ): Promise<{ status: number; text: string }> {
    // A request that never ends would block all changes of the account.
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
          const { 'Content-Length': length, Etag: etag } = blob.Properties;
          items.push({ name: blob.Name, size: Number(length), etag });
        }
        marker = page.NextMarker ?? '';
      } while (marker !== '');
      return items;
    },
    async put(container, blob, contentType, body) {
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'Content-Type': contentType };
      await exchange([201], 'PUT', url(container, blob), headers, body);
    },
    async putFile(container, blob, contentType, path) {
      const { size } = await stat(path);
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'Content-Type': contentType };
      const target = url(container, blob);
      const response = await send('PUT', target, headers, { stream: createReadStream(path), length: size });
      await bytesOf(response);
      if (response.statusCode !== 201) {
        throw new Error(`Blob service answered ${String(response.statusCode)} to PUT`);
      }
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

/** The whole body of an answer. */
export async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function textOf(response: IncomingMessage): Promise<string> {
  return (await bytesOf(response)).toString('utf8');
}

function policyElement({ id, start, expiry, permission }: StoredPolicy): string {
  const [from, until] = [new Date(start).toISOString(), new Date(expiry).toISOString()];
  return (
    `<SignedIdentifier><Id>${id}</Id><AccessPolicy><Start>${from}</Start><Expiry>${until}</Expiry>` +
    `<Permission>${permission}</Permission></AccessPolicy></SignedIdentifier>`
  );
}
