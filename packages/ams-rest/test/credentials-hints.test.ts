import { AADSTS_HINTS } from '../src/credentials/aadsts-hints';
import { AmsClient, AuthenticationError, clientSecretCredential } from '../src';
import {
  buildTokenRequest,
  CHINA_CLOUD,
  clientSecretForm,
  describeAccessToken,
  explainRefusal,
  PUBLIC_CLOUD,
  requestToken,
  tokenEndpoint,
  US_GOVERNMENT_CLOUD,
  withBasicAuthentication,
  withCapabilities,
} from '../src/credentials';
import { PUBLIC_AUTHORITY_HOST } from '../src/token/token-endpoint';
import { authorityOf, claimsOf, emulatorForFile, watchedTransport } from './helpers/emulator';
import { rejection } from './helpers/values';

const emulator = emulatorForFile();
const SCOPE = 'https://rest.media.azure.net/.default';
const FORM = clientSecretForm('id: 1', 'a+b&c=%/ä ~');

describe('hints', () => {
  /** Asks once, without waiting for what might be worth repeating. */
  async function refusedWith(code: number): Promise<Error> {
    emulator().entra.refuseNext(code);
    const form = clientSecretForm(emulator().clientId, emulator().clientSecret);
    const { transport } = watchedTransport();
    const options = { retry: { maxRetries: 0 }, explain: explainRefusal };
    return rejection(requestToken(transport, authorityOf(emulator()), form, SCOPE, options));
  }

  test.each(Object.entries(AADSTS_HINTS))('AADSTS%s', async (code, hint) => {
    const error = await refusedWith(Number(code));
    expect(error).toBeInstanceOf(AuthenticationError);
    // With a secret sent, 50012 is about the secret.
    const expected = code === '50012' ? AADSTS_HINTS[7000215] : hint;
    expect(error).toMatchObject({ errorCodes: [Number(code)], hint: expected });
    expect(error.message).toContain(expected);
  });

  test('50012 is about what was sent', () => {
    const sent = (field: string) =>
      explainRefusal({ errorCodes: [70002, 50012], sentFields: [field], date: undefined, sentAt: 0 });
    expect(sent('client_secret')).toMatch(/client secret is wrong/);
    expect(sent('client_assertion')).toMatch(/assertion was refused/);
  });

  test('there is one for every number that the emulator knows', () => {
    const known = Object.keys(AADSTS_HINTS).map(Number);
    expect([...emulator().entra.aadstsCodes].sort()).toEqual(known.sort());
  });

  test('an unknown number has none', async () => {
    const { transport } = watchedTransport();
    const error = await rejection(
      requestToken(
        async (request) => ({
          ...(await transport(request)),
          status: 400,
          body: Buffer.from('{"error":"invalid_request","error_codes":[1]}'),
        }),
        authorityOf(emulator()),
        FORM,
        SCOPE,
        { explain: explainRefusal },
      ),
    );
    expect(error).toMatchObject({ code: 'invalid_request', errorCodes: [1], hint: '' });
  });
});

describe('HTTP Basic', () => {
  test('id and secret are form-encoded before they are joined, and leave the form', () => {
    const request = withBasicAuthentication(buildTokenRequest({ tenantId: 't' }, FORM, SCOPE));
    const [scheme, credentials = ''] = (request.headers['authorization'] ?? '').split(' ');
    expect(scheme).toBe('Basic');
    expect(Buffer.from(credentials, 'base64').toString()).toBe('id%3A+1:a%2Bb%26c%3D%25%2F%C3%A4+%7E');
    expect(Object.fromEntries(new URLSearchParams(String(request.body)))).toEqual({
      grant_type: 'client_credentials',
      scope: SCOPE,
    });
    expect(JSON.stringify(request)).not.toContain(credentials);
  });

  test('a token by it; a wrong secret is in no error', async () => {
    const { transport, requests } = watchedTransport();
    const options = {
      ...authorityOf(emulator()),
      transport,
      authenticate: withBasicAuthentication,
    };
    const good = clientSecretCredential({ ...options, clientSecret: emulator().clientSecret });
    expect(claimsOf((await good.getToken(SCOPE)).token)['appidacr']).toBe('1');
    expect(String(requests[0]?.body)).not.toMatch(/client_(id|secret)=/);
    const wrong = clientSecretCredential({ ...options, clientSecret: 'not-the-secret' });
    const error = await rejection(wrong.getToken(SCOPE));
    expect(error).toMatchObject({ errorCodes: [7000215] });
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('not-the-secret');
  });

  test('a form without a secret is a TypeError', () => {
    const request = buildTokenRequest({ tenantId: 't' }, { client_id: 'me' }, SCOPE);
    expect(() => withBasicAuthentication(request)).toThrow(TypeError);
  });
});

