/** When an output is the expected one. Objects are equal whatever the order of their names. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer, Json, JsonObject } from './protocol';
import type { FunctionVectors, VectorCase } from './vectors';

/** Undefined when the answer is what the case expects, else both sides for the report. */
export function difference(
  vectors: FunctionVectors,
  vector: VectorCase,
  answer: Answer,
): { readonly expected: Json; readonly arrived: Json } | undefined {
  const expected: JsonObject =
    vector.error === undefined ? { output: vector.output ?? null } : { error: vector.error };
  const arrived = answer as JsonObject;
  const equal =
    vector.error === undefined
      ? 'output' in answer && sameOutput(vectors.compare ?? {}, vector.output ?? null, answer.output)
      : 'error' in answer && hasAll(answer.error, vector.error);
  return equal ? undefined : { expected, arrived };
}

function sameOutput(compare: Readonly<Record<string, 'form'>>, expected: Json, arrived: Json): boolean {
  return isDeepStrictEqual(decoded(compare, expected), decoded(compare, arrived));
}

/** Every named part of the output that is a form as its sorted, decoded pairs; the name '' is the output itself. */
function decoded(compare: Readonly<Record<string, 'form'>>, output: Json): Json {
  if ('' in compare) return formPairs(output);
  if (output === null || typeof output !== 'object' || Array.isArray(output)) return output;
  return Object.fromEntries(
    Object.entries(output).map(([name, value]) => [name, name in compare ? formPairs(value) : value]),
  );
}

function formPairs(form: Json): Json {
  if (typeof form !== 'string') return form;
  return [...new URLSearchParams(form)].sort(([a], [b]) => (a < b ? -1 : 1));
}

function hasAll(arrived: JsonObject, expected: JsonObject): boolean {
  return Object.entries(expected).every(([name, value]) => isDeepStrictEqual(arrived[name], value));
}
