/**
 * Waits for what Resource Manager does in the background ("Track asynchronous Azure operations").
 *
 * The first answer says where to look, in this order: `Azure-AsyncOperation` (an operation with a status),
 * `Location` (202 until there is a result), or `properties.provisioningState` of the resource itself.
 */
import { sleep } from '../http/abort';
import { ProtocolError } from '../http/errors';
import { isObject } from '../http/messages';
import { retryAfterMs } from '../http/retry';
import type { HttpMethod, RestResponse } from '../rest/rest-client';
import { ArmError, readArmError } from './arm-error';

/** How to wait for what Resource Manager does in the background. */
export interface ArmWaitOptions {
  /** Between two looks when the service does not say how long; default 5000. */
  readonly pollIntervalMs?: number;
  /** How long to wait altogether; default 24 hours. */
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export type Watch =
  | { readonly kind: 'status'; readonly url: string }
  | { readonly kind: 'location'; readonly url: string }
  | { readonly kind: 'resource' }
  /** There is nothing to wait for. */
  | { readonly kind: 'done' };

/** Where to look for the end of what `answer` started; pure. */
export function whatToWatch(method: HttpMethod, { status, headers, body }: RestResponse): Watch {
  const operation = headers['azure-asyncoperation'];
  if (operation !== undefined) return { kind: 'status', url: operation };
  const location = headers['location'];
  // The Location of a 201 is the new resource, not an operation.
  if (status === 202 && location !== undefined) return { kind: 'location', url: location };
  if (method === 'PUT' || method === 'PATCH')
    return isOver(provisioningState(body)) ? { kind: 'done' } : { kind: 'resource' };
  return { kind: 'done' };
}

/** What was asked for, the first answer to it, and how to look for what became of it. */
export interface StartedOperation {
  readonly method: HttpMethod;
  /** Of the resource. */
  readonly url: string;
  readonly answer: RestResponse;
  readonly getResource: () => Promise<RestResponse>;
  readonly follow: (link: string) => Promise<RestResponse>;
}

/**
 * Waits for the end of what `answer` started, and gives the answer that has the outcome.
 *
 * @throws ArmError with the operation's own code when it failed or was canceled; ProtocolError when it does not end.
 */
export async function finishOperation(
  { method, url, answer, getResource, follow }: StartedOperation,
  options: ArmWaitOptions,
): Promise<RestResponse> {
  const watch = whatToWatch(method, answer);
  if (watch.kind === 'done') return checked(answer, provisioningState(answer.body), url);
  let watched = watch.kind === 'resource' ? url : watch.url;
  const look = async () => {
    const now = await (watch.kind === 'resource' ? getResource() : follow(watched));
    // The address may change on the way.
    if (watch.kind === 'location') watched = now.headers['location'] ?? watched;
    return now;
  };
  const last = await pollUntil((now) => hasEnded(watch, now), answer, look, watched, options);
  if (watch.kind === 'resource') return checked(last, provisioningState(last.body), watched);
  if (watch.kind === 'location') return last;
  checked(last, operationStatus(last.body), watched);
  if (method === 'PUT' || method === 'PATCH') return getResource();
  const location = answer.headers['location'];
  return location === undefined ? last : follow(location);
}

/** Without it, `Retry-After: 0` would make requests without end. A caller may ask for less. */
export const MIN_POLL_MS = 1000;

/**
 * Looks until `ended`, waiting before each look as long as the answer before asks for.
 *
 * @param url What is looked at, for the error.
 * @throws ProtocolError when it has not ended within `maxWaitMs`.
 */
export async function pollUntil<T>(
  ended: (answer: RestResponse<T>) => boolean,
  first: RestResponse<T>,
  look: () => Promise<RestResponse<T>>,
  url: string,
  { pollIntervalMs = 5000, maxWaitMs = 86_400_000, signal }: ArmWaitOptions,
): Promise<RestResponse<T>> {
  const deadline = performance.now() + maxWaitMs;
  let last = first;
  do {
    const delayMs = Math.max(
      retryAfterMs(last.headers) ?? pollIntervalMs,
      Math.min(MIN_POLL_MS, pollIntervalMs),
    );
    if (performance.now() + delayMs > deadline) {
      const reason = `the operation has not ended within ${maxWaitMs} ms`;
      throw new ProtocolError({ method: 'GET', url, reason });
    }
    await sleep(delayMs, signal);
    last = await look();
  } while (!ended(last));
  return last;
}

function hasEnded(watch: Watch, { status, body }: RestResponse): boolean {
  if (watch.kind === 'location') return status !== 202;
  return isOver(watch.kind === 'status' ? operationStatus(body) : provisioningState(body));
}

const OVER = /^(succeeded|failed|cancell?ed)$/i;

/** No state at all means that it is done. */
function isOver(state: string): boolean {
  return state === '' || OVER.test(state);
}

function checked(answer: RestResponse, state: string, url: string): RestResponse {
  if (state === '' || /^succeeded$/i.test(state)) return answer;
  const { status, headers, body } = answer;
  const said = isObject(body) ? readArmError(body['error']) : undefined;
  throw new ArmError({
    method: 'GET',
    url,
    status,
    said: said ?? { code: state, message: `the operation ended as ${state}`, target: '', details: [] },
    requestId: headers['x-ms-request-id'],
  }).withAttempts({ attempts: 1, stopped: 'the operation failed', outcomeUnknown: false });
}

function operationStatus(body: unknown): string {
  // An operation must report a status; without one it does not count as done.
  return isObject(body) && typeof body['status'] === 'string' ? body['status'] : 'Unknown';
}

function provisioningState(body: unknown): string {
  const properties = isObject(body) ? body['properties'] : undefined;
  const state = isObject(properties) ? properties['provisioningState'] : undefined;
  return typeof state === 'string' ? state : '';
}