describe('claims and capabilities', () => {
  const CHALLENGE = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}},"id_token":{}}';

  test('nothing is declared unless asked for', async () => {
    const { transport, forms } = watchedTransport();
    const { clientSecret } = emulator();
    await clientSecretCredential({ ...authorityOf(emulator()), clientSecret, transport }).getToken(SCOPE);
    expect(forms()[0]).not.toHaveProperty('claims');
  });

  test('cp1, and merged with a challenge', () => {
    expect(withCapabilities(['cp1'])()).toBe('{"access_token":{"xms_cc":{"values":["cp1"]}}}');
    expect(JSON.parse(withCapabilities(['cp1'])(CHALLENGE))).toEqual({
      access_token: { nbf: { essential: true, value: '1604106651' }, xms_cc: { values: ['cp1'] } },
      id_token: {},
    });
  });

  test('the token says what was declared', async () => {
    const { clientSecret } = emulator();
    const options = { ...authorityOf(emulator()), clientSecret, transport: watchedTransport().transport };
    const capable = clientSecretCredential({ ...options, requestClaims: withCapabilities(['cp1']) });
    expect(claimsOf((await capable.getToken(SCOPE)).token)['xms_cc']).toEqual(['cp1']);
    expect(claimsOf((await clientSecretCredential(options).getToken(SCOPE)).token)).not.toHaveProperty(
      'xms_cc',
    );
  });

  test('a challenge of the API is answered by a token asked for with its claims and the capability', async () => {
    const { apiEndpoint, clientSecret, controlEndpoint } = emulator();
    const { transport, forms } = watchedTransport();
    const options = {
      ...authorityOf(emulator()),
      clientSecret,
      transport,
      requestClaims: withCapabilities(['cp1']),
    };
    const ams = new AmsClient({
      endpoint: apiEndpoint,
      credential: clientSecretCredential(options),
      transport,
    });
    await ams.request('GET', 'Assets');
    const setChallenge = (challenge: boolean) =>
      fetch(`${controlEndpoint}tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ challenge }),
      });
    await setChallenge(true);
    try {
      expect((await ams.request('GET', 'Assets')).status).toBe(200);
    } finally {
      await setChallenge(false);
    }
    expect(forms()).toHaveLength(2);
    expect(JSON.parse(forms()[1]?.['claims'] ?? '')).toEqual({
      access_token: {
        nbf: { essential: true, value: expect.stringMatching(/^\d+$/) as string },
        xms_cc: { values: ['cp1'] },
      },
    });
  });

  test.each(['', 'null', '[]', '"x"', '{'])('%j is no challenge', (challenge) => {
    expect(() => withCapabilities(['cp1'])(challenge)).toThrow(TypeError);
  });
});

describe('clouds', () => {
  test.each([PUBLIC_CLOUD, CHINA_CLOUD, US_GOVERNMENT_CLOUD])('$authorityHost', (cloud) => {
    expect(tokenEndpoint({ tenantId: 't', authorityHost: cloud.authorityHost })).toMatch(
      /^https:.*\/t\/oauth2/,
    );
    expect(cloud.mediaServicesResource).not.toMatch(/\/$/);
    expect(cloud.resourceManagerResource).toMatch(/\/$/);
  });

  test('the public one is the default', () => {
    expect(PUBLIC_CLOUD.authorityHost).toBe(PUBLIC_AUTHORITY_HOST);
  });
});

describe('describeAccessToken', () => {
  const jwt = (claims: object) =>
    ['{"typ":"JWT","alg":"none"}', JSON.stringify(claims)]
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  const parties = (claims: object) =>
    describeAccessToken(jwt(claims))?.attributes.map(({ party, name, value }) => `${party} ${name}=${value}`);

  test('version 1.0', () => {
    expect(parties({ appid: 'a', appidacr: '1', oid: 'o', idp: 'i', tid: 't', iss: 's', aud: 'r' })).toEqual([
      'client appid=a',
      'client appidacr=1',
      'client oid=o',
      'identity provider idp=i',
      'identity provider tid=t',
      'STS iss=s',
      'resource aud=r',
    ]);
  });

  test('version 2.0 has other names, and no idp for applications', () => {
    expect(parties({ azp: 'a', azpacr: '2', oid: 'o', tid: 't', iss: 's', aud: 'r', ver: '2.0' })).toEqual([
      'client azp=a',
      'client azpacr=2',
      'client oid=o',
      'identity provider tid=t',
      'STS iss=s',
      'resource aud=r',
    ]);
  });

  test('what is expired, unsigned or for somebody else is described all the same', () => {
    expect(parties({ exp: 1, aud: 'elsewhere' })).toEqual(['resource aud=elsewhere']);
  });

  test('claims of another type are ignored; what is not a JWT is not an error', () => {
    expect(parties({ aud: ['r'], appid: 7, iss: null })).toEqual([]);
    for (const text of ['', 'opaque', 'a.b', 'a.b.c', '.', 'bnVsbA.bnVsbA', '\0.\ud800', 'eyJ.eyJ.']) {
      expect(describeAccessToken(text)).toBeUndefined();
    }
  });
});
