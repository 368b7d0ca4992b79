/** The four requests that write a block blob, each one exchange ("Put Blob", "Put Block", "Put Block List", "Get Block List"). */
import type { Transport } from '../http';
import type { Exchange } from '../retry';
import { blockListXml } from './block-plan';
import { patient, sendToStorage, xmlAnswer, type StorageOptions } from './storage-request';
import { child, childText } from './xml';

/** What a blob is given when it is written; everything not given is erased. */
export interface BlobContent {
  /** Default `application/octet-stream`. */
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
  /** MD5 of the whole blob, base64; stored, and checked by Put Blob alone. */
  readonly contentMd5?: string;
  /** Names of letters, digits and `_`; values of printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Under which conditions a blob or block list is written, and what it is. */
export interface WriteOptions extends StorageOptions, BlobContent {
  /** Only when there is no blob of that name (`If-None-Match: *`) or one with this ETag (`If-Match`). */
  readonly onlyIf?: 'new' | { readonly etag: string };
}

/** Writes a whole blob in one request. */
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
  return sendToStorage(
    transport,
    { method: 'PUT', url, headers, body, expected: [201] },
    patient(body.length, options),
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

/** Makes the blob of the blocks named; all other staged blocks are dropped. */
export function putBlockList(
  transport: Transport,
  url: string,
  ids: readonly string[],
  options: WriteOptions = {},
): Promise<Exchange> {
  const query = { comp: 'blocklist' };
  const headers = { 'content-type': 'application/xml', ...contentHeaders(options) };
  const body = blockListXml(ids);
  return sendToStorage(transport, { method: 'PUT', url, query, headers, body, expected: [201] }, options);
}

/** The blocks of a blob, in their order. */
export interface BlockList {
  readonly etag: string | undefined;
  readonly blocks: readonly { readonly id: string; readonly sizeBytes: number }[];
}

/**
 * The blocks of a blob, or those staged for it; none when there is no such blob.
 *
 * Needs permission to read.
 */
export async function getBlockList(
  transport: Transport,
  url: string,
  which: 'committed' | 'uncommitted',
  options: StorageOptions = {},
): Promise<BlockList> {
  const query = { comp: 'blocklist', blocklisttype: which };
  const { response } = await sendToStorage(
    transport,
    { method: 'GET', url, query, expected: [200, 404] },
    options,
  );
  if (response.status === 404) return { etag: undefined, blocks: [] };
  const list = child(
    xmlAnswer('GET', url, response),
    which === 'committed' ? 'CommittedBlocks' : 'UncommittedBlocks',
  );
  const blocks = (list?.children ?? []).map((block) => ({
    id: childText(block, 'Name'),
    sizeBytes: Number(childText(block, 'Size')),
  }));
  return { etag: response.headers['etag'], blocks };
}

function contentHeaders(options: WriteOptions): Record<string, string | undefined> {
  const { metadata = {}, onlyIf } = options;
  const headers: Record<string, string | undefined> = {
    'x-ms-blob-content-type': options.contentType ?? 'application/octet-stream',
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
