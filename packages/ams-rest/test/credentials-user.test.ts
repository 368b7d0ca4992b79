import { AmsClient, AuthenticationError } from '../src';
import {
  authorizationCodeCredential,
  authorizationCodeForm,
  authorizationUrl,
  createPkce,
  judgeAuthorizationResponse,
  refreshTokenCredential,
  refreshTokenForm,
  requestToken,
  userScope,
  type AuthorizationCodeOptions,
  withCapabilities,
} from '../src/credentials';
import { authorityOf, claimsOf, emulatorForFile, watchedTransport } from './helpers/emulator';
import { everyPrint, rejection } from './helpers/values';

const emulator = emulatorForFile();
const SCOPE = 'https://rest.media.azure.net/.default';
const VERSIONS = ['v1', 'v2'] as const;

afterEach(() => emulator().entra.personDeclines(false));

/** A browser: goes where it is sent. */
const browser = async (url: string) => {
  const response = await fetch(url);
  return response.text();
};

function byCode(options: Partial<AuthorizationCodeOptions> = {}) {
  const watched = watchedTransport();
  const signIns: string[] = [];
  const credential = authorizationCodeCredential({
    ...authorityOf(emulator()),
    transport: watched.transport,
    openBrowser: (url) => {
      signIns.push(url);
      return browser(url);
    },
    ...options,
  });
  return { ...watched, credential, signIns };
}

describe.each(VERSIONS)('authorization code, %s', (endpointVersion) => {
  test('a person signs in once; the token speaks for them, and opens the API', async () => {
    const { credential, signIns, forms } = byCode({ endpointVersion });
    const token = await credential.getToken(SCOPE);
    expect(claimsOf(token.token)).toMatchObject({
      scp: 'user_impersonation',
      upn: emulator().entra.user.userPrincipalName,
      appidacr: '0',
    });
    expect(token.refreshToken).toEqual(expect.any(String));
    const ams = new AmsClient({ endpoint: emulator().apiEndpoint, credential });
    expect((await ams.request('GET', 'Assets')).status).toBe(200);
    expect(signIns).toHaveLength(1);
    expect(forms()[0]).toMatchObject({ grant_type: 'authorization_code' });
    expect(forms()[0]).not.toHaveProperty('client_secret');
  });

  test('later tokens come by the refresh token, without the person', async () => {
    const kept: string[] = [];
    const { credential, signIns, forms } = byCode({
      endpointVersion,
      onRefreshToken: (t) => void kept.push(t),
    });
    const { token, refreshToken } = await credential.getToken(SCOPE);
    const next = await credential.getToken(SCOPE, { refusedToken: token });
    expect(next.token).not.toBe(token);
    expect(signIns).toHaveLength(1);
    expect(forms()[1]).toMatchObject({ grant_type: 'refresh_token', refresh_token: refreshToken });
    expect(kept).toEqual([refreshToken, next.refreshToken]);
  });

  test('when the refresh token has ended, the person is asked again', async () => {
    const { credential, signIns } = byCode({ endpointVersion });
    const { token } = await credential.getToken(SCOPE);
    emulator().entra.revokeSignIns();
    await credential.getToken(SCOPE, { refusedToken: token });
    expect(signIns).toHaveLength(2);
  });
});

