import { AuthenticationError, ProtocolError, type HttpResponse } from '../src';
import {
  buildDeviceCodeRequest,
  deviceCodeForm,
  judgeDeviceCodeResponse,
  nextPollMs,
} from '../src/credentials/device-code';
import { deviceCodeCredential, type DeviceCode, type DeviceCodeOptions } from '../src/credentials';
import { authorityOf, claimsOf, emulatorForFile, watchedTransport } from './helpers/emulator';
import { everyPrint, rejection, request } from './helpers/values';

const emulator = emulatorForFile();
const SCOPE = 'https://rest.media.azure.net/.default';
const VERSIONS = ['v1', 'v2'] as const;

function byDevice(options: Partial<DeviceCodeOptions> = {}, answer: 'approved' | 'declined' = 'approved') {
  const watched = watchedTransport();
  const shown: DeviceCode[] = [];
  const waits: number[] = [];
  const credential = deviceCodeCredential({
    ...authorityOf(emulator()),
    transport: watched.transport,
    onUserCode: (code) => shown.push(code),
    // The person answers while the app waits for the second time.
    wait: (ms) => {
      emulator().clock.advance(ms);
      if (waits.push(ms) === 2) emulator().entra.answerDeviceCode(shown.at(-1)?.userCode ?? '', answer);
      return Promise.resolve();
    },
    ...options,
  });
  return { ...watched, credential, shown, waits };
}

describe.each(VERSIONS)('device code, %s', (endpointVersion) => {
  test('the person is shown a code and an address, and signs in elsewhere', async () => {
    const { credential, shown, waits, forms } = byDevice({ endpointVersion });
    const token = await credential.getToken(SCOPE);
    expect(claimsOf(token.token)['scp']).toBe('user_impersonation');
    expect(token.refreshToken).toEqual(expect.any(String));
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatchObject({
      userCode: expect.stringMatching(/^[A-Z2-9]{9}$/) as string,
      verificationUri: 'https://microsoft.com/devicelogin',
      intervalMs: 5000,
    });
    expect(shown[0]?.message).toContain(shown[0]?.userCode ?? 'missing');
    expect(waits).toEqual([5000, 5000]);
    const name = endpointVersion === 'v1' ? 'code' : 'device_code';
    expect(forms().map((form) => form[name])).toEqual(Array(2).fill(shown[0]?.deviceCode));
  });

  test('a person who declines, and one who is too late', async () => {
    const declined = byDevice({ endpointVersion }, 'declined');
    expect(await rejection(declined.credential.getToken(SCOPE))).toMatchObject({
      code: 'authorization_declined',
    });
    const late = byDevice({
      endpointVersion,
      wait: () => {
        emulator().clock.advance(900_000);
        return Promise.resolve();
      },
    });
    expect(await rejection(late.credential.getToken(SCOPE))).toMatchObject({
      code: 'expired_token',
      errorCodes: [70019],
    });
  });
});

