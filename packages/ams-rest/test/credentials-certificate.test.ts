import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { AmsClient, AuthenticationError } from '../src';
import {
  buildTokenRequest,
  clientAssertionForm,
  clientCertificateCredential,
  explainRefusal,
  judgeTokenResponse,
  readCertificate,
  requestToken,
  type ClientCertificateOptions,
} from '../src/credentials';
import {
  certificateAssertionClaims,
  certificateAssertionHeader,
  assertionSigningInput,
} from '../src/credentials/certificate-assertion';
import { authorityOf, claimsOf, emulatorForFile, headerOf, watchedTransport } from './helpers/emulator';
import { rsaCertificate, type RsaCertificate } from './helpers/rsa-certificate';
import { everyPrint, rejection } from './helpers/values';

const emulator = emulatorForFile();
const SCOPE = 'https://rest.media.azure.net/.default';

let registered: RsaCertificate;
let stranger: RsaCertificate;
beforeAll(async () => {
  [registered, stranger] = await Promise.all([rsaCertificate('registered'), rsaCertificate('stranger')]);
  emulator().entra.addCertificate(registered.cert);
});

function credential(options: Partial<ClientCertificateOptions> = {}) {
  const watched = watchedTransport();
  const made = clientCertificateCredential({
    ...authorityOf(emulator()),
    certificate: registered.pem,
    transport: watched.transport,
    ...options,
  });
  return { ...watched, getToken: () => made.getToken(SCOPE), made };
}

async function refusedCodes(promise: Promise<unknown>): Promise<readonly number[]> {
  const error = await rejection(promise);
  if (!(error instanceof AuthenticationError)) throw error;
  return error.errorCodes;
}

describe('the assertion, which is plain values until it is signed', () => {
  const sha1 = Buffer.from('DA39A3EE5E6B4B0D3255BFEF95601890AFD80709', 'hex');
  const certificate = { sha1, sha256: createHash('sha256').digest(), chain: [Buffer.from([255, 254, 253])] };

  test('names the certificate by the bytes of its thumbprint, not by their hexadecimal text', () => {
    expect(certificateAssertionHeader(certificate, { thumbprint: 'x5t', algorithm: 'RS256' })).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      x5t: '2jmj7l5rSw0yVb_vlWAYkK_YBwk',
    });
  });

  test('is PS256 with x5t#S256 unless told otherwise', () => {
    expect(certificateAssertionHeader(certificate)).toEqual({
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
    });
  });

  test('carries certificates in plain base64 when asked to', () => {
    expect(certificateAssertionHeader(certificate, { sendCertificateChain: true })['x5c']).toEqual(['//79']);
  });

  test('is valid ten minutes, and five minutes back', () => {
    expect(
      certificateAssertionClaims('me', 'https://sts.example/t', { now: 1_000_000_999, jwtId: 'id' }),
    ).toEqual({
      aud: 'https://sts.example/t',
      iss: 'me',
      sub: 'me',
      jti: 'id',
      nbf: 1_000_000 - 300,
      exp: 1_000_000 + 600,
    });
  });

  test('is signed over ASCII text without padding', () => {
    expect(assertionSigningInput({ a: '>>>' }, { b: 'ü' })).toBe('eyJhIjoiPj4-In0.eyJiIjoiw7wifQ');
  });
});

describe('a token by certificate', () => {
  test('opens the Media Services API', async () => {
    const ams = new AmsClient({ endpoint: emulator().apiEndpoint, credential: credential().made });
    expect((await ams.request('GET', 'Assets')).status).toBe(200);
  });

  test.each([
    ['by default', {}, 'PS256', 'x5t#S256'],
    ['RS256', { algorithm: 'RS256' as const }, 'RS256', 'x5t#S256'],
    ['x5t', { algorithm: 'RS256' as const, thumbprint: 'x5t' as const }, 'RS256', 'x5t'],
    ['version 1', { endpointVersion: 'v1' as const }, 'PS256', 'x5t#S256'],
  ])('%s', async (_, options, alg, thumbprint) => {
    const { getToken, forms } = credential(options);
    expect(claimsOf((await getToken()).token)['appidacr']).toBe('2');
    const header = headerOf(forms()[0]?.['client_assertion']);
    expect(Object.keys(header)).toEqual(['alg', 'typ', thumbprint]);
    expect(header['alg']).toBe(alg);
    expect(forms()[0]).not.toHaveProperty('client_secret');
  });

  test('each exchange has a fresh assertion, and the audience is the very endpoint', async () => {
    const { made, forms, requests } = credential();
    const first = await made.getToken(SCOPE);
    await made.getToken(SCOPE, { refusedToken: first.token });
    const [one, two] = forms().map((form) => claimsOf(form['client_assertion']));
    expect(one?.['jti']).not.toBe(two?.['jti']);
    expect(one?.['aud']).toBe(requests[0]?.url);
  });

  test('subject name and issuer: an unregistered certificate of a trusted authority, sent along', async () => {
    const authority = await rsaCertificate('authority');
    const rolled = await rsaCertificate('rolled', authority);
    emulator().entra.trustSubject(new X509Certificate(rolled.cert).subject, authority.cert);
    const certificate = rolled.pem + authority.cert;
    expect(await refusedCodes(credential({ certificate }).getToken())).toEqual([700027]);
    const { getToken, forms } = credential({ certificate, sendCertificateChain: true });
    await getToken();
    expect(headerOf(forms()[0]?.['client_assertion'])['x5c']).toHaveLength(2);
    const foreign = credential({ certificate: stranger.pem, sendCertificateChain: true });
    expect(await refusedCodes(foreign.getToken())).toEqual([700030]);
  });

  test('a certificate that is not registered: 700027', async () => {
    expect(await refusedCodes(credential({ certificate: stranger.pem }).getToken())).toEqual([700027]);
  });

  test.each([
    [-1200, '1200 s behind'],
    [1200, '1200 s ahead of'],
    [10, ''],
  ])('an error about the assertion’s time tells that the clock is %d s off', (seconds, words) => {
    const form = clientAssertionForm('me', 'a.b.c');
    const request = buildTokenRequest({ tenantId: 't' }, form, SCOPE);
    const date = Date.UTC(2025, 0, 1);
    const judge = (codes: readonly number[]) => () =>
      judgeTokenResponse(
        request,
        {
          status: 401,
          headers: { date: new Date(date).toUTCString() },
          body: Buffer.from(JSON.stringify({ error: 'invalid_client', error_codes: codes })),
        },
        date + seconds * 1000,
        explainRefusal,
      );
    expect(judge([700024])).toThrow(words && `(it is ${words} the service’s clock)`);
    if (!words) expect(judge([700024])).not.toThrow(/the service’s clock/);
    expect(judge([700027])).not.toThrow(/the service’s clock/);
  });
});

