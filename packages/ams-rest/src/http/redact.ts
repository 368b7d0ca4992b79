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
 * Removes everything that is or looks like a secret from `text`.
 *
 * @param secrets Known secrets, which are found in every encoding: escaped for JSON, HTML or a URL (even twice),
 *   form-encoded, and inside base64.
 * @param maxChars The result covers this many characters of `text`; default all.
 */
export function redactText(text: string, secrets: readonly string[] = [], maxChars = Infinity): string {
  const window = text.slice(0, maxChars + LONGEST_SECRET);
  const known = [...secrets, ...secretsInJson(window)]
    .filter((secret) => secret.length >= MIN_SECRET)
    .flatMap(spellings);
  const marks: [start: number, end: number][] = [];
  let view: View | undefined = { text: window };
  for (let pass = 0; view && pass <= MAX_PASSES; pass++) {
    const { text: plain, starts } = view;
    for (const [start, end] of findSecrets(plain, new Set(known)))
      marks.push(starts ? [starts[start] ?? 0, starts[end] ?? window.length] : [start, end]);
    view = decodeOnce(view);
  }
  marks.sort(([a], [b]) => a - b);
  let result = '';
  let position = 0;
  for (const [start, end] of marks) {
    if (start >= maxChars) break;
    if (start >= position) result += window.slice(position, start) + REDACTED;
    position = Math.max(position, end);
  }
  return position < maxChars ? result + window.slice(position, maxChars) : result;
}

function* findSecrets(text: string, known: ReadonlySet<string>): Generator<[start: number, end: number]> {
  for (const secret of known)
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length))
      yield [at, at + secret.length];
  for (const shape of SECRET_SHAPES)
    for (const match of text.matchAll(shape))
      yield [match.index + (match[1] ?? '').length, match.index + match[0].length];
}

/** A decoded text; `starts` has the position in the original of each character, and of the end of the last one. */
interface View {
  readonly text: string;
  readonly starts?: Uint32Array;
}

/** Percent-encoded UTF-8 (or single bytes), JSON escapes, HTML and XML entities. */
const ESCAPE =
  /%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}|%[\da-f]{2}|\\u[\da-f]{4}|\\["\\/bfnrt]|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,6});/gi;

const JSON_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
/** Each name is followed by its character. */
const ENTITIES = new Map(
  (
    'amp& lt< gt> quot" apos\' sol/ bsol\\ plus+ equals= num# percnt% colon: semi; comma, period. excl! quest? ' +
    'commat@ dollar$ lpar( rpar) lsqb[ lbrack[ rsqb] rbrack] lcub{ rcub} lowbar_ ast* Hat^ grave` verbar| vert|'
  )
    .split(' ')
    .map((entity) => [entity.slice(0, -1), entity.slice(-1)]),
);

/** Undefined when nothing is encoded. */
function decodeOnce({ text, starts }: View): View | undefined {
  if (text.search(ESCAPE) < 0) return undefined;
  let decoded = '';
  const origins = new Uint32Array(text.length + 1);
  const originOf = (index: number) => starts?.[index] ?? index;
  let position = 0;
  const copyUntil = (end: number) => {
    for (let i = position; i < end; i++) origins[decoded.length + i - position] = originOf(i);
    decoded += text.slice(position, end);
  };
  for (const match of text.matchAll(ESCAPE)) {
    const plain = unescaped(match[0]);
    if (plain === undefined) continue;
    copyUntil(match.index);
    origins.fill(originOf(match.index), decoded.length, decoded.length + plain.length);
    decoded += plain;
    position = match.index + match[0].length;
  }
  if (position === 0) return undefined;
  copyUntil(text.length);
  origins[decoded.length] = originOf(text.length);
  return { text: decoded, starts: origins.subarray(0, decoded.length + 1) };
}

function unescaped(escape: string): string | undefined {
  if (escape.startsWith('\\u')) return String.fromCharCode(parseInt(escape.slice(2), 16));
  if (escape.startsWith('\\')) return JSON_ESCAPES[escape.charAt(1)] ?? escape.charAt(1);
  if (escape.startsWith('&')) {
    const number = /^&#(x?)([\da-f]+);$/i.exec(escape);
    const code = number ? parseInt(number[2] ?? '', number[1] ? 16 : 10) : NaN;
    return number
      ? code <= 0x10ffff
        ? String.fromCodePoint(code)
        : undefined
      : ENTITIES.get(escape.slice(1, -1));
  }
  try {
    return decodeURIComponent(escape);
  } catch {
    return String.fromCharCode(parseInt(escape.slice(1), 16));
  }
}

/** The forms of a secret in a decoded text: itself, form-encoded, and inside base64. */
function spellings(secret: string): string[] {
  const plain = [secret];
  for (let view = decodeOnce({ text: secret }); view && plain.length <= MAX_PASSES; view = decodeOnce(view))
    plain.push(view.text);
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
  const bytes = new TextEncoder().encode(text);
  return [0, 1, 2].flatMap((offset) => {
    const binary = '\0'.repeat(offset) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    const end = Math.floor((binary.length * 8) / 6);
    const core = btoa(binary).slice(Math.ceil((offset * 8) / 6), end);
    return core.length >= 6 ? [core, core.replaceAll('+', '-').replaceAll('/', '_')] : [];
  });
}

/** The values in a JSON text whose names are those of secrets; empty if it is not JSON. */
export function secretsInJson(text: string): string[] {
  if (!/^\s*[[{"]/.test(text)) return [];
  const found: string[] = [];
  const open: { value: unknown; isSecret: boolean }[] = [];
  const push = (json: string) => {
    try {
      open.push({ value: JSON.parse(json), isSecret: false });
    } catch {
      // Not JSON, or only a part of it: the patterns must suffice.
    }
  };
  push(text);
  // Not recursive, because the sender chooses the depth.
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, isSecret } = next;
    if (typeof value === 'object' && value !== null) {
      const isKey = 'keyName' in value;
      for (const [name, inner] of Object.entries(value))
        open.push({
          value: inner,
          isSecret: isSecret || IS_SECRET_NAME.test(name) || (isKey && name === 'value'),
        });
    } else if (isSecret) found.push(String(value));
    else if (typeof value === 'string' && /^\s*[[{]/.test(value)) push(value);
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
 * A copy of another library's error with only name, message, code, stack and causes, without secrets.
 *
 * Other properties can contain secrets: errors of an HTTP parser, for example, have the bytes that it could not parse.
 */
export function redactError(
  error: unknown,
  secrets: readonly string[] = [],
  copies = new Map<unknown, Error>(),
): unknown {
  const clean = (text: unknown) => redactText(typeof text === 'string' ? text : '', secrets);
  if (typeof error === 'string') return clean(error);
  if (typeof error !== 'object' || error === null) return error;
  const known = copies.get(error);
  if (known) return known;
  const { name, message, code, stack, cause, errors } = error as Readonly<Record<string, unknown>>;
  const copy = new Error(clean(message));
  copies.set(error, copy);
  copy.name = typeof name === 'string' ? name : 'Error';
  copy.stack = typeof stack === 'string' ? clean(stack) : `${copy.name}: ${copy.message}`;
  if (cause !== undefined)
    Object.defineProperty(copy, 'cause', { value: redactError(cause, secrets, copies), configurable: true });
  if (typeof code === 'string') Object.assign(copy, { code });
  if (Array.isArray(errors))
    Object.assign(copy, { errors: errors.map((part) => redactError(part, secrets, copies)) });
  return copy;
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
