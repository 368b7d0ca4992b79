/** Containers and what is in them ("Create Container", "Delete Container", "List Blobs"). */
import { ServiceError } from '../errors';
import type { Transport } from '../http';
import { sendToStorage, xmlAnswer, type StorageOptions } from './storage-request';
import { child, childText, type XmlElement } from './xml';

/** How a new container shall be. */
export interface CreateContainerOptions extends StorageOptions {
  /** Who may read without any authorization; default nobody. */
  readonly publicAccess?: 'container' | 'blob';
}

/**
 * Creates a container; false when there is one of that name already.
 *
 * @param url Of the container; 3 to 63 lower case letters, digits and single hyphens.
 * @throws ServiceError, such as 409 ContainerBeingDeleted for at least 30 s after a deletion.
 */
export async function createContainer(
  transport: Transport,
  url: string,
  { publicAccess, ...options }: CreateContainerOptions = {},
): Promise<boolean> {
  const request = {
    method: 'PUT',
    url,
    query: { restype: 'container' },
    headers: { 'x-ms-blob-public-access': publicAccess },
    expected: [201],
  } as const;
  try {
    await sendToStorage(transport, request, options);
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'ContainerAlreadyExists') throw error;
    // What the first try made and could not tell is there for the second.
    return error.attempts > 1;
  }
}

/** Deletes a container with everything in it; true when it was there. */
export async function deleteContainer(
  transport: Transport,
  url: string,
  options: StorageOptions = {},
): Promise<boolean> {
  const query = { restype: 'container' };
  const request = { method: 'DELETE', url, query, expected: [202, 404] } as const;
  const { response, attempts } = await sendToStorage(transport, request, options);
  return response.status === 202 || attempts > 1;
}

/** Which blobs of a container to list, and how. */
export interface ListBlobsOptions extends StorageOptions {
  /** Only names that begin so. */
  readonly prefix?: string;
  /** Names are cut after it, and what is behind is told as one `BlobPrefix`: mostly `/`. */
  readonly delimiter?: string;
  readonly include?: readonly ('metadata' | 'snapshots' | 'uncommittedblobs' | 'copy')[];
  /** Names in one answer, 1 to 5000; default 5000. */
  readonly pageSize?: number;
}

/** A folder, so to say: that there are blobs whose names begin so. */
export interface BlobPrefix {
  readonly kind: 'prefix';
  readonly name: string;
}

/** A blob in a list. */
export interface BlobItem {
  readonly kind: 'blob';
  readonly name: string;
  readonly sizeBytes: number;
  /** Without the quotes that the header has. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
  /** Base64; empty when the service has none. */
  readonly contentMd5: string;
  /** The snapshot's time; empty for the blob itself. */
  readonly snapshot: string;
  /** Only with `include: ['metadata']`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Everything in the answer's `Properties`, wire names. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The blobs of a container in the order of names, page by page behind the scenes. */
export async function* listBlobs(
  transport: Transport,
  containerUrl: string,
  { prefix, delimiter, include = [], pageSize, ...options }: ListBlobsOptions = {},
): AsyncGenerator<BlobItem | BlobPrefix, void> {
  let marker: string | undefined;
  do {
    const query = {
      ...{ restype: 'container', comp: 'list', prefix, delimiter, marker },
      // One parameter with commas: Azurite takes only the last of repeated ones.
      include: include.length > 0 ? include.join(',') : undefined,
      maxresults: pageSize,
    };
    const request = { method: 'GET', url: containerUrl, query, expected: [200] } as const;
    const { response } = await sendToStorage(transport, request, options);
    const page = xmlAnswer('GET', containerUrl, response);
    for (const element of child(page, 'Blobs')?.children ?? []) {
      if (element.name === 'BlobPrefix') yield { kind: 'prefix', name: childText(element, 'Name') };
      else if (element.name === 'Blob') yield blobItem(element);
    }
    marker = childText(page, 'NextMarker');
  } while (marker !== '');
}

function blobItem(element: XmlElement): BlobItem {
  const properties = textsOf(child(element, 'Properties'));
  return {
    kind: 'blob',
    name: childText(element, 'Name'),
    sizeBytes: Number(properties['Content-Length']),
    etag: properties['Etag'] ?? '',
    lastModified: new Date(properties['Last-Modified'] ?? ''),
    contentType: properties['Content-Type'] ?? '',
    contentMd5: properties['Content-MD5'] ?? '',
    snapshot: childText(element, 'Snapshot'),
    metadata: textsOf(child(element, 'Metadata')),
    properties,
  };
}

function textsOf(element: XmlElement | undefined): Record<string, string> {
  return Object.fromEntries((element?.children ?? []).map(({ name, text }) => [name, text]));
}
