/** Redacts requests for logs and traces, and finds the secrets in them. */
import type { HttpRequest } from './messages';
import { REDACTED, redactText, redactUrl, SECRET_NAMES, secretsInJson } from './redact';

const SHOWN_HEADERS = new Set(
  (
    'accept content-type content-length content-range content-md5 date dataserviceversion maxdataserviceversion ' +
    'etag if-match if-none-match last-modified operation-id range request-id retry-after retry-after-ms server ' +
    'user-agent x-ms-blob-type x-ms-client-request-id x-ms-date x-ms-error-code x-ms-request-id ' +
    'x-ms-retry-after-ms x-ms-version client-request-id return-client-request-id'
  ).split(' '),
);

/** Form fields and query parameters of requests only, because `code` also appears in error bodies. */
const IS_SECRET_FIELD = new RegExp(`^(?:${SECRET_NAMES}|sig(?:nature)?|code|password|token)$`, 'i');
const IS_SECRET_HEADER = /authorization|cookie|identity-header|key|secret|token/i;

/** The secrets that a request carries: in its headers, its form or JSON body, and its URL. */
export function secretsOf(request: Pick<HttpRequest, 'url' | 'headers' | 'body'>): string[] {
  return [...secretsIn(request)].filter((secret) => secret !== '');
}

function* secretsIn({
  url,
  headers,
  body,
}: Pick<HttpRequest, 'url' | 'headers' | 'body'>): Generator<string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!IS_SECRET_HEADER.test(name)) continue;
    yield value;
    yield* inAuthorization(value);
  }
  if (URL.canParse(url)) yield* inFields(new URL(url).searchParams);
  if (typeof body !== 'string') return;
  yield* secretsInJson(body);
  if (!/^\s*[<{[]/.test(body)) yield* inFields(new URLSearchParams(body));
}

function* inFields(fields: URLSearchParams): Generator<string> {
  for (const [name, value] of fields) if (IS_SECRET_FIELD.test(name)) yield value;
}

/** The credentials after the scheme, and the password of HTTP Basic (RFC 6749 section 2.3.1). */
function inAuthorization(value: string): string[] {
  const credentials = value.slice(value.indexOf(' ') + 1);
  const signature = credentials.slice(credentials.indexOf(':') + 1);
  const basic = /^basic ([\w+/]+={0,2})$/i.exec(value)?.[1];
  if (basic === undefined || basic.length % 4 === 1) return [credentials, signature];
  const pair = atob(basic);
  const password = new URLSearchParams(`p=${pair.slice(pair.indexOf(':') + 1)}`).get('p') ?? '';
  return [credentials, password];
}

/** The headers; values are hidden unless the name is known to be harmless. */
export function redactHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SHOWN_HEADERS.has(name.toLowerCase()) ? redactText(value, secrets) : REDACTED,
    ]),
  );
}

interface LoggedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

/** A request for a log: method, URL and headers without secrets, and the size of the body. */
export function redactRequest(request: HttpRequest): LoggedRequest {
  const { method, url, headers, body = '' } = request;
  const secrets = secretsOf(request);
  return {
    method,
    url: redactUrl(url, secrets),
    headers: redactHeaders(headers, secrets),
    bodyBytes: typeof body === 'string' ? new TextEncoder().encode(body).length : body.length,
  };
}
