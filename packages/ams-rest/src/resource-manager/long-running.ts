/**
 * Waits for what Resource Manager does in the background ("Track asynchronous Azure operations").
 *
 * The first answer says where to look, in this order: `Azure-AsyncOperation` (an operation with a status),
 * `Location` (202 until there is a result), or `properties.provisioningState` of the resource itself.
 */
import { sleep } from '../abort';
import { retryAfterMs } from '../retry';
import { ArmError, isObject, readArmError } from './arm-error';
import type { ArmMethod, ArmResponse } from './arm-client';

/** How to wait for what Resource Manager does in the background. */
export interface WaitOptions {
  /** Between two looks when the service does not say how long; default 5000. */
  readonly pollIntervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export type Watch =
  | { readonly kind: 'status'; readonly url: string }
  | { readonly kind: 'location'; readonly url: string }
  | { readonly kind: 'resource' }
  /** There is nothing to wait for. */
  | { readonly kind: 'done' };

/** Where to look for the end of what `answer` started; pure. */
export function whatToWatch(method: ArmMethod, { status, headers, body }: ArmResponse): Watch {
  const operation = headers['azure-asyncoperation'];
  if (operation !== undefined) return { kind: 'status', url: operation };
  const location = headers['location'];
  // A 201 has the address of the new resource there, which is no operation.
  if (status === 202 && location !== undefined) return { kind: 'location', url: location };
  if (method === 'PUT' || method === 'PATCH')
    return isOver(provisioningState(body)) ? { kind: 'done' } : { kind: 'resource' };
  return { kind: 'done' };
}

/** What looking needs of a client. */
interface Looker {
  follow(link: string, signal?: AbortSignal): Promise<ArmResponse>;
}

/**
 * Waits for the end of what `answer` started, and gives the answer that has the outcome.
 *
 * @param getResource GETs what the request was for.
 * @throws ArmError with the operation's own code when it failed or was canceled.
 */
export async function finishOperation(
  client: Looker,
  method: ArmMethod,
  answer: ArmResponse,
  getResource: () => Promise<ArmResponse>,
  { pollIntervalMs = 5000, signal }: WaitOptions,
): Promise<ArmResponse> {
  const watch = whatToWatch(method, answer);
  if (watch.kind === 'done') return checked(answer, provisioningState(answer.body));
  let last = answer;
  let url = watch.kind === 'resource' ? '' : watch.url;
  do {
    await sleep(retryAfterMs(last.headers) ?? pollIntervalMs, signal);
    last = await (watch.kind === 'resource' ? getResource() : client.follow(url, signal));
    // The address may change on the way.
    if (watch.kind === 'location') url = last.headers['location'] ?? url;
  } while (!hasEnded(watch, last));

  if (watch.kind === 'resource') return checked(last, provisioningState(last.body));
  if (watch.kind === 'location') return last;
  checked(last, operationStatus(last.body));
  if (method === 'PUT' || method === 'PATCH') return getResource();
  const location = answer.headers['location'];
  return location === undefined ? last : client.follow(location, signal);
}

function hasEnded(watch: Watch, { status, body }: ArmResponse): boolean {
  if (watch.kind === 'location') return status !== 202;
  return isOver(watch.kind === 'status' ? operationStatus(body) : provisioningState(body));
}

const OVER = /^(succeeded|failed|cancell?ed)$/i;

/** No state at all means that it is done. */
function isOver(state: string): boolean {
  return state === '' || OVER.test(state);
}

function checked(answer: ArmResponse, state: string): ArmResponse {
  if (state === '' || /^succeeded$/i.test(state)) return answer;
  const { status, headers, body } = answer;
  const said = isObject(body) ? readArmError(body['error']) : undefined;
  throw new ArmError({
    method: 'GET',
    url: headers['azure-asyncoperation'] ?? '',
    status,
    said: said ?? { code: state, message: `the operation ended as ${state}`, target: '', details: [] },
    requestId: headers['x-ms-request-id'],
    stopped: 'the operation failed',
  });
}

function operationStatus(body: unknown): string {
  // An operation must say how it stands; one that does not is not taken for done.
  return isObject(body) && typeof body['status'] === 'string' ? body['status'] : 'Unknown';
}

function provisioningState(body: unknown): string {
  const properties = isObject(body) ? body['properties'] : undefined;
  const state = isObject(properties) ? properties['provisioningState'] : undefined;
  return typeof state === 'string' ? state : '';
}
