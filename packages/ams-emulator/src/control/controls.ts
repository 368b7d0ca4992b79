/** The services by which requests are counted and faults are planned. */
export type Service = 'token' | 'api' | 'origin' | 'storage' | 'arm';
export const services: readonly Service[] = ['token', 'api', 'origin', 'storage', 'arm'];

/** What goes wrong. The first group answers instead of the service, the second spoils the answer of the service. */
export const faultKinds = [
  'server-busy-slow',
  'server-busy-rate',
  'server-busy-burst',
  'internal-error',
  'too-many-requests',
  'gateway-html',
  'cut-connection',
  'stall-headers',
  'cut-answer',
  'cut-body',
  'stall-body',
  'truncate-json',
  'delay',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly service: Service;
  readonly kind: FaultKind;
  /** How many more requests it affects. */
  readonly times: number;
  /** Only requests of this method, and whose decoded path contains this text. */
  readonly method?: string;
  readonly path?: string;
  /** Value of a Retry-After header to send with the answer. */
  readonly retryAfter?: string;
  /** For `delay`. */
  readonly delayMs?: number;
}

/** A request without its query, which may contain a signature. */
export interface RecordedRequest {
  readonly service: Service;
  readonly method: string;
  readonly path: string;
  readonly at: string;
}

/** The faults, counters and settings of the control API. */
export interface Controls {
  faults: Fault[];
  requests: RecordedRequest[];
  counts: Record<Service, number>;
  /** The REST API answers 301, as `media.windows.net` did. */
  isMoved: boolean;
}

const recordLimit = 1000;

export function createControls(): Controls {
  return {
    faults: [],
    requests: [],
    counts: { token: 0, api: 0, origin: 0, storage: 0, arm: 0 },
    isMoved: false,
  };
}

/** Counts a request, and returns and uses up the fault planned for it. */
export function arrive(
  controls: Controls,
  service: Service,
  method: string,
  path: string,
  now: number,
): Fault | undefined {
  controls.counts[service] += 1;
  controls.requests.push({ service, method, path, at: new Date(now).toISOString() });
  if (controls.requests.length > recordLimit) controls.requests.shift();
  const index = controls.faults.findIndex((fault) => fits(fault, service, method, path));
  const fault = controls.faults[index];
  if (fault === undefined) return undefined;
  if (fault.times > 1) controls.faults[index] = { ...fault, times: fault.times - 1 };
  else controls.faults.splice(index, 1);
  return fault;
}

function fits(fault: Fault, service: Service, method: string, path: string): boolean {
  return (
    fault.service === service &&
    (fault.method === undefined || fault.method.toUpperCase() === method.toUpperCase()) &&
    (fault.path === undefined || path.toLowerCase().includes(fault.path.toLowerCase()))
  );
}