describe('assertions that the emulator sees through', () => {
  const assertion = (header: object, claims: object, sign = true) => {
    const key = readCertificate(registered.pem);
    const audience = `${emulator().authorityHost}/${emulator().tenantId}/oauth2/v2.0/token`;
    const good = certificateAssertionClaims(emulator().clientId, audience, { now: Date.now(), jwtId: 'x' });
    const input = assertionSigningInput(
      { ...certificateAssertionHeader(key), ...header },
      { ...good, ...claims },
    );
    const signature = sign ? key.sign('PS256', input) : Buffer.from('nonsense');
    return `${input}.${Buffer.from(signature).toString('base64url')}`;
  };
  const hexThumbprint = () => {
    const { fingerprint256 } = new X509Certificate(registered.cert);
    return Buffer.from(fingerprint256.replaceAll(':', '')).toString('base64url');
  };

  test.each([
    ['hexadecimal text as thumbprint', () => assertion({ 'x5t#S256': hexThumbprint() }, {}), 700027],
    ['no thumbprint', () => assertion({ 'x5t#S256': undefined }, {}), 5002723],
    ['a broken signature', () => assertion({}, {}, false), 700027],
    ['no signature algorithm', () => assertion({ alg: 'none' }, {}), 5002738],
    ['a foreign issuer', () => assertion({}, { iss: 'https://elsewhere.example' }), 700021],
    ['a foreign subject', () => assertion({}, { sub: 'somebody' }), 50048],
    ['a foreign audience', () => assertion({}, { aud: 'https://sts.example/token' }), 50012],
    ['an end in the past', () => assertion({}, { exp: 1_600_000_000 }), 700024],
    ['no end', () => assertion({}, { exp: undefined }), 700024],
    ['claims that are no JSON', () => 'e30.eyJ.AAAA', 50027],
  ])('%s', async (_, make, code) => {
    const { transport } = watchedTransport();
    const form = clientAssertionForm(emulator().clientId, make());
    expect(await refusedCodes(requestToken(transport, authorityOf(emulator()), form, SCOPE))).toEqual([code]);
  });
});

describe('reading certificates', () => {
  test('with a passphrase', async () => {
    const certificate = registered.encrypted('open sesame');
    await expect(credential({ certificate, passphrase: 'open sesame' }).getToken()).resolves.toBeDefined();
    for (const passphrase of ['wrong', undefined]) {
      expect(() => readCertificate(certificate, passphrase)).toThrow(/passphrase is missing or wrong/);
    }
  });

  test('the client’s own certificate is found among others, in any order', () => {
    const key = readCertificate(Buffer.from(stranger.cert + registered.cert + registered.key));
    expect(key.chain.map((der) => Buffer.from(der))).toEqual(
      [registered.cert, stranger.cert].map((pem) => new X509Certificate(pem).raw),
    );
  });

  test.each([
    ['PKCS#12', () => Buffer.from('3082', 'hex'), /openssl pkcs12/],
    ['no key', () => registered.cert, /no RSA private key/],
    ['no certificate', () => registered.key, /no certificate that belongs/],
    ['a foreign key', () => stranger.key + registered.cert, /no certificate that belongs/],
    [
      'a damaged certificate',
      () => registered.key + registered.cert.replace(/\n.{8}/, '\nAAAAAAAA'),
      /damaged/,
    ],
    ['an elliptic curve', () => ellipticKey() + registered.cert, /not an RSA key/],
  ])('%s is a TypeError that quotes nothing', (_, pem, words) => {
    const read = () => readCertificate(pem());
    expect(read).toThrow(TypeError);
    expect(read).toThrow(words);
  });

  function ellipticKey(): string {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }
});

test('neither form nor error nor credential prints the assertion or the key', async () => {
  const { made, forms, getToken } = credential({ certificate: stranger.pem });
  const error = await rejection(getToken());
  const assertion = forms()[0]?.['client_assertion'] ?? '';
  const signature = assertion.split('.')[2] ?? 'missing';
  const form = clientAssertionForm('me', assertion);
  for (const print of [
    ...[made, error].map((value) => everyPrint(value)),
    inspect(form),
    JSON.stringify(form),
  ]) {
    expect(print).not.toContain(signature);
    expect(print).not.toContain('PRIVATE KEY');
  }
});

test.each(['', 'not a jwt', 'a.b', 'a.b.c.d', 'a.b.c\n'])('%j is no assertion', (assertion) => {
  expect(() => clientAssertionForm('me', assertion)).toThrow(TypeError);
});
