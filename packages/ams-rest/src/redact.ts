/**
 * The one place that decides what of an exchange may be shown.
 *
 * By allow-list: a header or query value appears only when its name is known to be harmless. Texts that come
 * from outside (error bodies, reasons) are also searched for the shapes that secrets have.
 */
import type { HttpRequest } from './http';

const REDACTED = 'REDACTED';

const SHOWN_HEADERS = new Set(
  (
    'accept content-type content-length content-range content-md5 date dataserviceversion maxdataserviceversion ' +
    'etag if-match if-none-match last-modified operation-id range request-id retry-after retry-after-ms server ' +
    'user-agent x-ms-blob-type x-ms-client-request-id x-ms-date x-ms-error-code x-ms-request-id ' +
    'x-ms-retry-after-ms x-ms-version client-request-id return-client-request-id'
  ).split(' '),
);

/** Besides these, every OData option (`$filter`, `$top`, …) is shown. Of a SAS all but the signature is harmless. */
const SHOWN_QUERY = new Set(
  'api-version assetid blockid comp jobid maxresults prefix restype se si sp spr sr st sv timeout'.split(' '),
);

const SECRET_FIELDS =
  'access_token|account_?key|assertion|client_assertion|client_secret|code|code_verifier|device_code|id_token|password|refresh_token|sharedaccesskey';

const SECRET_SHAPES: readonly [RegExp, string][] = [
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)*/g, REDACTED],
  [/\b(bearer|sharedkey|basic)(\s+)(?!realm\b)[\w.~+/=:-]{8,}/gi, `$1$2${REDACTED}`],
  [/\b(sig(?:nature)?=)[^&\s"'<>\\]+/gi, `$1${REDACTED}`],
  [new RegExp(`\\b(${SECRET_FIELDS})("?\\s*[=:]\\s*"?)[^&"\\s,}]+`, 'gi'), `$1$2${REDACTED}`],
];

/**
 * Takes everything that looks like a secret out of `text`.
 *
 * @param secrets Values known to be secret; they go in each form they travel in (raw, percent, form encoded).
 */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let result = text;
  for (const secret of secrets.filter((value) => value.length >= 4)) {
    const forms = [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams([['', secret]]).toString().slice(1),
      JSON.stringify(secret).slice(1, -1),
    ];
    for (const form of forms) result = result.replaceAll(form, REDACTED);
  }
  for (const [shape, replacement] of SECRET_SHAPES) result = result.replace(shape, replacement);
  return result;
}

/** The URL without user, password, fragment and any query value that is not known to be harmless. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)';
  const { origin, pathname, search } = new URL(url);
  const query = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const name = pair.split('=', 1)[0] ?? '';
      const shown = SHOWN_QUERY.has(name.toLowerCase()) || /^(\$|%24)\w+$/.test(name);
      return shown ? redactText(pair) : `${name}=${REDACTED}`;
    });
  return redactText(origin + pathname) + (query.length > 0 ? `?${query.join('&')}` : '');
}

/** The headers with every value hidden whose name is not known to be harmless. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SHOWN_HEADERS.has(name.toLowerCase()) ? redactText(value) : REDACTED,
    ]),
  );
}

/** One request as it may be logged: method, URL and headers without secrets, the body only as its size. */
export function redactRequest(request: HttpRequest): {
  method: string;
  url: string;
  headers: Record<string, string>;
  bodyBytes: number;
} {
  return {
    method: request.method,
    url: redactUrl(request.url),
    headers: redactHeaders(request.headers),
    bodyBytes: request.body === undefined ? 0 : Buffer.byteLength(request.body),
  };
}