describe('authorization code', () => {
  test('a person who declines', async () => {
    emulator().entra.personDeclines(true);
    const { credential } = byCode();
    const error = await rejection(credential.getToken(SCOPE));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: 'access_denied', hint: 'the user declined to consent' });
  });

  test('a browser that cannot be opened, and a person who never comes back', async () => {
    const broken = new Error('no browser here');
    const failing = byCode({ openBrowser: () => Promise.reject(broken) });
    expect(await rejection(failing.credential.getToken(SCOPE))).toBe(broken);
    const patient = byCode({ openBrowser: () => undefined, signInTimeoutMs: 20 });
    expect(await rejection(patient.credential.getToken(SCOPE))).toMatchObject({ name: 'TimeoutError' });
  });

  test('a caller who gives up ends the sign-in, and the port is free again', async () => {
    const controller = new AbortController();
    let redirectUri = '';
    const { credential } = byCode({
      openBrowser: (url) => {
        redirectUri = new URL(url).searchParams.get('redirect_uri') ?? '';
        controller.abort(new Error('enough'));
      },
    });
    const waiting = credential.getToken(SCOPE, { abortSignal: controller.signal });
    expect((await rejection(waiting)).message).toBe('enough');
    expect((await rejection(fetch(redirectUri))).message).toBe('fetch failed');
  });

  test('what knocks without the right state is turned away and changes nothing', async () => {
    const statuses: number[] = [];
    const { credential } = byCode({
      openBrowser: async (url) => {
        const { redirect_uri: uri = '', state = '' } = Object.fromEntries(new URL(url).searchParams);
        for (const path of [
          '/favicon.ico',
          '/?code=evil',
          '/?code=evil&state=guessed',
          `/?code=evil&state=${state}&state=${state}`,
          `/?state=${state}`,
          `/elsewhere?code=evil&state=${state}`,
        ]) {
          statuses.push((await fetch(uri + path)).status);
        }
        statuses.push((await fetch(`${uri}/?code=evil&state=${state}`, { method: 'POST' })).status);
        return browser(url);
      },
    });
    await credential.getToken(SCOPE);
    expect(statuses).toEqual(Array(7).fill(404));
  });

  test('the page that ends it says nothing of what came, and is kept nowhere', async () => {
    const { credential } = byCode({
      openBrowser: async (url) => {
        const response = await fetch(url);
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(response.headers.get('referrer-policy')).toBe('no-referrer');
        expect(await response.text()).toMatch(/^Signed in\. You can close/);
      },
    });
    await credential.getToken(SCOPE);
  });

  test('a claims challenge goes to the sign-in too', async () => {
    const { credential, signIns } = byCode({ requestClaims: withCapabilities(['cp1']) });
    await credential.getToken(SCOPE, { claims: '{"access_token":{"acrs":{"value":"c1"}}}' });
    expect(JSON.parse(new URL(signIns[0] ?? '').searchParams.get('claims') ?? '')).toEqual({
      access_token: { acrs: { value: 'c1' }, xms_cc: { values: ['cp1'] } },
    });
  });

  test('the address carries the challenge and not the verifier', async () => {
    const { codeVerifier, codeChallenge: challenge } = await createPkce();
    const asked = { clientId: 'me', redirectUri: 'http://localhost:1', state: 's', codeChallenge: challenge };
    const url = authorizationUrl({ tenantId: 'contoso.com' }, { ...asked, scope: SCOPE, prompt: 'login' });
    expect(url).not.toContain(codeVerifier);
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_id: 'me',
      response_type: 'code',
      response_mode: 'query',
      redirect_uri: 'http://localhost:1',
      scope: SCOPE,
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      prompt: 'login',
    });
  });

  test('an answer without code or error is refused', () => {
    const judge = (query: string) => () =>
      judgeAuthorizationResponse('https://login.example/', new URLSearchParams(query));
    expect(judge('code=abc')()).toBe('abc');
    expect(judge('')).toThrow(AuthenticationError);
    expect(judge('code=abc&error=server_error')).toThrow(/server_error/);
  });
});

describe('the emulator sees through wrong codes', () => {
  const signIn = async (state = 's') => {
    const { codeVerifier, codeChallenge: challenge } = await createPkce();
    const redirectUri = 'http://localhost:9';
    const { clientId } = emulator();
    const asked = { clientId, redirectUri, state, scope: SCOPE, codeChallenge: challenge };
    const response = await fetch(authorizationUrl(authorityOf(emulator()), asked), { redirect: 'manual' });
    const { searchParams } = new URL(response.headers.get('location') ?? '');
    return { code: searchParams.get('code') ?? '', redirectUri, codeVerifier };
  };
  const redeem = (redemption: Awaited<ReturnType<typeof signIn>>) => {
    const form = authorizationCodeForm(emulator().clientId, redemption);
    return requestToken(watchedTransport().transport, authorityOf(emulator()), form, SCOPE);
  };

  test('redeemed twice, wrong verifier, other redirect, too late, never given', async () => {
    const good = await signIn();
    await expect(redeem(good)).resolves.toBeDefined();
    expect(await rejection(redeem(good))).toMatchObject({ errorCodes: [54005] });
    const { codeVerifier } = await createPkce();
    expect(await rejection(redeem({ ...(await signIn()), codeVerifier }))).toMatchObject({
      errorCodes: [501481],
    });
    const redirectUri = 'http://localhost:10';
    expect(await rejection(redeem({ ...(await signIn()), redirectUri }))).toMatchObject({
      errorCodes: [500112],
    });
    const late = await signIn();
    emulator().clock.advance(600_000);
    expect(await rejection(redeem(late))).toMatchObject({ errorCodes: [70008] });
    expect(await rejection(redeem({ ...late, code: 'made up' }))).toMatchObject({ errorCodes: [70000] });
  });

  test('a public client with a secret', async () => {
    const form = authorizationCodeForm(emulator().clientId, { ...(await signIn()), clientSecret: 'secret' });
    const sent = requestToken(watchedTransport().transport, authorityOf(emulator()), form, SCOPE);
    expect(await rejection(sent)).toMatchObject({ errorCodes: [700025] });
  });
});

