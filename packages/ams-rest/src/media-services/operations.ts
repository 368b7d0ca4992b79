/** Waits for operations of Media Services: channels, programs and streaming endpoints start and stop in the background. */
import { sleep } from '../http/abort';
import { ProtocolError, ServiceError } from '../http/errors';
import type { RestResponse } from '../rest/rest-client';
import type { AmsClient } from './ams-client';
import { entityPath } from './odata';

/** A long-running operation of Media Services. */
export interface AmsOperation {
  readonly Id: string;
  readonly State: 'InProgress' | 'Succeeded' | 'Failed';
  readonly TargetEntityId: string | null;
  readonly ErrorCode: string | null;
  readonly ErrorMessage: string | null;
}

/** Options of `waitForOperation`. */
export interface AmsWaitOptions {
  /** Default 10 000; Microsoft suggests 10 s for programs and 30 s for channels and endpoints. */
  readonly pollIntervalMs?: number;
  /** Limit for the whole wait; default 24 hours. */
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until the operation that a 202 started has ended.
 *
 * Without an `operation-id` header the request was carried out immediately.
 *
 * @returns The finished operation, or undefined if there was none.
 * @throws ServiceError with the operation's own code when it failed, and what `AmsClient.request` throws.
 */
export async function waitForOperation(
  client: AmsClient,
  answer: RestResponse,
  { pollIntervalMs = 10_000, maxWaitMs = 86_400_000, signal }: AmsWaitOptions = {},
): Promise<AmsOperation | undefined> {
  const id = answer.headers['operation-id'];
  if (answer.status !== 202 || !id) return undefined;
  const path = entityPath('Operations', id);
  const deadline = performance.now() + maxWaitMs;
  for (;;) {
    const operation = await client.json<AmsOperation>('GET', path, { signal });
    if (operation.State === 'Succeeded') return operation;
    if (operation.State === 'Failed')
      throw new ServiceError({
        method: 'GET',
        url: client.root + path,
        status: 200,
        code: operation.ErrorCode ?? undefined,
        serviceMessage: operation.ErrorMessage ?? 'the operation failed',
      });
    if (performance.now() + pollIntervalMs > deadline)
      throw new ProtocolError({
        method: 'GET',
        url: client.root + path,
        reason: `the operation has not ended within ${maxWaitMs} ms`,
      });
    await sleep(pollIntervalMs, signal);
  }
}