describe('device code', () => {
  test('told to slow down, it waits five seconds longer, for good', async () => {
    const waits: number[] = [];
    const shown: DeviceCode[] = [];
    const { credential } = byDevice({
      onUserCode: (code) => shown.push(code),
      wait: (ms) => {
        waits.push(ms);
        // The first question comes a second too early.
        emulator().clock.advance(waits.length === 1 ? ms - 1000 : ms);
        if (waits.length === 3) emulator().entra.answerDeviceCode(shown[0]?.userCode ?? '', 'approved');
        return Promise.resolve();
      },
    });
    await credential.getToken(SCOPE);
    expect(waits).toEqual([5000, 10_000, 10_000]);
  });

  test('a listener that fails, or a caller who gives up, ends it', async () => {
    const broken = new Error('no screen');
    const failing = byDevice({ onUserCode: () => Promise.reject(broken) });
    expect(await rejection(failing.credential.getToken(SCOPE))).toBe(broken);
    const controller = new AbortController();
    const inner = watchedTransport();
    const waiting = deviceCodeCredential({
      ...authorityOf(emulator()),
      transport: inner.transport,
      onUserCode: () => controller.abort(new Error('enough')),
    }).getToken(SCOPE, { abortSignal: controller.signal });
    expect((await rejection(waiting)).message).toBe('enough');
  });

  describe('with a clock of the test', () => {
    const START = 1_000_000;
    function scripted(code: object, refusal = { error: 'authorization_pending' }) {
      let time = START;
      const waits: number[] = [];
      const bodies: string[] = [];
      const credential = deviceCodeCredential({
        tenantId: 't',
        clientId: 'c',
        now: () => time,
        wait: (ms) => {
          waits.push(ms);
          time += ms;
          return Promise.resolve();
        },
        onUserCode: () => undefined,
        transport: ({ body }) => {
          bodies.push(String(body));
          const isFirst = bodies.length === 1;
          const answered = isFirst
            ? { device_code: 'd', user_code: 'u', verification_uri: 'https://x.example', ...code }
            : refusal;
          return Promise.resolve({
            status: isFirst ? 200 : 400,
            headers: {},
            body: Buffer.from(JSON.stringify(answered)),
          });
        },
      });
      return { credential, waits, bodies };
    }

    test('it gives up when the code has expired, though the server never says so', async () => {
      const { credential, waits } = scripted({ expires_in: 20, interval: 5 });
      expect(await rejection(credential.getToken(SCOPE))).toMatchObject({ code: 'authorization_pending' });
      expect(waits).toEqual([5000, 5000, 5000]);
    });

    test('it waits no longer than the code lives, and then asks once', async () => {
      const { credential, waits, bodies } = scripted({ expires_in: 2, interval: 1e9 });
      expect(await rejection(credential.getToken(SCOPE))).toMatchObject({ code: 'authorization_pending' });
      expect([waits, bodies.length]).toEqual([[2000], 2]);
    });

    test('it asks at most once a second', async () => {
      const { credential, waits } = scripted({ expires_in: 10, interval: 0 });
      await rejection(credential.getToken(SCOPE));
      expect(waits).toEqual(Array(9).fill(1000));
    });

    test('it believes in no code that lives for years', async () => {
      const { credential, waits } = scripted({ expires_in: 1e12, interval: 3600 });
      await rejection(credential.getToken(SCOPE));
      expect(waits).toHaveLength(23);
    });
  });

  const device = (body: object, status = 200) => {
    const response: HttpResponse = { status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
    return judgeDeviceCodeResponse(request(), response, 1_000_000);
  };
  const codes = { device_code: 'secret-d', user_code: 'U' };

  test('answers of both versions are read alike, and printing hides the device code', () => {
    const v2 = device({
      ...codes,
      verification_uri: 'https://x.example',
      expires_in: 900,
      interval: 7,
      message: 'm',
    });
    const v1 = device({
      ...codes,
      verification_url: 'https://x.example',
      expires_in: '900',
      interval: '7',
      message: 'm',
    });
    expect(v1).toEqual(v2);
    expect(v2).toMatchObject({ expiresOnTimestamp: 1_900_000, intervalMs: 7000 });
    expect(v2.deviceCode).toBe('secret-d');
    expect(everyPrint(v2)).not.toContain('secret-d');
    const bare = device({ ...codes, verification_uri: 'https://x.example', expires_in: 900 });
    expect(bare).toMatchObject({
      intervalMs: 5000,
      message: expect.stringContaining('enter the code U') as string,
    });
  });

  test.each([{}, { ...codes }, { ...codes, verification_uri: 'https://x.example' }])(
    '%j is a ProtocolError',
    (body) => {
      expect(() => device(body)).toThrow(ProtocolError);
    },
  );

  test('a refusal is an AuthenticationError with its hint', () => {
    expect(() => device({ error: 'unauthorized_client', error_codes: [700016] }, 400)).toThrow(
      /check the client id/,
    );
  });

  test.each([
    ['authorization_pending', 5000],
    ['slow_down', 10_000],
    ['authorization_declined', undefined],
    ['access_denied', undefined],
    ['expired_token', undefined],
    ['bad_verification_code', undefined],
  ])('%s: ask again in %s', (code, expected) => {
    const error = new AuthenticationError({ method: 'POST', url: 'https://x.example', status: 400, code });
    expect(nextPollMs(error, 5000)).toBe(expected);
  });

  test('an error of another kind is the last word', () => {
    expect(nextPollMs(new Error('no network'), 5000)).toBeUndefined();
  });

  test('the requests in the names of each version', () => {
    const fields = (endpointVersion: 'v1' | 'v2') => {
      const { url, body } = buildDeviceCodeRequest({ tenantId: 't', endpointVersion }, 'me', SCOPE);
      return [new URL(url).pathname, Object.fromEntries(new URLSearchParams(String(body)))];
    };
    const resource = 'https://rest.media.azure.net';
    expect(fields('v1')).toEqual(['/t/oauth2/devicecode', { client_id: 'me', resource }]);
    expect(fields('v2')).toEqual(['/t/oauth2/v2.0/devicecode', { client_id: 'me', scope: SCOPE }]);
    expect({ ...deviceCodeForm('v1', 'me', 'd') }).toEqual({
      grant_type: 'device_code',
      client_id: 'me',
      code: 'd',
    });
  });
});
