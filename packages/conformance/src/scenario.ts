/** What a scenario is made of, and what it has at hand. */
import type { Emulator } from 'ams-emulator';
import type { Answer, Json, JsonObject, PortError } from './protocol';
import type { Arrived, Rule, Wire } from './wire';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** What it checks; each of them, and no other. */
  readonly requirements: readonly string[];
  run(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly emulator: Emulator;
  readonly wire: Wire;
  /**
   * Clears the wire, sets its rules and has the port carry out the operation.
   *
   * @throws NotAttempted when the port says so.
   */
  readonly ask: (operation: string, input: JsonObject, rules?: readonly Rule[]) => Promise<Answer>;
  /** Ends the port's process; the next task starts a new one. */
  readonly restart: () => Promise<void>;
  /** Notes whether a requirement held, with what was expected and what came. */
  readonly check: (requirement: string, ok: boolean, expected: Json, arrived: Json) => void;
}

export class NotAttempted extends Error {}

/** The result of one call of an operation with several calls. */
export interface CallAnswer extends JsonObject {
  readonly status?: number;
  readonly value?: Json;
  readonly error?: PortError;
}

/** The `answers` of an operation; none when it failed as a whole. */
export function answersOf(answer: Answer): readonly CallAnswer[] {
  const output = 'output' in answer ? answer.output : null;
  const answers = isObject(output) ? output['answers'] : undefined;
  return Array.isArray(answers) ? (answers as CallAnswer[]) : [];
}

/** The error of an operation, or of its first call. */
export const errorOf = (answer: Answer): PortError | undefined =>
  'error' in answer ? answer.error : answersOf(answer)[0]?.error;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text property of a JSON object; empty when there is none. */
export function textOf(value: Json | undefined, name: string): string {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === 'string' ? text : '';
}

/** Requests that arrived at the token endpoint. */
export const tokenRequests = (wire: Wire) => wire.arrived.filter(isTokenRequest);
/** Requests that arrived at the REST API, at its first root or where it moved. */
export const apiRequests = (wire: Wire) => wire.arrived.filter(isApiRequest);

/** The bearer token of a request. Only REQ-01 is about how its scheme is spelled. */
export const tokenOf = ({ headers }: Arrived): string =>
  (headers.authorization ?? '').replace(/^bearer /i, '');

export const isTokenRequest = ({ place, target }: Arrived) =>
  place === 'azure' && /\/oauth2\/(v2\.0\/)?token$/.test(target);
export const isApiRequest = ({ place, target }: Arrived) =>
  place === 'azure' && /^\/(\w+\/)?api\//.test(target);

/** The first line of a request, as the report shows it; without the signature of a SAS. */
export const firstLine = ({ method, target }: Arrived): string =>
  `${method} ${target.replace(/sig=[^&]*/, 'sig=…')}`;
export const firstLines = (requests: readonly Arrived[]): string[] => requests.map(firstLine);

/** Waits for what a port does after its answer. */
export async function eventually(condition: () => boolean, limitMs = 3000): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!condition() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  return condition();
}
