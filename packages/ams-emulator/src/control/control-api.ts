import type { Clock } from '../clock';
import type { TokenPolicy } from '../entra/directory';
import type { HttpReply, HttpRequest } from '../http';
import { isJsonObject, parseJson } from '../json';
import { playerPage } from './player';
import { createControls, faultKinds, services, type Controls, type Fault } from './controls';

/** What the control API works with. */
export interface Controlled {
  readonly controls: Controls;
  readonly clock: Clock;
  readonly tokenPolicy: TokenPolicy;
  /** Forgets all entities and blobs. */
  reset(): Promise<void>;
}

class Refusal extends Error {}

type Body = Readonly<Record<string, unknown>>;
type Route = (controlled: Controlled, body: Body) => unknown;

const routes: Readonly<Record<string, Route>> = {
  'GET requests': ({ controls }) => ({ counts: controls.counts, requests: controls.requests }),
  'DELETE requests': ({ controls }) => {
    Object.assign(controls, { ...createControls(), faults: controls.faults, isMoved: controls.isMoved });
  },
  'GET faults': ({ controls }) => controls.faults,
  'POST faults': ({ controls }, body) => {
    controls.faults.push(readFault(body));
  },
  'DELETE faults': ({ controls }) => {
    controls.faults = [];
  },
  'GET clock': ({ clock }) => ({ now: new Date(clock.now()).toISOString() }),
  'POST clock': ({ clock }, body) => {
    const ms = readNumber(body, 'advanceMs');
    try {
      clock.advance(ms);
    } catch (error) {
      throw error instanceof RangeError ? new Refusal(error.message) : error;
    }
    return { now: new Date(clock.now()).toISOString() };
  },
  'POST tokens': ({ tokenPolicy, clock }, body) => setTokenPolicy(tokenPolicy, clock, body),
  'POST moved': ({ controls }, body) => {
    controls.isMoved = readBoolean(body, 'isMoved');
  },
  'POST reset': async (controlled) => {
    await controlled.reset();
    Object.assign(controlled.controls, createControls());
  },
};

const root = /^\/_emulator\/(\w+)\/?$/;

export const isControlPath = (path: string): boolean => root.test(path);

/** Answers a request to the control API, which is not part of Azure. */
export async function handleControl(controlled: Controlled, request: HttpRequest): Promise<HttpReply> {
  const name = root.exec(request.path)?.[1] ?? '';
  if (name === 'player') return playerPage(request);
  try {
    const route = routes[`${request.method} ${name}`];
    if (route === undefined) throw new Refusal(`There is: ${Object.keys(routes).join(', ')}.`);
    return json(200, (await route(controlled, readBody(request))) ?? {});
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return json(400, { error: error.message });
  }
}

function json(status: number, body: unknown): HttpReply {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** Another content type is refused: a page in a browser could send it here without asking. */
function readBody({ method, headers, body }: HttpRequest): Body {
  if (method === 'GET') return {};
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    throw new Refusal('Send Content-Type: application/json.');
  }
  const value = body.length === 0 ? {} : parseJson(body.toString('utf8'));
  if (!isJsonObject(value)) throw new Refusal('The body must be a JSON object.');
  return value;
}

function readNumber(body: Body, name: string): number {
  const value = body[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Refusal(`${name} must be a number.`);
  return value;
}

function readBoolean(body: Body, name: string): boolean {
  const value = body[name];
  if (typeof value !== 'boolean') throw new Refusal(`${name} must be true or false.`);
  return value;
}

function readText(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== 'string') throw new Refusal(`${name} must be a string.`);
  return value;
}

const spoilsAnswer = /^(cut-answer|cut-body|stall-body|truncate-json)$/;

function readFault(body: Body): Fault {
  const service = services.find((name) => name === body['service']);
  const kind = faultKinds.find((name) => name === body['kind']);
  if (service === undefined) throw new Refusal(`service must be one of: ${services.join(', ')}.`);
  if (kind === undefined) throw new Refusal(`kind must be one of: ${faultKinds.join(', ')}.`);
  if (service === 'storage' && spoilsAnswer.test(kind)) {
    throw new Refusal(`The kind ${kind} is not possible for storage.`);
  }
  const [method, path, retryAfter] = ['method', 'path', 'retryAfter'].map((name) => readText(body, name));
  if (retryAfter !== undefined && !/^[\x20-\x7e]*$/.test(retryAfter))
    throw new Refusal('retryAfter is not valid.');
  return {
    service,
    kind,
    times: body['times'] === undefined ? 1 : readNumber(body, 'times'),
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { path }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(body['delayMs'] === undefined ? {} : { delayMs: readNumber(body, 'delayMs') }),
  };
}

function setTokenPolicy(policy: TokenPolicy, clock: Clock, body: Body): void {
  if (body['lifetimeSeconds'] !== undefined) policy.lifetimeSeconds = readNumber(body, 'lifetimeSeconds');
  // A token carries whole seconds, so all of the current second are revoked too.
  if (body['revoke'] === true) policy.revokedThrough = Math.floor(clock.now() / 1000);
  if (body['challenge'] !== undefined) {
    policy.challenge = readBoolean(body, 'challenge') ? Math.floor(clock.now() / 1000) : undefined;
  }
}
