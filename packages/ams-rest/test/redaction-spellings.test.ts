/** Secrets are found after decoding: the spellings and the text around them are generated. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { redactText, redactUrl } from '../src';
import { redactError } from '../src/http/redact';
import { secretsOf } from '../src/http/redact-request';
import { request } from './helpers/values';

const percent = (byte: number) => `%${byte.toString(16).padStart(2, '0')}`;
const hex4 = (unit: number) => unit.toString(16).padStart(4, '0');
const units = (text: string) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
const NAMED: Record<string, string> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  '/': 'sol',
  '+': 'plus',
  '=': 'equals',
};

/** Each encodes any text, some only where it has to. */
const encoders: Record<string, (text: string) => string> = {
  raw: (text) => text,
  'JSON string': (text) => JSON.stringify(text).slice(1, -1),
  'JSON with \\/': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  'JSON, each character as \\u, lower case': (text) =>
    units(text)
      .map((unit) => `\\u${hex4(unit)}`)
      .join(''),
  'JSON, each character as \\u, upper case': (text) =>
    units(text)
      .map((unit) => `\\u${hex4(unit).toUpperCase()}`)
      .join(''),
  'System.Text.Json, which escapes + & < > \' "': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/\\"|[&+<>'`]/g, (char) => `\\u${hex4(char.charCodeAt(char.length - 1))}`),
  'percent, as encodeURIComponent': encodeURIComponent,
  'percent, lower case': (text) => encodeURIComponent(text).replace(/%../g, (escape) => escape.toLowerCase()),
  'percent, each byte': (text) => Array.from(Buffer.from(text), percent).join(''),
  'HTML, as a page escapes': (text) => text.replace(/[&<>"'/+=]/g, (char) => `&${NAMED[char] ?? '#39'};`),
  'HTML, decimal': (text) => Array.from(text, (char) => `&#${char.codePointAt(0)};`).join(''),
  'HTML, hexadecimal': (text) =>
    Array.from(text, (char) => `&#x${char.codePointAt(0)?.toString(16)};`).join(''),
};

/** Long enough that it cannot be there by chance; well-formed, as percent-encoding takes nothing else. */
const secrets = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 12, maxLength: 40 }),
    fc.stringMatching(/^[A-Za-z0-9~!@#$%^&*()_+=\\/"'<>. -]{12,40}$/),
  )
  .filter((text) => text.trim().length > 8 && !/REDACTED/.test(text));
const encoder = fc.constantFrom(...Object.keys(encoders));

test('a known secret is removed in every spelling, also spelled twice', () => {
  fc.assert(
    fc.property(secrets, encoder, encoder, (secret, inner, outer) => {
      const spelled = encoders[outer]?.(encoders[inner]?.(secret) ?? '') ?? '';
      // At most the rest of an escape stays: the "25" of "%25", if the secret ends with a percent sign.
      expect(redactText(`| ${spelled} |`, [secret])).toMatch(/^\| [\\%&]{0,8}REDACTED[\w#;\\]{0,8} \|$/);
    }),
    { numRuns: 1000 },
  );
});

test('a known secret that begins with another one is removed as a whole', () => {
  expect(redactText('| planted-one-two |', ['planted-one', 'planted-one-two'])).toBe('| REDACTED |');
});

test('a known secret is removed from form-encoded text, also when that is escaped once more', () => {
  fc.assert(
    fc.property(secrets, encoder, (secret, outer) => {
      const form = new URLSearchParams({ s: secret }).toString().slice(2);
      expect(redactText(`| ${encoders[outer]?.(form) ?? ''} |`, [secret])).toMatch(
        /^\| [\\%&]{0,8}REDACTED[\w#;\\]{0,8} \|$/,
      );
    }),
  );
});

test('a known secret is removed from base64 of either alphabet, wherever it begins in it', () => {
  const around = fc.stringMatching(/^[a-z0-9:]{0,7}$/);
  fc.assert(
    fc.property(
      secrets,
      around,
      around,
      fc.constantFrom('base64', 'base64url'),
      (secret, front, back, alphabet) => {
        const spelled = Buffer.from(front + secret + back).toString(alphabet);
        const clean = redactText(`| ${spelled} |`, [secret]);
        // What is left are characters that the text around shares with the secret.
        const left = clean.replace('REDACTED', '').replace(/[| ]/g, '').length;
        expect(clean).toContain('REDACTED');
        expect(left).toBeLessThanOrEqual(Math.ceil(((front.length + back.length) * 4) / 3) + 6);
      },
    ),
  );
});

test('what looks like a secret is removed in every spelling', () => {
  const value = fc.stringMatching(/^[A-Za-z0-9]{16,30}$/).map((text) => `planted${text}`);
  const shapes: ((value: string) => string)[] = [
    (v) => `https://a.example/c/b?sv=1&sig=${v}&sp=r`,
    (v) => `Authorization: Bearer ${v}`,
    (v) => `client_secret=${v}&x=1`,
    (v) => `{"access_token": "${v}", "x": 1}`,
    (v) => `{"error":{"password":"${v}"}}`,
    (v) => `<Answer><RefreshToken>${v}</RefreshToken></Answer>`,
    (v) => `<a:AccessToken xmlns:a="x"><![CDATA[${v}]]></a:AccessToken>`,
    (v) => `AccountName=a;AccountKey=${v};EndpointSuffix=core`,
    (v) => `clientSecret="${v}"`,
  ];
  fc.assert(
    fc.property(value, fc.constantFrom(...shapes), encoder, encoder, (v, shape, inner, outer) => {
      const text = encoders[outer]?.(encoders[inner]?.(shape(v)) ?? '') ?? '';
      const clean = redactText(text);
      for (const name of Object.keys(encoders))
        for (const part of [v, encoders[inner]?.(v) ?? ''])
          expect(clean).not.toContain(encoders[name]?.(part));
    }),
    { numRuns: 1000 },
  );
});

describe('a JSON text is redacted by its structure', () => {
  test.each([
    ['escaped names', '{"access\\u005ftoken":"planted\\"planted"}'],
    ['lists', '{"client_secret":["planted-a","planted-b"],"x":1}'],
    ['objects', '{"password":{"old":"planted-a","new":{"deep":"planted-b"}}}'],
    ['numbers', '{"password": 7001234567, "x": "planted".length}'.replace('"planted".length', '1')],
    [
      'account keys',
      '{"keys":[{"keyName":"key1","value":"planted=="},{"value":"planted-2","keyName":"key2"}]}',
    ],
    ['JSON in a string', JSON.stringify({ inner: JSON.stringify({ primaryKey: 'planted"quoted' }) })],
    ['JSON in a string in a list', JSON.stringify([JSON.stringify([{ refresh_token: 'planted' }])])],
  ])('%s', (_, text) => {
    const clean = redactText(text);
    expect(clean).toContain('REDACTED');
    expect(clean).not.toMatch(/planted|7001234567/);
  });

  test('and what is not secret stays as it is, spaces included', () => {
    const text = '{\n  "access_token" : "planted-value",\n  "expires_in": 3599, "list": [ 1, "two" ]\n}';
    expect(redactText(text)).toBe(text.replace('planted-value', 'REDACTED'));
  });

  test('however deep it is nested', () => {
    const deep = `${'['.repeat(50_000)}"x"${']'.repeat(50_000)}`;
    expect(redactText(deep)).toBe(deep);
  });
});

describe('cutting comes last', () => {
  test.each([10, 100, 4096, 32_768])('at %d characters', (cut) => {
    const secret = 'planted-secret-that-lies-across-the-cut';
    for (const before of [cut - 20, cut - 1, cut - secret.length])
      if (before >= 0) {
        const text = `${'x'.repeat(before)}${secret}${'y'.repeat(200)}`;
        const clean = redactText(text, [secret], cut);
        expect(clean).not.toMatch(/plan/);
        expect(clean.replace('REDACTED', '').length).toBeLessThanOrEqual(cut);
      }
  });

  test('a secret of which only a part was looked at is not shown', () => {
    const before = `eyJ${'a'.repeat(10_000)} `;
    for (let length = before.length; length < before.length + 10_000; length += 500) {
      const text = `${before}${'x'.repeat(length - before.length)} planted-${'s'.repeat(16_000)} end`;
      expect(redactText(text, [`planted-${'s'.repeat(16_000)}`], 4096)).not.toMatch(/planted/);
    }
  });
});

describe('URLs', () => {
  test('a path without a host is shown, its query by the same rules', () => {
    expect(redactUrl('/subscriptions/s?api-version=1&sig=planted')).toBe(
      '/subscriptions/s?api-version=1&sig=REDACTED',
    );
    expect(redactUrl('//host.example/x?sig=planted')).toBe('(not a URL)');
    expect(redactUrl('host.example/x?sig=planted')).toBe('(not a URL)');
  });

  test('a secret of the request is not shown in its path or in a parameter that is', () => {
    expect(
      redactUrl('https://h.example/planted-one?prefix=planted-two', ['planted-one', 'planted-two']),
    ).toBe('https://h.example/REDACTED?prefix=REDACTED');
  });
});

describe('the secrets that a request carries', () => {
  test.each([
    ['a bearer token', { headers: { authorization: 'Bearer the-token' } }, 'the-token'],
    ['a Shared Key signature', { headers: { Authorization: 'SharedKey account:c2ln=' } }, 'c2ln='],
    ['an identity header', { headers: { 'x-identity-header': 'the-header' } }, 'the-header'],
    ['a SAS', { url: 'https://h.example/c?sv=1&sig=a%2Bb%3D' }, 'a+b='],
    ['a form', { body: 'client_id=me&client_secret=a%20b%2B' }, 'a b+'],
    ['a device code', { body: 'code=the-device-code&grant_type=device_code' }, 'the-device-code'],
    ['HTTP Basic', { headers: { authorization: `Basic ${btoa('me:a%2Bb+c%3A')}` } }, 'a+b c:'],
    ['a JSON body', { body: '{"properties":{"password":"p4ss"}}' }, 'p4ss'],
  ])('%s', (_, parts, secret) => {
    expect(secretsOf(request(parts))).toContain(secret);
  });

  test('hundreds of thousands of them in a body', () => {
    const secrets = Array.from({ length: 200_000 }, (_, index) => ({ client_secret: `s${index}` }));
    expect(secretsOf(request({ body: JSON.stringify(secrets) }))).toHaveLength(secrets.length);
  });

  test('what is harmless is not among them', () => {
    const harmless = { accept: 'application/json', metadata: 'true', 'x-ms-version': '2019-12-12' };
    expect(
      secretsOf(request({ url: 'https://h.example/a?api-version=1', headers: harmless, body: 'a=b' })),
    ).toEqual([]);
  });
});

describe('errors', () => {
  test('are copied without their causes, which may point back to them', () => {
    const first: Error & { errors?: unknown[] } = new Error('first sig=planted');
    first.cause = new Error('second', { cause: first });
    first.errors = [first];
    const copy = redactError(first) as Error;
    expect(copy.message).toBe('first sig=REDACTED');
    expect(copy).not.toHaveProperty('cause');
    expect(inspect(copy, { showHidden: true, depth: Infinity })).not.toContain('planted');
  });

  test('whose parts throw when read, or are not text, are still copied', () => {
    expect(redactError({ message: 7, name: null })).toMatchObject({ name: 'Error', message: '' });
    expect(redactError(undefined)).toBeUndefined();
  });
});
