/**
 * Decides which parts of an exchange may be shown.
 *
 * Header and query values are shown only if their names are known to be harmless. Texts from outside (bodies, reasons) are
 * searched for known secrets and for patterns of secrets. The text is decoded repeatedly, and what is found in a decoded
 * text is removed from the original. Texts are shortened last.
 */
import type { HttpRequest } from './messages';

export const REDACTED = 'REDACTED';

/** OData options (`$filter`, `$top`, …) are shown too. Only the signature of a SAS is secret. */
const SHOWN_QUERY = new Set(
  'api-version assetid blockid comp jobid maxresults prefix resource restype se si sp spr sr st sv timeout'.split(
    ' ',
  ),
);

/** Names of JSON properties, XML elements, form fields and settings whose values are secret; `_` and `-` are optional. */
const SECRET_NAME =
  'access token|account key|assertion|client assertion|client secret|code verifier|connection string|device code|' +
  'id token|pass(?:word|wd)|primary key|refresh token|secondary key|shared access (?:key|signature)|x identity header';
export const SECRET_NAMES = SECRET_NAME.replaceAll(' ', '[_-]?');
const IS_SECRET_NAME = new RegExp(`^(?:${SECRET_NAMES}|sig(?:nature)?)$`, 'i');

/**
 * Patterns of secrets: what precedes one, and the secret itself. A hostile server may choose the text, so each pattern
 * takes linear time: none requires something after a part of unlimited length.
 */
const SECRET_SHAPES: readonly RegExp[] = [
  // `eyJ` is base64url for `{"`: the beginning of a JWT.
  /(?<!\w)()eyJ[\w-]*(?:\.[\w-]*)*/g,
  /(\b(?:bearer|sharedkey|basic)\s+)(?!realm\b)[\w.~+/=:-]{8,}/gi,
  /((?<!\w)sig(?:nature)?=)[^&\s"'<>\\]+/gi,
  /([?&]code=)[^&\s"'<>\\]+/gi,
  new RegExp(`("(?:${SECRET_NAMES})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi'),
  new RegExp(`("(?:${SECRET_NAMES})"\\s*:\\s*)[\\w.+-]+`, 'gi'),
  new RegExp(`((?<!\\w)(?:${SECRET_NAMES})=)[^&\\s"'<>;,}\\\\]+`, 'gi'),
  new RegExp(`((?<!\\w)(?:${SECRET_NAMES})=")[^"\\n]+`, 'gi'),
  new RegExp(`(<(?:\\w+:)?(?:${SECRET_NAMES})(?:\\s[^<>]*)?>(?:\\s*<!\\[CDATA\\[)?)[^<\\]]+`, 'gi'),
];

/** A secret shorter than this would turn ordinary words into REDACTED. */
const MIN_SECRET = 4;
/** Percent-encoding twice inside JSON inside HTML needs four. */
const MAX_PASSES = 4;
/** Servers limit a header to 8 or 16 KiB. */
const LONGEST_SECRET = 16_384;

/**
 * Removes everything that is or looks like a secret from `text`. What only decoding reveals is removed from the decoded text,
 * which is then returned.
 *
 * @param secrets Known secrets, which are found in every encoding: escaped for JSON, XML or a URL (even twice),
 *   form-encoded, and inside base64.
 * @param maxChars The longest result; default all.
 */
export function redactText(text: string, secrets: readonly string[] = [], maxChars = Infinity): string {
  const window = text.slice(0, maxChars + LONGEST_SECRET);
  const known = [...new Set([...secrets, ...secretsInJson(window)].flatMap(spellings))];
  // A longer one may contain a shorter one.
  known.sort((a, b) => b.length - a.length);
  let shown = hideSecrets(window, known);
  let view = shown;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const decoded = decodeOnce(view);
    if (decoded === view) break;
    view = hideSecrets(decoded, known);
    if (view !== decoded) shown = view;
  }
  // The window may end within a secret, which then is not found.
  const isWhole = window.length === text.length;
  return shown.slice(0, isWhole ? maxChars : Math.min(maxChars, Math.max(0, shown.length - LONGEST_SECRET)));
}

function hideSecrets(text: string, known: readonly string[]): string {
  const withoutKnown = known.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
  return SECRET_SHAPES.reduce((rest, shape) => rest.replace(shape, `$1${REDACTED}`), withoutKnown);
}

/** Percent-encoded UTF-8 (or single bytes), JSON escapes, XML entities. */
const ESCAPE =
  /%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}|%[\da-f]{2}|\\u[\da-f]{4}|\\["\\/bfnrt]|&#(\d{1,7});|&#x([\da-f]{1,6});|&([a-z]{2,6});/gi;
/** Of XML, and for the punctuation of base64. */
const ENTITIES = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", sol: '/', plus: '+', equals: '=' }),
);

function decodeOnce(text: string): string {
  return text.replace(ESCAPE, (escape: string, decimal?: string, hex?: string, entity?: string) => {
    if (entity !== undefined) return ENTITIES.get(entity) ?? escape;
    try {
      if (decimal ?? hex) return String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex ?? '', 16));
      return escape.startsWith('%')
        ? decodeURIComponent(escape)
        : (JSON.parse(`"${escape.toLowerCase()}"`) as string);
    } catch {
      return escape.startsWith('%') ? String.fromCharCode(parseInt(escape.slice(1), 16)) : escape;
    }
  });
}