describe('refresh token', () => {
  const earlier = async () => (await byCode().credential.getToken(SCOPE)).refreshToken ?? '';

  test('goes on from an earlier sign-in, for any resource, and keeps the newest refresh token', async () => {
    const { transport, forms } = watchedTransport();
    const refreshToken = await earlier();
    const credential = refreshTokenCredential({ ...authorityOf(emulator()), refreshToken, transport });
    const storage = await credential.getToken('https://storage.azure.com//.default');
    await credential.getToken(SCOPE);
    expect(claimsOf(storage.token)['aud']).toBe('https://storage.azure.com/');
    expect(forms().map((form) => form['refresh_token'])).toEqual([refreshToken, storage.refreshToken]);
  });

  test('revoked, or unused for ninety days: the error says to sign in again', async () => {
    const refreshToken = await earlier();
    const { transport } = watchedTransport();
    const credential = refreshTokenCredential({ ...authorityOf(emulator()), refreshToken, transport });
    emulator().clock.advance(91 * 86_400_000);
    expect(await rejection(credential.getToken(SCOPE))).toMatchObject({
      code: 'invalid_grant',
      errorCodes: [700082],
      hint: expect.stringMatching(/sign in again/) as string,
    });
    emulator().entra.revokeSignIns();
    expect(await rejection(credential.getToken(SCOPE))).toMatchObject({ errorCodes: [50173] });
  });

  test('no user is asked to sign in ahead of time while a caller has a valid token', async () => {
    let now = Date.now();
    const { credential, signIns, forms } = byCode({ now: () => now });
    const { token } = await credential.getToken(SCOPE);
    emulator().entra.revokeSignIns();
    now += 3_400_000;
    expect((await credential.getToken(SCOPE)).token).toBe(token);
    while (forms().length < 2) await new Promise(setImmediate);
    expect((await credential.getToken(SCOPE)).token).toBe(token);
    expect(signIns).toHaveLength(1);
    now += 200_000;
    expect((await credential.getToken(SCOPE)).token).not.toBe(token);
    expect(signIns).toHaveLength(2);
  });

  test('where it is: absent for client credentials, present for a person, in no print', async () => {
    const { refreshToken, fields } = await byCode().credential.getToken(SCOPE);
    expect(fields).toContain('refresh_token');
    expect(refreshToken).toBeDefined();
    const credential = refreshTokenCredential({
      ...authorityOf(emulator()),
      refreshToken: refreshToken ?? '',
    });
    expect(everyPrint(credential)).not.toContain(refreshToken);
    expect(JSON.stringify(refreshTokenForm('me', refreshToken ?? ''))).not.toContain(refreshToken);
  });

  test('arguments that cannot be right', () => {
    expect(() => refreshTokenForm('me', '')).toThrow(TypeError);
    expect(() => refreshTokenCredential({ ...authorityOf(emulator()), refreshToken: '' })).toThrow(TypeError);
    expect(() => authorizationCodeCredential({ tenantId: 't', clientId: '', openBrowser: browser })).toThrow(
      TypeError,
    );
  });

  test('v2 asks for it by offline_access, v1 gives it unasked', () => {
    expect(userScope({ tenantId: 't' }, SCOPE)).toBe(`${SCOPE} offline_access`);
    expect(userScope({ tenantId: 't' }, `offline_access ${SCOPE}`)).toBe(`offline_access ${SCOPE}`);
    expect(userScope({ tenantId: 't', endpointVersion: 'v1' }, SCOPE)).toBe(SCOPE);
  });
});
