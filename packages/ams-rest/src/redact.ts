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
  'api-version assetid blockid comp jobid maxresults prefix resource restype se si sp spr sr st sv timeout'.split(
    ' ',
  ),
);

const SECRET_FIELDS =
  'access_token|account_?key|assertion|client_assertion|client_secret|code_verifier|device_code|id_token|password|refresh_token|sharedaccesskey';

/** Not in the middle of a word; but right after a percent-encoded character a word may begin. */
const START = '(?:(?<!\\w)|(?<=%[\\da-fA-F]{2}))';
/** Also in an address that is part of another one. */
const EQUALS = '(?:=|%(?:25)*3d)';

/**
 * What secrets look like. No pattern may backtrack over much text, as hostile servers choose the text: none
 * has a part that must follow after a part of any length.
 */
const SECRET_SHAPES: readonly [RegExp, string][] = [
  // `eyJ` is base64url for `{"`: where a JWT begins.
  [new RegExp(`${START}eyJ[\\w-]*(?:\\.[\\w-]*)*`, 'g'), REDACTED],
  [/\b(bearer|sharedkey|basic)(\s+)(?!realm\b)[\w.~+/=:-]{8,}/gi, `$1$2${REDACTED}`],
  [new RegExp(`(${START}sig(?:nature)?${EQUALS})[^&\\s"'<>\\\\]+`, 'gi'), `$1${REDACTED}`],
  [new RegExp(`((?:[?&]|%3f|%26)code${EQUALS})[^&\\s"'<>\\\\]+`, 'gi'), `$1${REDACTED}`],
  [new RegExp(`("(?:${SECRET_FIELDS})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi'), `$1${REDACTED}`],
  [new RegExp(`(${START}(?:${SECRET_FIELDS})${EQUALS})[^&\\s"'<>;,}\\\\]+`, 'gi'), `$1${REDACTED}`],
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
      const end = pair.indexOf('=');
      if (end < 0) return REDACTED;
      const name = pair.slice(0, end);
      const shown = SHOWN_QUERY.has(name.toLowerCase()) || /^(\$|%24)\w+$/.test(name);
      return shown && !holdsSecret(pair) ? pair : `${name}=${REDACTED}`;
    });
  return redactText(origin + pathname) + (query.length > 0 ? `?${query.join('&')}` : '');
}

/** A filter may hold an address with a signature of its own, percent-encoded. */
function holdsSecret(pair: string): boolean {
  const plain = pair.replace(/%([0-7][\da-f])/gi, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  return redactText(plain) !== plain;
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

/**
 * A stand-in for an error of somebody else's: name, message, code and stack without secrets, and nothing more.
 *
 * Errors of an HTTP parser, for instance, carry the bytes that they stumbled over.
 */
export function redactError(error: unknown): unknown {
  if (typeof error === 'string') return redactText(error);
  if (typeof error !== 'object' || error === null) return error;
  const { name, message, code, stack, cause, errors } = error as Readonly<Record<string, unknown>>;
  const copy = new Error(redactText(typeof message === 'string' ? message : ''), {
    cause: cause === error ? undefined : redactError(cause),
  });
  copy.name = typeof name === 'string' ? name : 'Error';
  copy.stack = redactText(typeof stack === 'string' ? stack : `${copy.name}: ${copy.message}`);
  if (typeof code === 'string') Object.assign(copy, { code });
  if (Array.isArray(errors)) Object.assign(copy, { errors: errors.map(redactError) });
  return copy;
}

interface LoggedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

/** One request as it may be logged: method, URL and headers without secrets, the body only as its size. */
export function redactRequest(request: HttpRequest): LoggedRequest {
  return {
    method: request.method,
    url: redactUrl(request.url),
    headers: redactHeaders(request.headers),
    bodyBytes: request.body === undefined ? 0 : Buffer.byteLength(request.body),
  };
}

const PRINTS_ITSELF_REDACTED = printing((request: HttpRequest) => redactRequest(request));
const PRINTS_ITS_NAMES = printing((form: object) =>
  Object.fromEntries(Object.keys(form).map((name) => [name, REDACTED])),
);

/** A copy of `request` that `console.log`, `util.inspect` and `JSON.stringify` show as `redactRequest` does. */
export function printRedacted(request: HttpRequest): HttpRequest {
  return Object.assign(Object.create(PRINTS_ITSELF_REDACTED) as object, request);
}

/** A copy of `form` of which printing shows the names alone. */
export function printNames<T extends object>(form: T): T {
  return Object.assign(Object.create(PRINTS_ITS_NAMES) as object, form);
}

function printing(show: (value: never) => unknown): object {
  function shown(this: never) {
    return show(this);
  }
  return { toJSON: shown, [Symbol.for('nodejs.util.inspect.custom')]: shown };
}
