/** Waits for what Media Services does in the background: channels, programs, streaming endpoints. */
import { sleep } from '../abort';
import { ServiceError } from '../errors';
import type { AmsClient, AmsResponse } from './ams-client';
import { entityPath } from './odata';

/** A long-running operation of Media Services. */
export interface Operation {
  readonly Id: string;
  readonly State: 'InProgress' | 'Succeeded' | 'Failed';
  readonly TargetEntityId: string | null;
  readonly ErrorCode: string | null;
  readonly ErrorMessage: string | null;
}

/** How to wait for an operation of Media Services. */
export interface WaitOptions {
  /** Default 10 000; Microsoft suggests 10 s for programs and 30 s for channels and endpoints. */
  readonly pollIntervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until the operation that an answer of 202 started has ended.
 *
 * An answer without an `operation-id` header was carried out at once, and there is nothing to wait for.
 *
 * @returns The finished operation, or undefined when there was none.
 * @throws ServiceError with the operation's own code when it failed, and what `AmsClient.request` throws.
 */
export async function waitForOperation(
  client: AmsClient,
  answer: AmsResponse,
  { pollIntervalMs = 10_000, signal }: WaitOptions = {},
): Promise<Operation | undefined> {
  const id = answer.headers['operation-id'];
  if (answer.status !== 202 || !id) return undefined;
  const path = entityPath('Operations', id);
  for (;;) {
    const { body: operation, status } = await client.request<Operation>('GET', path, { signal });
    if (operation.State === 'Succeeded') return operation;
    if (operation.State === 'Failed')
      throw new ServiceError({
        method: 'GET',
        url: client.root + path,
        status,
        code: operation.ErrorCode ?? undefined,
        serviceMessage: operation.ErrorMessage ?? undefined,
        stopped: 'the operation failed',
      });
    await sleep(pollIntervalMs, signal);
  }
}
