/** The four requests that write a block blob, each one exchange ("Put Blob", "Put Block", "Put Block List", "Get Block List"). */
import type { HttpResponse, Transport } from '../http/messages';
import type { Exchange } from '../http/retry';
import { blockListXml } from './block-plan';
import { md5 } from './digest';
import { patient, sendToStorage, xmlAnswer, type StorageOptions } from './storage-request';
import { child, childText } from './xml';

/** Properties of the blob to write; omitted ones are cleared. */
export interface BlobContent {
  /** Default `application/octet-stream`. */
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
  /** MD5 of the whole blob, base64; always stored, but checked only by Put Blob. */
  readonly contentMd5?: string;
  /** Names have letters, digits and `_`; values have printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Properties of the blob to write, and the condition for writing it. */
export interface WriteOptions extends StorageOptions, BlobContent {
  /** Writes only if no blob has that name (`If-None-Match: *`), or it has this ETag (`If-Match`). */
  readonly onlyIf?: 'new' | { readonly etag: string };
}

/**
 * Writes a whole blob in one request.
 *
 * With `onlyIf`, the service refuses a repetition after a lost answer if the first try wrote the blob. The function then
 * reads the blob, which needs permission, and succeeds if its length, MD5, content headers and metadata are the ones sent.
 *
 * @throws ServiceError, with `outcomeUnknown` when a repetition was refused and the blob is not recognized.
 */
export function putBlob(
  transport: Transport,
  url: string,
  body: Uint8Array,
  options: WriteOptions & { readonly bodyMd5?: string | undefined } = {},
): Promise<Exchange> {
  const headers = {
    'x-ms-blob-type': 'BlockBlob',
    'content-md5': options.bodyMd5,
    ...contentHeaders(options),
  };
  const findWritten = async () => {
    const { response } = await sendToStorage(transport, { method: 'HEAD', url, expected: [200] }, options);
    const isOurs =
      response.headers['content-length'] === String(body.length) &&
      response.headers['content-md5'] === md5(body).toString('base64') &&
      hasContent(response.headers, options);
    return isOurs ? response : undefined;
  };
  return sendToStorage(
    transport,
    { method: 'PUT', url, headers, body, expected: [201], ...(options.onlyIf && { findWritten }) },
    patient(body.length, options),
  );
}

/** True when a blob has the content headers and metadata of `options`. */
function hasContent(headers: HttpResponse['headers'], options: BlobContent): boolean {
  const metadata = Object.entries(options.metadata ?? {});
  const names = Object.keys(headers).filter((name) => name.startsWith('x-ms-meta-'));
  return (
    headers['content-type'] === (options.contentType ?? DEFAULT_CONTENT_TYPE) &&
    headers['content-encoding'] === options.contentEncoding &&
    headers['content-language'] === options.contentLanguage &&
    headers['content-disposition'] === options.contentDisposition &&
    headers['cache-control'] === options.cacheControl &&
    names.length === metadata.length &&
    metadata.every(([name, value]) => headers[`x-ms-meta-${name.toLowerCase()}`] === value)
  );
}

/** Stages one block. Repeating it with the same id replaces it. */
export function putBlock(
  transport: Transport,
  url: string,
  id: string,
  body: Uint8Array,
  options: StorageOptions & { readonly bodyMd5?: string | undefined } = {},
): Promise<Exchange> {
  const query = { comp: 'block', blockid: id };
  const headers = { 'content-md5': options.bodyMd5 };
  return sendToStorage(
    transport,
    { method: 'PUT', url, query, headers, body, expected: [201] },
    patient(body.length, options),
  );
}

/**
 * Creates the blob from the given blocks, and drops all other staged blocks.
 *
 * With `onlyIf`, a repetition after a lost answer succeeds if the blob consists of exactly these blocks. Checking that
 * needs permission to read.
 *
 * @throws ServiceError, with `outcomeUnknown` when a repetition was refused and the blob is not recognized.
 */
export function putBlockList(
  transport: Transport,
  url: string,
  ids: readonly string[],
  options: WriteOptions = {},
): Promise<Exchange> {
  const query = { comp: 'blocklist' };
  const headers = { 'content-type': 'application/xml', ...contentHeaders(options) };
  const body = blockListXml(ids);
  const findWritten = () => findCommitted(transport, url, ids, options);
  const onCondition = options.onlyIf && { findWritten };
  const request = { method: 'PUT', url, query, headers, body, expected: [201], ...onCondition } as const;
  return sendToStorage(transport, request, options);
}

/** Returns the answer of Get Block List if the blob consists of exactly these blocks. Needs permission to read. */
export async function findCommitted(
  transport: Transport,
  url: string,
  ids: readonly string[],
  options: StorageOptions,
): Promise<HttpResponse | undefined> {
  const { blocks, response } = await readBlockList(transport, url, 'committed', options);
  return blocks.map(({ id }) => id).join() === ids.join() ? response : undefined;
}

/** The blocks of a blob, in their order. */
export interface BlockList {
  readonly etag: string | undefined;
  readonly blocks: readonly { readonly id: string; readonly sizeBytes: number }[];
}

/**
 * Returns the committed or staged blocks of a blob; none if the blob does not exist.
 *
 * Needs permission to read.
 */
export async function getBlockList(
  transport: Transport,
  url: string,
  which: 'committed' | 'uncommitted',
  options: StorageOptions = {},
): Promise<BlockList> {
  const { blocks, response } = await readBlockList(transport, url, which, options);
  return { etag: response.headers['etag'], blocks };
}

async function readBlockList(
  transport: Transport,
  url: string,
  which: 'committed' | 'uncommitted',
  options: StorageOptions,
): Promise<{ blocks: BlockList['blocks']; response: HttpResponse }> {
  const query = { comp: 'blocklist', blocklisttype: which };
  const { response } = await sendToStorage(
    transport,
    { method: 'GET', url, query, expected: [200, 404] },
    options,
  );
  if (response.status === 404) return { blocks: [], response };
  const list = child(
    xmlAnswer('GET', url, response),
    which === 'committed' ? 'CommittedBlocks' : 'UncommittedBlocks',
  );
  const blocks = (list?.children ?? []).map((block) => ({
    id: childText(block, 'Name'),
    sizeBytes: Number(childText(block, 'Size')),
  }));
  return { blocks, response };
}

const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

function contentHeaders(options: WriteOptions): Record<string, string | undefined> {
  const { metadata = {}, onlyIf } = options;
  const headers: Record<string, string | undefined> = {
    'x-ms-blob-content-type': options.contentType ?? DEFAULT_CONTENT_TYPE,
    'x-ms-blob-content-encoding': options.contentEncoding,
    'x-ms-blob-content-language': options.contentLanguage,
    'x-ms-blob-content-disposition': options.contentDisposition,
    'x-ms-blob-cache-control': options.cacheControl,
    'x-ms-blob-content-md5': options.contentMd5,
    'if-none-match': onlyIf === 'new' ? '*' : undefined,
    'if-match': typeof onlyIf === 'object' ? onlyIf.etag : undefined,
  };
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[A-Za-z_]\w*$/.test(name) || /[^\x20-\x7e]/.test(value))
      throw new TypeError(`the metadata "${name}" has a character that metadata cannot have`);
    headers[`x-ms-meta-${name}`] = value;
  }
  return headers;
}
