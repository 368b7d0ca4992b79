/** Reading and deleting one blob ("Get Blob", "Get Blob Properties", "Delete Blob"). */
import { ProtocolError } from '../errors';
import type { HttpResponse, Transport } from '../http';
import { md5 } from './digest';
import { patient, sendToStorage, type StorageOptions } from './storage-request';

/** What the headers of a blob tell. */
export interface BlobProperties {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
  /** Of the whole blob, base64; blobs made of blocks mostly have none. */
  readonly contentMd5: string | undefined;
  /** Names in lower case, as HTTP brings them. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Everything else that the service says of it. */
  readonly headers: HttpResponse['headers'];
}

/** Asks what the blob is, without its bytes. @throws ServiceError with 404 when there is none. */
export async function getBlobProperties(
  transport: Transport,
  url: string,
  options: StorageOptions = {},
): Promise<BlobProperties> {
  const { response } = await sendToStorage(transport, { method: 'HEAD', url, expected: [200] }, options);
  const { headers } = response;
  const sizeBytes = Number(headers['content-length']);
  const etag = headers['etag'];
  if (!Number.isSafeInteger(sizeBytes) || !etag)
    throw new ProtocolError({
      method: 'HEAD',
      url,
      status: 200,
      reason: 'the answer has no length or no ETag',
    });
  const modified = new Date(headers['last-modified'] ?? '');
  return {
    sizeBytes,
    etag,
    lastModified: Number.isNaN(modified.getTime()) ? undefined : modified,
    contentType: headers['content-type'],
    contentMd5: headers['content-md5'],
    metadata: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith('x-ms-meta-') ? [[name.slice('x-ms-meta-'.length), value]] : [],
      ),
    ),
    headers,
  };
}

/** How one range of a blob is read. */
export interface RangeOptions extends StorageOptions {
  /** Only of the blob with this ETag; another answers 412. */
  readonly etag?: string;
  /** Asks for the MD5 of the range and checks it; the range is 4 MiB at most then. */
  readonly verifyMd5?: boolean;
}

/**
 * Reads `length` bytes from `offset` on.
 *
 * @throws ServiceError: 416 InvalidRange beyond the end, 412 ConditionNotMet for another ETag; ProtocolError when the
 *   answer has other bytes than asked for, or their MD5 is wrong.
 */
export async function readBlobRange(
  transport: Transport,
  url: string,
  offset: number,
  length: number,
  { etag, verifyMd5 = false, ...options }: RangeOptions = {},
): Promise<Uint8Array> {
  const headers = {
    range: `bytes=${offset}-${offset + length - 1}`,
    'if-match': etag,
    'x-ms-range-get-content-md5': verifyMd5 ? 'true' : undefined,
  };
  const request = { method: 'GET', url, headers, expected: [206], answerBytes: length } as const;
  const { response } = await sendToStorage(transport, request, patient(length, options));
  const { body } = response;
  const answered = response.headers['content-range'] ?? 'none';
  const fail = (reason: string) => new ProtocolError({ method: 'GET', url, status: 206, reason });
  if (!answered.startsWith(`bytes ${offset}-${offset + length - 1}/`) || body.length !== length)
    throw fail(`asked for ${headers.range}, got ${body.length} bytes of the range ${answered}`);
  if (verifyMd5 && response.headers['content-md5'] !== md5(body).toString('base64'))
    throw fail(`the MD5 of ${headers.range} is not the one that came with it`);
  return body;
}

/** Under which conditions a blob is deleted, and what goes with it. */
export interface DeleteOptions extends StorageOptions {
  /** Only the blob with this ETag. */
  readonly etag?: string;
  /** `include` deletes the snapshots too, `only` nothing else; a blob with snapshots is refused otherwise. */
  readonly snapshots?: 'include' | 'only';
}

/** Deletes a blob; true when it was there. @throws ServiceError, e.g. 409 SnapshotsPresent. */
export async function deleteBlob(
  transport: Transport,
  url: string,
  { etag, snapshots, ...options }: DeleteOptions = {},
): Promise<boolean> {
  const headers = { 'if-match': etag, 'x-ms-delete-snapshots': snapshots };
  const { response, attempts } = await sendToStorage(
    transport,
    { method: 'DELETE', url, headers, expected: [202, 404] },
    options,
  );
  // A 404 to a repetition is the trace of the first try, whose answer got lost.
  return response.status === 202 || attempts > 1;
}
