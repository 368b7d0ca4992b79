/** Reading and deleting one blob ("Get Blob", "Get Blob Properties", "Delete Blob"). */
import { ProtocolError } from '../http/errors';
import { parseDate, type HttpResponse, type Transport } from '../http/messages';
import { md5 } from './digest';
import { patient, sendToStorage, type StorageOptions } from './storage-request';

/** The properties of a blob, from its headers. */
export interface BlobProperties {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
  /** Of the whole blob, base64; most blobs uploaded in blocks have none. */
  readonly contentMd5: string | undefined;
  /** Names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** All headers of the answer. */
  readonly headers: HttpResponse['headers'];
}

/** Returns the blob's properties, without its content. @throws ServiceError with 404 when there is none. */
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
  const modified = new Date(parseDate(headers['last-modified']));
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
  /** Fails with 412 if the blob has another ETag. */
  readonly etag?: string;
  /** Requests the MD5 of the range and checks it; limits the range to 4 MiB. */
  readonly verifyMd5?: boolean;
}

/**
 * Reads `length` bytes starting at `offset`.
 *
 * @throws ServiceError: 416 InvalidRange beyond the end, 412 ConditionNotMet for another ETag; ProtocolError when the
 *   answer is not the requested range, or its MD5 is wrong.
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
  if (!answered.startsWith(`bytes ${offset}-${offset + length - 1}/`) || body.length !== length) {
    const encoding = response.headers['content-encoding'];
    const decoded = encoding && body.length !== length ? `, ${DECODED.replace('ENCODING', encoding)}` : '';
    throw fail(`asked for ${headers.range}, got ${body.length} bytes of the range ${answered}${decoded}`);
  }
  if (verifyMd5 && response.headers['content-md5'] !== md5(body).toString('base64'))
    throw fail(`the MD5 of ${headers.range} is not the one that came with it`);
  return body;
}

const DECODED =
  'as the transport decoded the blob’s Content-Encoding: ENCODING; fetch does that, so read this blob with undiciTransport';

/** How a blob is deleted. */
export interface DeleteOptions extends StorageOptions {
  /** Fails with 412 if the blob has another ETag. */
  readonly etag?: string;
  /** `include` deletes the snapshots too, `only` only them. By default a blob with snapshots is not deleted. */
  readonly snapshots?: 'include' | 'only';
}

/**
 * Deletes a blob. Returns true if it existed.
 *
 * @throws ServiceError, for example 409 SnapshotsPresent, or 412 ConditionNotMet for a blob with another ETag.
 */
export async function deleteBlob(
  transport: Transport,
  url: string,
  { etag, snapshots, ...options }: DeleteOptions = {},
): Promise<boolean> {
  const headers = { 'if-match': etag, 'x-ms-delete-snapshots': snapshots };
  // Once the blob is gone, a repetition with an ETag gets 412.
  const findWritten = async () =>
    (await sendToStorage(transport, { method: 'HEAD', url, expected: [404] }, options)).response;
  const { response, answerLost } = await sendToStorage(
    transport,
    { method: 'DELETE', url, headers, expected: [202, 404], ...(etag !== undefined && { findWritten }) },
    options,
  );
  // A 404 to a repetition means that the first try succeeded.
  return response.status === 202 || answerLost;
}
