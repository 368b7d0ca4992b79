/**
 * The device authorization grant (RFC 8628): a user signs in on another machine with a short code, while this one polls.
 * The v1 endpoint uses different names.
 */
import { sleep } from '../http/abort';
import { AuthenticationError, requestFacts, ProtocolError } from '../http/errors';
import { parseJsonObject, type HttpRequest, type HttpResponse } from '../http/messages';
import { printing, printNames } from '../http/redact';
import { judged, sendWithRetry } from '../http/retry';
import type { CachedCredential } from '../token/token-cache';
import {
  buildFormRequest,
  oauthEndpoint,
  requestToken,
  target,
  tokenRefusalError,
  type Authority,
  type EndpointVersion,
  type ExchangeOptions,
  type TokenEndpointOptions,
  type TokenForm,
  type TokenResponse,
} from '../token/token-endpoint';
import { explainRefusal } from './aadsts-hints';
import { userCredential, userScope, type UserCredentialOptions } from './user-credential';

/** The code with which a user signs in on another machine (RFC 8628 section 3.2). */
export interface DeviceCode {
  /** A secret, with which this machine polls. */
  readonly deviceCode: string;
  /** The code that the user types. */
  readonly userCode: string;
  /** Where the user types it. */
  readonly verificationUri: string;
  /** A sentence for the user with the code and the URL. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
  readonly intervalMs: number;
}

/** Builds the request that starts it (RFC 8628 section 3.1); pure but for the request id. */
export function buildDeviceCodeRequest(
  authority: Authority,
  clientId: string,
  scope: string,
  options: ExchangeOptions = {},
): HttpRequest {
  const form = { client_id: clientId, ...target(authority, scope) };
  return buildFormRequest(oauthEndpoint(authority, 'devicecode'), form, options);
}

/**
 * Reads the codes (RFC 8628 section 3.2); pure. v1 says `verification_url` and writes numbers as text.
 *
 * @param sentAt When the request left, milliseconds since 1970.
 * @throws AuthenticationError when refused, ProtocolError when a success lacks a code.
 */
export function judgeDeviceCodeResponse(
  request: HttpRequest,
  response: HttpResponse,
  sentAt: number,
  explain: TokenEndpointOptions['explain'] = explainRefusal,
): DeviceCode {
  if (response.status !== 200) throw tokenRefusalError(request, response, sentAt, explain);
  const answer = parseJsonObject(response.body) ?? {};
  const text = (name: string) => (typeof answer[name] === 'string' ? answer[name] : '');
  const deviceCode = text('device_code');
  const userCode = text('user_code');
  const verificationUri = text('verification_uri') || text('verification_url');
  const expiresIn = Number(answer['expires_in']);
  if (!deviceCode || !userCode || !verificationUri || !(expiresIn > 0))
    throw new ProtocolError({
      ...requestFacts(request),
      status: 200,
      reason: 'the answer lacks a code, the verification URL or the lifetime',
    });
  const interval = Number(answer['interval'] ?? DEFAULT_INTERVAL_SECONDS);
  const code = Object.assign(Object.create(HIDES_THE_CODE) as object, {
    deviceCode,
    userCode,
    verificationUri,
    message: text('message') || `To sign in, open ${verificationUri} and enter the code ${userCode}.`,
    expiresOnTimestamp: sentAt + Math.min(expiresIn, MAX_LIFE_SECONDS) * 1000,
    intervalMs: Math.max(MIN_INTERVAL_SECONDS, interval >= 0 ? interval : DEFAULT_INTERVAL_SECONDS) * 1000,
  });
  return Object.defineProperty(code, 'deviceCode', { enumerable: false });
}

const HIDES_THE_CODE = printing((code: object) => ({ ...code, deviceCode: 'REDACTED' }));

/** RFC 8628 section 3.2. */
const DEFAULT_INTERVAL_SECONDS = 5;
/** The shortest interval, even if the server asks for less. */
export const MIN_INTERVAL_SECONDS = 1;
/** The longest lifetime, even if the server grants more; Entra ID's codes live 15 minutes. */
export const MAX_LIFE_SECONDS = 86_400;
/** RFC 8628 section 3.5: for good, at each `slow_down`. */
const SLOWER_BY_MS = 5000;

/** The form of one poll (RFC 8628 section 3.4). v1 calls the code `code` and knows only the grant's short name. */
export function deviceCodeForm(version: EndpointVersion, clientId: string, deviceCode: string): TokenForm {
  return printNames<TokenForm>(
    version === 'v1'
      ? { grant_type: 'device_code', client_id: clientId, code: deviceCode }
      : {
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          client_id: clientId,
          device_code: deviceCode,
        },
  );
}

/**
 * How long to wait before the next poll, or undefined when the refusal is final (`authorization_declined`,
 * `expired_token`, `bad_verification_code`); pure. Source: RFC 8628 section 3.5.
 */
export function nextPollMs(error: unknown, intervalMs: number): number | undefined {
  if (!(error instanceof AuthenticationError)) return undefined;
  if (error.code === 'authorization_pending') return intervalMs;
  return error.code === 'slow_down' ? intervalMs + SLOWER_BY_MS : undefined;
}

/** How `deviceCodeCredential` signs a user in. */
export interface DeviceCodeOptions extends UserCredentialOptions {
  /** Shows the user the code and the URL. If it fails, so does the sign-in. */
  readonly onUserCode: (code: DeviceCode) => unknown;
  /** Waits between two polls; default: a timer. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * A credential for which a user signs in once on another machine. After that it uses the refresh token.
 *
 * @throws TypeError for invalid settings; `getToken` throws AuthenticationError when the user declined or was too late,
 *   and what `requestToken` and `onUserCode` throw.
 */
export function deviceCodeCredential(options: DeviceCodeOptions): CachedCredential<TokenResponse> {
  const { clientId, endpointVersion = 'v2', wait = sleep, now = Date.now } = options;
  oauthEndpoint(options, 'devicecode');

  return userCredential(options, async (asked, exchange, transport) => {
    const scope = userScope(options, asked);
    const request = buildDeviceCodeRequest(options, clientId, scope, exchange);
    const sentAt = now();
    const asking = await sendWithRetry(transport, request, { ...options.retry, repeatable: true });
    const code = judged(asking, (response) =>
      judgeDeviceCodeResponse(request, response, sentAt, exchange.explain),
    );
    await options.onUserCode(code);
    const form = deviceCodeForm(endpointVersion, clientId, code.deviceCode);
    for (let intervalMs = code.intervalMs; ;) {
      // An interval beyond the code's lifetime is shortened, for one last poll at the end.
      intervalMs = Math.min(intervalMs, Math.max(0, code.expiresOnTimestamp - now()));
      await wait(intervalMs, exchange.signal);
      try {
        return await requestToken(transport, options, form, scope, exchange);
      } catch (error) {
        const next = nextPollMs(error, intervalMs);
        // The loop ends even if the server never reports that the code has expired.
        if (next === undefined || now() + next >= code.expiresOnTimestamp) throw error;
        intervalMs = next;
      }
    }
  });
}