/** The forms of a secret in a decoded text: itself, form-encoded, and inside base64. */
function spellings(secret: string): string[] {
  const plain = [secret];
  for (let pass = 0; pass < MAX_PASSES; pass++) plain.push(decodeOnce(plain[pass] ?? ''));
  const formEncoded = new URLSearchParams([['', secret]]).toString().slice(1);
  const inBase64 = /\p{Surrogate}/u.test(secret)
    ? []
    : [secret, encodeURIComponent(secret), formEncoded].flatMap(base64Cores);
  return [...plain, ...plain.map((text) => text.replaceAll(' ', '+')), ...inBase64].filter(
    (text) => text.length >= MIN_SECRET,
  );
}

/** The characters that `text` contributes to the base64 (either alphabet) of any text around it, by its offset. */
function base64Cores(text: string): string[] {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return [0, 1, 2].flatMap((offset) => {
    const end = Math.floor(((offset + binary.length) * 8) / 6);
    const core = btoa('\0'.repeat(offset) + binary).slice(Math.ceil((offset * 8) / 6), end);
    return core.length >= 6 ? [core, core.replaceAll('+', '-').replaceAll('/', '_')] : [];
  });
}

/** The values in a JSON text whose names are those of secrets; empty if it is not JSON. */
export function secretsInJson(text: string): string[] {
  const found: string[] = [];
  const collect = (_: string, value: object | string | number | boolean | null) => {
    if (typeof value !== 'object') found.push(String(value));
    return value;
  };
  try {
    if (/^\s*[[{"]/.test(text))
      JSON.parse(text, function (this: object, name: string, value: unknown) {
        if (IS_SECRET_NAME.test(name) || (name === 'value' && 'keyName' in this))
          JSON.stringify(value, collect);
        else if (typeof value === 'string') for (const inner of secretsInJson(value)) found.push(inner);
        return value;
      });
  } catch {
    // Not JSON, only a part of it, or nested too deeply: the patterns must suffice.
  }
  return found;
}

/** The URL without user name, password and fragment; query values are hidden unless known to be harmless. */
export function redactUrl(url: string, secrets: readonly string[] = []): string {
  const isPath = /^\/(?!\/)/.test(url);
  if (!URL.canParse(url) && !isPath) return '(not a URL)';
  const { origin, pathname, search } = new URL(url, 'http://localhost');
  const query = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const end = pair.indexOf('=');
      if (end < 0) return REDACTED;
      const name = pair.slice(0, end);
      const isShown = SHOWN_QUERY.has(name.toLowerCase()) || /^(\$|%24)\w+$/.test(name);
      // A filter may contain a URL with a signature.
      return isShown && redactText(pair, secrets) === pair ? pair : `${name}=${REDACTED}`;
    });
  const address = redactText((isPath ? '' : origin) + pathname, secrets);
  return address + (query.length > 0 ? `?${query.join('&')}` : '');
}

/**
 * A copy of another library's error with only name, message, code and stack, without secrets.
 *
 * Other properties can contain secrets: errors of an HTTP parser, for example, have the bytes that it could not parse.
 */
export function redactError(error: unknown): unknown {
  if (typeof error === 'string') return redactText(error);
  if (typeof error !== 'object' || error === null) return error;
  const { name, message, code, stack } = error as Readonly<Record<string, unknown>>;
  const copy = new Error(typeof message === 'string' ? redactText(message) : '');
  copy.name = typeof name === 'string' ? name : 'Error';
  copy.stack = typeof stack === 'string' ? redactText(stack) : `${copy.name}: ${copy.message}`;
  return typeof code === 'string' ? Object.assign(copy, { code }) : copy;
}

/** A prototype for objects that `console.log`, `util.inspect` and `JSON.stringify` show as `show` does. */
export function printing(show: (value: never) => unknown): object {
  function shown(this: never) {
    return show(this);
  }
  return { toJSON: shown, [Symbol.for('nodejs.util.inspect.custom')]: shown };
}

const PRINTS_NAMES = printing(namesOnly);
const PRINTS_REQUEST = printing(({ method, url, headers }: HttpRequest) => ({
  method,
  url: redactUrl(url),
  headers: namesOnly(headers),
}));

function namesOnly(fields: object): object {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, REDACTED]));
}

/** A copy of `form` for which only the names are printed. */
export function printNames<T extends object>(form: T): T {
  return Object.assign(Object.create(PRINTS_NAMES) as object, form);
}

/**
 * A copy of `request` for which `console.log`, `util.inspect` and `JSON.stringify` show the method, the URL without secrets
 * and the names of the headers. `redactRequest` shows more.
 */
export function printRedacted(request: HttpRequest): HttpRequest {
  return Object.assign(Object.create(PRINTS_REQUEST) as object, request);
}
