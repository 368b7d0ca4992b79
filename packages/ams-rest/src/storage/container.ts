/** Containers and their blobs ("Create Container", "Delete Container", "List Containers", "List Blobs"). */
import { ProtocolError, ServiceError } from '../http/errors';
import { parseDate, type Transport } from '../http/messages';
import { pageGuard } from '../http/url';
import { sendToStorage, xmlAnswer, type StorageOptions, type StorageRequest } from './storage-request';
import { child, childText, type XmlElement } from './xml';

/** Properties of a new container. */
export interface CreateContainerOptions extends StorageOptions {
  /** Allows reading without authorization; default: not allowed. */
  readonly publicAccess?: 'container' | 'blob';
}

/**
 * Creates a container. Returns false if it already exists.
 *
 * @param url The container's URL; its name has 3 to 63 lower case letters, digits and single hyphens.
 * @throws ServiceError, such as 409 ContainerBeingDeleted for at least 30 s after a deletion.
 */
export async function createContainer(
  transport: Transport,
  url: string,
  { publicAccess, ...options }: CreateContainerOptions = {},
): Promise<boolean> {
  const query = { restype: 'container' };
  const request = {
    method: 'PUT',
    url,
    query,
    headers: { 'x-ms-blob-public-access': publicAccess },
    expected: [201],
    findWritten: async () =>
      (await sendToStorage(transport, { method: 'HEAD', url, query, expected: [200] }, options)).response,
  } as const;
  try {
    await sendToStorage(transport, request, options);
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'ContainerAlreadyExists') throw error;
    // Without permission to look, assume that the first try created it.
    return error.outcomeUnknown;
  }
}

/**Deletes a container and its blobs. Returns true if it existed. */
export async function deleteContainer(
  transport: Transport,
  url: string,
  options: StorageOptions = {},
): Promise<boolean> {
  const query = { restype: 'container' };
  // A repetition gets 409 ContainerBeingDeleted for at least 30 s, and so does reading its properties.
  const findWritten = async () =>
    (await sendToStorage(transport, { method: 'HEAD', url, query, expected: [404, 409] }, options)).response;
  const request = { method: 'DELETE', url, query, expected: [202, 404], findWritten } as const;
  const { response, answerLost } = await sendToStorage(transport, request, options);
  return response.status === 202 || answerLost;
}

/** Which blobs of a container to list, and how. */
export interface ListBlobsOptions extends StorageOptions {
  /** Lists only names that start with it. */
  readonly prefix?: string;
  /** Usually `/`. Names that are equal up to it are grouped into one `BlobPrefix`. */
  readonly delimiter?: string;
  readonly include?: readonly ('metadata' | 'snapshots' | 'uncommittedblobs' | 'copy')[];
  /** Names per answer, 1 to 5000; default 5000. */
  readonly pageSize?: number;
}

/** A virtual folder: a prefix shared by at least one blob. */
export interface BlobPrefix {
  readonly kind: 'prefix';
  readonly name: string;
}

/** A blob in a list. */
export interface BlobItem {
  readonly kind: 'blob';
  readonly name: string;
  readonly sizeBytes: number;
  /** Without the quotes of the header. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
  /** Base64; empty if the blob has none. */
  readonly contentMd5: string;
  /** The snapshot's time; empty for the blob itself. */
  readonly snapshot: string;
  /** Only with `include: ['metadata']`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Everything in the answer's `Properties`, by wire name. */
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Lists the blobs of a container, ordered by name; requests pages as needed.
 *
 * @throws ServiceError; ProtocolError when an answer is not a list, or the list has no end.
 */
export async function* listBlobs(
  transport: Transport,
  containerUrl: string,
  { prefix, delimiter, include = [], pageSize, ...options }: ListBlobsOptions = {},
): AsyncGenerator<BlobItem | BlobPrefix, void> {
  const query = {
    ...{ restype: 'container', prefix, delimiter },
    // One parameter with commas, because Azurite reads only the last of repeated ones.
    include: include.length > 0 ? include.join(',') : undefined,
    maxresults: pageSize,
  };
  for await (const element of listed(transport, containerUrl, query, 'Blobs', options)) {
    if (element.name === 'BlobPrefix') yield { kind: 'prefix', name: childText(element, 'Name') };
    else if (element.name === 'Blob') yield blobItem(element);
  }
}

/** Which containers of a storage account to list. */
export interface ListContainersOptions extends StorageOptions {
  /** Lists only names that start with it. */
  readonly prefix?: string;
  /** Names per answer, 1 to 5000; default 5000. */
  readonly pageSize?: number;
}

/**
 * Lists the names of a storage account's containers in order; requests pages as needed.
 *
 * @param accountUrl The blob endpoint, with an account SAS if that gives the permission.
 * @throws ServiceError; ProtocolError when an answer is not a list, or the list has no end.
 */
export async function* listContainers(
  transport: Transport,
  accountUrl: string,
  { prefix, pageSize, ...options }: ListContainersOptions = {},
): AsyncGenerator<string, void> {
  const query = { prefix, maxresults: pageSize };
  for await (const element of listed(transport, accountUrl, query, 'Containers', options))
    if (element.name === 'Container') yield childText(element, 'Name');
}

/** Yields the elements of `collection` on all pages of a list. */
async function* listed(
  transport: Transport,
  url: string,
  filter: StorageRequest['query'],
  collection: 'Blobs' | 'Containers',
  options: StorageOptions,
): AsyncGenerator<XmlElement, void> {
  const guard = pageGuard('');
  let marker: string | undefined;
  do {
    const query = { ...filter, comp: 'list', marker };
    const { response } = await sendToStorage(
      transport,
      { method: 'GET', url, query, expected: [200] },
      options,
    );
    const page = xmlAnswer('GET', url, response);
    const elements = child(page, collection)?.children ?? [];
    yield* elements;
    marker = childText(page, 'NextMarker');
    const reason = marker && guard(marker, elements.length);
    if (reason) throw new ProtocolError({ method: 'GET', url, status: 200, reason });
  } while (marker !== '');
}

function blobItem(element: XmlElement): BlobItem {
  const properties = textsOf(child(element, 'Properties'));
  return {
    kind: 'blob',
    name: childText(element, 'Name'),
    sizeBytes: Number(properties['Content-Length']),
    etag: properties['Etag'] ?? '',
    lastModified: new Date(parseDate(properties['Last-Modified'])),
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
