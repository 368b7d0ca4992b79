import type { HttpRequest } from '../http';
import { refuse, type TokenError } from './errors';

const onceOnly =
  'grant_type client_id client_secret client_assertion client_assertion_type resource scope code ' +
  'redirect_uri code_verifier device_code refresh_token claims';

/** The fields of a request's form. Throws TokenError when one is repeated. */
export function readForm(request: HttpRequest): URLSearchParams {
  const type = request.headers['content-type'] ?? '';
  // Anything but a form counts as an empty one, so the first required field is reported missing.
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return new URLSearchParams();
  const form = new URLSearchParams(request.body.toString('utf8'));
  for (const name of onceOnly.split(' ')) {
    if (form.getAll(name).length > 1) {
      throw refuse.malformedRequest(`The request is malformed: the parameter '${name}' is repeated.`);
    }
  }
  return form;
}

export function missing(name: string): TokenError {
  return refuse.missingParameter(`The request body must contain the following parameter: '${name}'.`);
}

/** The value of a required field. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') throw missing(name);
  return value;
}

/** Text from a request, shortened and without control characters, for use in a message. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
