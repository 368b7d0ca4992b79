/** The messages between the judge and a port: one JSON value a line, on the port's standard input and output. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Judge to port: run the pure function or the operation of this name. */
export interface Task {
  readonly name: string;
  readonly input: JsonObject;
}

export const ERROR_KINDS = ['argument', 'network', 'service', 'authentication', 'protocol'] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/** More properties may follow `kind`: status, code, message, … */
export interface PortError extends JsonObject {
  readonly kind: ErrorKind;
}

/** Port to judge. */
export type Answer =
  { readonly output: Json } | { readonly error: PortError } | { readonly notAttempted: true };

/** @throws Error that says what is wrong with the line. */
export function parseAnswer(line: string): Answer {
  const value = parse(line);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const answer = value as JsonObject;
    if ('output' in answer) return { output: answer['output'] ?? null };
    if (answer['notAttempted'] === true) return { notAttempted: true };
    const error = answer['error'];
    if (isPortError(error)) return { error };
  }
  throw new Error(
    `the port wrote something else than {"output": …}, {"error": {"kind": …}} or {"notAttempted": true}: ${line.slice(0, 200)}`,
  );
}

function isPortError(value: Json | undefined): value is PortError {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const { kind } = value as JsonObject;
  return ERROR_KINDS.some((known) => known === kind);
}

function parse(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}
