/** HTTP Basic client authentication (RFC 6749 section 2.3.1): id and secret in a header instead of the form. */
import type { HttpRequest } from '../http/messages';
import { printRedacted } from '../http/redact';

/**
 * For the option `authenticate` of a credential: moves `client_id` and `client_secret` of a token request from its form to
 * the `Authorization` header (`client_secret_basic` in OpenID Connect Discovery). Pure.
 *
 * Both are form-encoded first, which is often forgotten, then joined by a colon and encoded in base64.
 *
 * @throws TypeError when the form has no secret.
 */
export function withBasicAuthentication(request: HttpRequest): HttpRequest {
  const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
  const [id, secret] = [form.get('client_id'), form.get('client_secret')];
  if (!id || !secret) throw new TypeError('the token request has no client_id and client_secret to move');
  form.delete('client_id');
  form.delete('client_secret');
  const credentials = Buffer.from(`${formEncode(id)}:${formEncode(secret)}`).toString('base64');
  return printRedacted({
    ...request,
    headers: { ...request.headers, authorization: `Basic ${credentials}` },
    body: form.toString(),
  });
}

/** `application/x-www-form-urlencoded`, as RFC 6749 appendix B asks for. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
