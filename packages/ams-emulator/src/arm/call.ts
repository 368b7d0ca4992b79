import type { HttpRequest } from '../http';
import { ArmError, invalidContent } from './errors';
import type { ArmState, Premises } from './state';

export type Json = Readonly<Record<string, unknown>>;

/** One request to Resource Manager, taken apart. */
export interface Call {
  readonly premises: Premises;
  readonly state: ArmState;
  readonly request: HttpRequest;
  /** What the route's pattern found in the path, decoded. */
  readonly names: Readonly<Record<string, string>>;
  readonly apiVersion: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One line of a table of routes; a path is compared without regard to case. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly apiVersions: readonly string[];
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}

/**
 * The pattern of a path written as in Microsoft's reference, `{name}` for a part to be found.
 * `{scope}` is any number of parts.
 */
export function pathPattern(template: string): RegExp {
  const source = template
    .replace(/[.]/g, '\\.')
    .replace(/\{(\w+)\}/g, (_, name: string) =>
      name === 'scope' ? '(?<scope>/subscriptions/.+?)' : `(?<${name}>[^/]+)`,
    );
  return new RegExp(`^${source}/?$`, 'i');
}

/** The body as a JSON object; throws 400 for everything else. */
export function bodyOf({ request }: Call): Json {
  const body = parseJson(request.body.toString('utf8'));
  if (isJson(body)) return body;
  throw invalidContent('The request content was invalid and could not be deserialized.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A property that must be a text. */
export function requiredText(body: Json, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '')
    throw new ArmError(
      400,
      'InvalidRequestContent',
      `The request content was invalid: '${name}' is required.`,
    );
  return value;
}

/** A property that must be an object if it is there. */
export function optionalObject(body: Json, name: string): Json {
  const value = body[name] ?? {};
  if (!isJson(value)) throw invalidContent(`The request content was invalid: '${name}' must be an object.`);
  return value;
}

/** Tags: texts by name. */
export function tagsOf(body: Json): Readonly<Record<string, string>> {
  const tags = optionalObject(body, 'tags');
  if (!Object.values(tags).every((value) => typeof value === 'string'))
    throw invalidContent('The request content was invalid: a tag must be a text.');
  return tags as Readonly<Record<string, string>>;
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
