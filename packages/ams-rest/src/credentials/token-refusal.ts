/** The token endpoint's no: what of it may be told, and what to do about it. */
import { AuthenticationError, exchangeFacts } from '../errors';
import { decodeUtf8, type HttpRequest, type HttpResponse } from '../http';
import { redactText } from '../redact';
import { isRetryableStatus, retryAfterMs } from '../retry';
import { clockHint, hintFor } from './aadsts-hints';

export type Json = Readonly<Record<string, unknown>>;

const SECRET_FORM_FIELDS =
  'client_secret client_assertion assertion refresh_token code code_verifier device_code'.split(' ');

/** What a refusal of one of the tenant's endpoints says (RFC 6749 section 5.2). Pure. */
export function refusal(
  request: HttpRequest,
  response: HttpResponse,
  sentAt: number,
  attempts: number,
  stopped = '',
): AuthenticationError {
  const answer = parseJsonObject(response.body);
  const sent = sentForm(request);
  const secrets = SECRET_FORM_FIELDS.map((name) => sent.get(name) ?? '');
  const clean = (text: unknown) => (typeof text === 'string' ? redactText(text, secrets) : undefined);
  const codes = Array.isArray(answer?.['error_codes']) ? answer['error_codes'] : [];
  const errorCodes = codes.filter((code): code is number => typeof code === 'number');
  const isRedirect = response.status >= 300 && response.status < 400;
  const raw = new TextDecoder().decode(response.body.subarray(0, 16_384));
  return new AuthenticationError({
    ...exchangeFacts(request),
    status: response.status,
    code: clean(answer?.['error']),
    // Trace id, correlation id and time stamp follow the sentence, divided by line ends or blanks.
    serviceMessage:
      clean(answer?.['error_description'])?.split(/\s+(?=Trace ID:)/)[0] ?? (answer ? '' : clean(raw)),
    suberror: clean(answer?.['suberror']),
    claims: clean(answer?.['claims']),
    traceId: clean(answer?.['trace_id']),
    correlationId: clean(answer?.['correlation_id']),
    requestId: clean(response.headers['x-ms-request-id']),
    errorCodes,
    hint: hintFor(errorCodes) + clockHint(errorCodes, response.headers['date'], sentAt),
    retryable: isRetryableStatus(response.status),
    retryAfterMs: retryAfterMs(response.headers),
    attempts,
    stopped: stopped || (isRedirect ? 'redirects are not followed' : ''),
    body: clean(raw),
  });
}

/** The form that went out. */
export function sentForm(request: HttpRequest): URLSearchParams {
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '');
}

/** The body when it is a JSON object in UTF-8, else undefined. */
export function parseJsonObject(body: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(decodeUtf8(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
