import type { Account } from '../account';
import type { PrimitiveType } from '../model';
import { badRequest } from './errors';
import type { Answer, MediaRequest } from './message';
import { writeProperty, type Writing } from './serialize';
import type { ServiceFunction } from './set-rules';

/** Calls a function with the parameters in the query of the request. */
export async function callFunction(
  account: Account,
  { name, parameters, returns, call }: ServiceFunction,
  request: MediaRequest,
  writing: Writing,
): Promise<Answer> {
  const values = Object.entries(parameters).map(([parameter, type]) =>
    readParameter(request, parameter, type),
  );
  const result = await call(account, ...values);
  if (returns === undefined || result === undefined) return { status: 204 };
  return { status: 200, payload: writeProperty(name, returns, result, writing) };
}

/** A parameter, its name in any letter case. Throws 400 if it is missing or malformed. */
function readParameter({ http }: MediaRequest, name: string, type: PrimitiveType): string {
  for (const [candidate, text] of http.query) {
    if (candidate.toLowerCase() !== name.toLowerCase()) continue;
    if (type === 'Edm.Int32' && /^\d{1,9}$/.test(text.trim())) return text.trim();
    const quoted = /^'((?:[^']|'')*)'$/.exec(text.trim())?.[1];
    // Some clients encode ids twice.
    if (type === 'Edm.String' && quoted !== undefined) {
      return quoted.replaceAll("''", "'").replace(/%3a/gi, ':');
    }
  }
  throw badRequest(`The parameter '${name}' is missing or has a wrong form.`);
}
