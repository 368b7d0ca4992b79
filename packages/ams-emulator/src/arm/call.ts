import type { HttpRequest } from '../http';
import { isJsonObject, parseJson } from '../json';
import { ArmError, invalidContent } from './errors';
import type { ArmState, ArmDependencies } from './state';

export type Json = Readonly<Record<string, unknown>>;

/** A parsed request to Resource Manager. */
export interface Call {
  readonly dependencies: ArmDependencies;
  readonly state: ArmState;
  readonly request: HttpRequest;
  /** The decoded parameters of the route's path. */
  readonly names: Readonly<Record<string, string>>;
  readonly apiVersion: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route. Paths are compared without regard to case. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly apiVersions: readonly string[];
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}

/**
 * The pattern of a path template as in Microsoft's reference: `{name}` is one segment, `{scope}` any number of them.
 */
export function pathPattern(template: string): RegExp {
  const source = template
    .replace(/[.]/g, '\\.')
    .replace(/\{(\w+)\}/g, (_, name: string) =>
      name === 'scope' ? '(?<scope>/subscriptions/.+?)' : `(?<${name}>[^/]+)`,
    );
  return new RegExp(`^${source}/?$`, 'i');
}

/** The body as a JSON object. Throws 400 for anything else. */
export function bodyOf({ request }: Call): Json {
  const body = parseJson(request.body.toString('utf8'));
  if (isJsonObject(body)) return body;
  throw invalidContent('The request content was invalid and could not be deserialized.');
}

/** A required string property. */
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

/** An optional object property. */
export function optionalObject(body: Json, name: string): Json {
  const value = body[name] ?? {};
  if (!isJsonObject(value))
    throw invalidContent(`The request content was invalid: '${name}' must be an object.`);
  return value;
}

/** Tags: texts by name. */
export function tagsOf(body: Json): Readonly<Record<string, string>> {
  const tags = optionalObject(body, 'tags');
  if (!Object.values(tags).every((value) => typeof value === 'string'))
    throw invalidContent('The request content was invalid: a tag must be a text.');
  return tags as Readonly<Record<string, string>>;
}
