/** A bearer token reaches no host that was not allowed, however the address is written. */
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { AmsClient, undiciTransport, type HttpRequest, type Transport } from '../src';
import { assertMayGetToken } from '../src/rest/bearer';
import { parseBaseUrl } from '../src/http/url';
import { closing } from './helpers/closing';
import { answer, startServer } from './helpers/scripted-server';
import { listCredential } from './helpers/values';

const HOST = 'acct.restv2.westus.media.azure.net';
const SECOND = 'second.example';
const ALLOWED = [`https://${HOST}`, `https://${SECOND}:8443`];

/** Hosts that are, resemble, contain or hide an allowed one. */
const host = fc.oneof(
  fc.constantFrom(
    HOST,
    HOST.toUpperCase(),
    `${HOST}.`,
    `${HOST}..`,
    `${HOST}.evil.example`,
    `evil.example`,
    `evil-${HOST}`,
    `evil.example#${HOST}`,
    `evil.example/${HOST}`,
    `evil.example?${HOST}`,
    `evil.example\\${HOST}`,
    `evil.example%2f${HOST}`,
    `evil.example%00${HOST}`,
    `${HOST}%2eevil.example`,
    `${HOST}%5c.evil.example`,
    `${HOST}\\.evil.example`,
    `${HOST}\t.evil.example`,
    `a\u0441\u0441t.restv2.westus.media.azure.net`,
    `acct\u3002restv2.westus.media.azure.net`,
    `\uff41cct.restv2.westus.media.azure.net`,
    'xn--80ak6aa92e.example',
    'b\u00fccher.example',
    SECOND,
    'localhost',
    '127.0.0.1',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::]',
    '169.254.169.254',
    '',
  ),
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
);
const scheme = fc.constantFrom(
  'https://',
  'http://',
  'HTTPS://',
  'https:',
  'https:/',
  'https:\\\\',
  '//',
  '\\\\',
  '/\\',
  '///',
  'ftp://',
  'javascript:',
  'https:// ',
  '\thttps://',
  '',
);
const user = fc.constantFrom(
  '',
  '',
  '',
  'user@',
  'user:pass@',
  `${HOST}@`,
  `${HOST}:443@`,
  `${HOST}%40`,
  '@',
  ':@',
  `${HOST}\\@`,
  `${HOST}#@`,
);
const port = fc.constantFrom(
  '',
  '',
  '',
  ':443',
  ':0443',
  ':8443',
  ':80',
  ':',
  ':65536',
  ':443@evil.example',
  ':8443/',
  ': 443',
);
const path = fc.oneof(
  fc.constantFrom(
    '',
    '/',
    '/api/',
    '/api',
    '//evil.example/',
    '/..//evil.example/',
    '/api/?x=1',
    '/api/#x',
    '\\\\evil.example',
    '/%2e%2e/',
  ),
  fc.webPath(),
);
const address = fc.tuple(scheme, user, host, port, path).map((parts) => parts.join(''));

/** Remembers what was sent; the first answer is as given, the others are empty lists. */
function recording(first?: { status: number; headers: Record<string, string> }) {
  const sent: HttpRequest[] = [];
  const transport: Transport = (request) => {
    sent.push(request);
    const answered = sent.length === 1 && first ? first : { status: 200, headers: {} };
    return Promise.resolve({
      ...answered,
      body: Buffer.from(answered.status === 200 ? '{"d":{"results":[]}}' : ''),
    });
  };
  return { sent, transport };
}

/** Told apart by letters, not by the URL parser that the library itself uses. */
const isAllowed = (url: string) => ALLOWED.some((origin) => url.startsWith(`${origin}/`));

test('after a 301 to anywhere', async () => {
  await fc.assert(
    fc.asyncProperty(address, async (location) => {
      const { sent, transport } = recording({ status: 301, headers: { location } });
      const client = new AmsClient({
        endpoint: `https://${HOST}/api/`,
        allowedOrigins: ALLOWED,
        credential: listCredential('token'),
        transport,
      });
      await client.request('GET', 'Assets').catch(() => undefined);
      await client.request('GET', 'Jobs').catch(() => undefined);
      expect(sent.length).toBeGreaterThan(1);
      for (const { url } of sent) expect([url, isAllowed(url)]).toEqual([url, true]);
    }),
    { numRuns: 2000 },
  );
});

