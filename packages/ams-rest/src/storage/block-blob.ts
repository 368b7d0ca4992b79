/** Uploads a block blob with a shared access signature, by the Blob Storage REST API. */
import { ServiceError } from '../errors';
import { DEFAULT_MAX_RESPONSE_BYTES, type HttpRequest, type HttpResponse, type Transport } from '../http';
import { parseODataError } from '../media-services/odata';
import { isRetryableStatus, retryAfterMs, sendWithRetry, type RetryOptions } from '../retry';
import { blockListXml, planBlocks, type Block } from './block-plan';
import { effectiveVersion } from './sas-url';

/** Bytes that can be read from any place: see `fileSource`, `bytesSource`. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes; rejects when there are fewer. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface UploadOptions {
  /** Default `application/octet-stream`. */
  readonly contentType?: string;
  /** Default 8 MiB, or 4 MiB where the SAS is of an old version. */
  readonly blockSizeBytes?: number;
  /** Blocks under way at a time, each held in memory; default 4. */
  readonly parallel?: number;
  /** Told each time bytes have arrived. */
  readonly onProgress?: (progress: { sentBytes: number; totalBytes: number }) => void;
  readonly signal?: AbortSignal | undefined;
  readonly retry?: RetryOptions;
  /** For one try of one request; default 300 000. */
  readonly timeoutMs?: number;
}

export interface UploadResult {
  readonly etag: string | undefined;
  /** 0 when the blob went up in a single Put Blob. */
  readonly blocks: number;
}

const SERVICE_VERSION = '2019-12-12';

/**
 * Uploads `source` to the blob at `sasUrl`, replacing what is there.
 *
 * Small sources go in one Put Blob, larger ones in blocks and a Put Block List; nothing is visible until that
 * last request, so an upload that breaks off leaves no half blob (uncommitted blocks vanish within a week).
 *
 * @param sasUrl A blob's URL with a SAS that may write; see `blobUrlInContainer`.
 * @throws ServiceError with the storage error code, NetworkError, TypeError when the blob is too large for the SAS's
 *   version, what `source.read` rejects with, or the reason of `options.signal`.
 */
export async function uploadBlob(
  transport: Transport,
  sasUrl: string,
  source: ByteSource,
  options: UploadOptions = {},
): Promise<UploadResult> {
  const version = effectiveVersion(sasUrl, SERVICE_VERSION);
  const prefix = crypto.randomUUID().replaceAll('-', '').slice(0, 16);
  const blocks = planBlocks(source.size, version, prefix, options.blockSizeBytes);
  const contentType = options.contentType ?? 'application/octet-stream';
  const totalBytes = source.size;

  if (blocks.length === 0) {
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': contentType };
    const body = await source.read(0, totalBytes);
    const response = await put(transport, sasUrl, headers, body, options);
    options.onProgress?.({ sentBytes: totalBytes, totalBytes });
    return { etag: response.headers['etag'], blocks: 0 };
  }

  let sentBytes = 0;
  await inParallel(blocks, options.parallel ?? 4, options.signal, async (block, signal) => {
    const body = await source.read(block.offset, block.length);
    await put(transport, blockUrl(sasUrl, block), {}, body, { ...options, signal });
    sentBytes += block.length;
    options.onProgress?.({ sentBytes, totalBytes });
  });
  const headers = { 'content-type': 'application/xml', 'x-ms-blob-content-type': contentType };
  const response = await put(transport, `${sasUrl}&comp=blocklist`, headers, blockListXml(blocks), options);
  return { etag: response.headers['etag'], blocks: blocks.length };
}

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

function blockUrl(sasUrl: string, block: Block): string {
  return `${sasUrl}&comp=block&blockid=${encodeURIComponent(block.id)}`;
}

async function put(
  transport: Transport,
  url: string,
  headers: Record<string, string>,
  body: Uint8Array | string,
  options: UploadOptions,
): Promise<HttpResponse> {
  const request: HttpRequest = {
    method: 'PUT',
    url,
    headers: { 'x-ms-version': SERVICE_VERSION, 'x-ms-client-request-id': crypto.randomUUID(), ...headers },
    body,
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? 300_000,
    maxResponseBytes: DEFAULT_MAX_RESPONSE_BYTES,
  };
  const retry = { totalTimeoutMs: 900_000, ...options.retry };
  const { response, attempts, stopped } = await sendWithRetry(transport, request, retry);
  if (response.status === 201) return response;
  const text = new TextDecoder().decode(response.body.subarray(0, 65_536));
  const said = parseODataError(text);
  throw new ServiceError({
    method: 'PUT',
    url,
    status: response.status,
    // A refusal may come without a body; then the code is in the header alone.
    code: response.headers['x-ms-error-code'] ?? said?.code,
    serviceMessage: said?.message.split('\n')[0],
    requestId: response.headers['x-ms-request-id'],
    clientRequestId: request.headers['x-ms-client-request-id'],
    retryable: isRetryableStatus(response.status),
    retryAfterMs: retryAfterMs(response.headers),
    attempts,
    stopped,
    body: text,
  });
}

/** Works on `items` with so many at a time; the first failure, or the caller's abort, stops the rest. */
async function inParallel<T>(
  items: readonly T[],
  workers: number,
  caller: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const signal = caller ? AbortSignal.any([caller, failed.signal]) : failed.signal;
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) {
      signal.throwIfAborted();
      await work(item, signal);
    }
  };
  const running = Array.from({ length: Math.min(workers, items.length) }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
    }),
  );
  // All have ended before the first failure is told, so that nothing is sent behind the caller's back.
  await Promise.all(running);
  caller?.throwIfAborted();
  failed.signal.throwIfAborted();
}