test('by any path, and nothing outside the API root is asked', async () => {
  const anyPath = fc.oneof(address, path, fc.string({ unit: 'binary' }), fc.webPath());
  await fc.assert(
    fc.asyncProperty(anyPath, async (requested) => {
      const { sent, transport } = recording();
      const client = new AmsClient({
        endpoint: `https://${HOST}/api/`,
        credential: listCredential('token'),
        transport,
      });
      await client
        .request('GET', requested)
        .catch((error: unknown) => expect(error).toBeInstanceOf(TypeError));
      for (const { url } of sent) {
        expect(url.startsWith(`https://${HOST}/api/`)).toBe(true);
        // And what a server would make of it is the same.
        expect(new URL(url).href).toBe(url);
      }
    }),
    { numRuns: 2000 },
  );
});

test('the rule itself', () => {
  fc.assert(
    fc.property(address, (text) => {
      fc.pre(URL.canParse(text));
      const url = new URL(text);
      let allowed = true;
      try {
        assertMayGetToken(text, new Set(ALLOWED));
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        allowed = false;
      }
      expect(allowed).toBe(isAllowed(url.href));
    }),
    // Without a path, and one letter longer than an origin that is allowed.
    { numRuns: 5000, examples: [[`https://${HOST}.`], [`https://${HOST}:`], [`https://${SECOND}:84430`]] },
  );
});

test('plain http is allowed on this machine only', () => {
  const here = new BlockList();
  here.addSubnet('127.0.0.0', 8);
  here.addAddress('::1', 'ipv6');
  fc.assert(
    fc.property(host, port, (name, number) => {
      const text = `http://${name}${number}/`;
      fc.pre(URL.canParse(text));
      const { hostname } = new URL(text);
      const bare = hostname.replace(/^\[|\]$/g, '');
      const version = isIP(bare);
      const loopback =
        version === 0 ? hostname === 'localhost' : here.check(bare, version === 6 ? 'ipv6' : 'ipv4');
      let accepted = true;
      try {
        parseBaseUrl(text, 'endpoint');
      } catch {
        accepted = false;
      }
      // The IPv4 addresses inside IPv6 are refused too: no client needs them.
      if (accepted) expect([hostname, loopback]).toEqual([hostname, true]);
    }),
    { numRuns: 3000 },
  );
});

test('plain http is refused even when its origin is named', () => {
  const named = new Set(['http://second.example', 'http://127.0.0.1:8080']);
  expect(() => assertMayGetToken('http://second.example/api/', named)).toThrow(TypeError);
  expect(() => assertMayGetToken('http://127.0.0.1:8080/api/', named)).not.toThrow();
});

test('over real sockets: a server beside the allowed one is never asked', async () => {
  const evil = closing(await startServer(answer(200, { d: { results: [] } })));
  let location = '';
  const good = closing(await startServer(() => answer(301, '', { location })));
  const transport = closing(undiciTransport());
  const goodHost = `127.0.0.1:${good.port}`;
  const evilHost = `127.0.0.1:${evil.port}`;
  const locations = [
    `http://${evilHost}/api/`,
    `//${evilHost}/api/`,
    `\\\\${evilHost}\\api\\`,
    `/\\${evilHost}/api/`,
    `http:${evilHost}/api/`,
    `http://${goodHost}@${evilHost}/api/`,
    `http://${goodHost}#@${evilHost}/`,
    `http://${evilHost}#${goodHost}`,
    `http://localhost:${evil.port}/`,
    `http://[::ffff:127.0.0.1]:${evil.port}/`,
    `https://${evilHost}/`,
    `http://2130706433:${evil.port}/`,
    `http://${goodHost}/\r\nLocation: http://${evilHost}/`,
  ];
  for (location of locations) {
    const client = new AmsClient({
      endpoint: `${good.origin}/api/`,
      credential: listCredential('t'),
      transport,
    });
    await client.request('GET', 'Assets').catch(() => undefined);
  }
  expect(good.received.length).toBeGreaterThanOrEqual(locations.length);
  expect(evil.connections()).toBe(0);
});
