/**
 * The device authorization grant (RFC 8628): a person signs in on another machine, by a short code, while this one
 * keeps asking. The v1 endpoint has other names for the same things.
 */
import { sleep } from '../abort';
import { AuthenticationError, exchangeFacts, ProtocolError } from '../errors';
import type { HttpRequest, HttpResponse } from '../http';
import { printNames } from '../redact';
import { sendWithRetry } from '../retry';
import { undiciTransport } from '../undici-transport';
import { claimsParameter } from './claims';
import type { CachedCredential } from './token-cache';
import {
  buildFormRequest,
  oauthEndpoint,
  target,
  type Authority,
  type EndpointVersion,
  type ExchangeOptions,
  type TokenForm,
  type TokenResponse,
} from './token-endpoint';
import { tokenExchange } from './token-exchange';
import { parseJsonObject, refusal } from './token-refusal';
import { userCredential, userScope, type UserCredentialOptions } from './user-credential';

/** What a person is told to sign in elsewhere (RFC 8628 section 3.2). */
export interface DeviceCode {
  /** A secret: what this machine asks with. */
  readonly deviceCode: string;
  /** What the person types. */
  readonly userCode: string;
  /** Where the person types it. */
  readonly verificationUri: string;
  /** Both of these in a sentence of the service. */
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
  const fields: Record<string, string> = { client_id: clientId, ...target(authority, scope) };
  if (options.claims !== undefined) fields['claims'] = options.claims;
  return buildFormRequest(oauthEndpoint(authority, 'devicecode'), fields, options);
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
  attempts = 1,
  stopped = '',
): DeviceCode {
  if (response.status !== 200) throw refusal(request, response, sentAt, attempts, stopped);
  const answer = parseJsonObject(response.body) ?? {};
  const text = (name: string) => (typeof answer[name] === 'string' ? answer[name] : '');
  const deviceCode = text('device_code');
  const userCode = text('user_code');
  const verificationUri = text('verification_uri') || text('verification_url');
  const expiresIn = Number(answer['expires_in']);
  if (!deviceCode || !userCode || !verificationUri || !(expiresIn > 0))
    throw new ProtocolError({
      ...exchangeFacts(request),
      status: 200,
      reason: 'the answer lacks a code, the address to type it at, or its life',
    });
  const interval = Number(answer['interval'] ?? DEFAULT_INTERVAL_SECONDS);
  return Object.defineProperty(
    {
      deviceCode,
      userCode,
      verificationUri,
      message: text('message') || `To sign in, open ${verificationUri} and enter the code ${userCode}.`,
      expiresOnTimestamp: sentAt + expiresIn * 1000,
      intervalMs: (interval >= 0 ? interval : DEFAULT_INTERVAL_SECONDS) * 1000,
    },
    'deviceCode',
    { enumerable: false },
  );
}

/** RFC 8628 section 3.2. */
const DEFAULT_INTERVAL_SECONDS = 5;
/** RFC 8628 section 3.5: for good, at each `slow_down`. */
const SLOWER_BY_MS = 5000;

/** The form of one question (RFC 8628 section 3.4); v1 calls the code `code` and knows the grant's short name alone. */
export function deviceCodeForm(version: EndpointVersion, clientId: string, deviceCode: string): TokenForm {
  return printNames(
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
 * How long to wait before asking again, or undefined when the refusal is the last word (`authorization_declined`,
 * `expired_token`, `bad_verification_code`); pure. Source: RFC 8628 section 3.5.
 */
export function nextPollMs(error: unknown, intervalMs: number): number | undefined {
  if (!(error instanceof AuthenticationError)) return undefined;
  if (error.code === 'authorization_pending') return intervalMs;
  return error.code === 'slow_down' ? intervalMs + SLOWER_BY_MS : undefined;
}

/** How `deviceCodeCredential` signs a person in. */
export interface DeviceCodeOptions extends UserCredentialOptions {
  /** Shows the person the code and the address. The sign-in fails when this does. */
  readonly onUserCode: (code: DeviceCode) => unknown;
  /** Waits between two questions; default by the clock of this machine. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * A credential for which a person signs in on another machine, once; from then on it lives on the refresh token.
 *
 * @throws TypeError when the settings cannot be right; `getToken` throws AuthenticationError when the person
 *   declined or was too late, and what `requestToken` and `onUserCode` throw.
 */
export function deviceCodeCredential(options: DeviceCodeOptions): CachedCredential<TokenResponse> {
  const {
    clientId,
    transport = undiciTransport(),
    endpointVersion = 'v2',
    wait = sleep,
    timeoutMs,
  } = options;
  const exchange = tokenExchange({ ...options, transport });
  oauthEndpoint(options, 'devicecode');

  return userCredential({ ...options, transport }, async (asked, flight) => {
    const scope = userScope(options, asked);
    const request = buildDeviceCodeRequest(options, clientId, scope, {
      signal: flight.signal,
      claims: claimsParameter(flight.claims, options.clientCapabilities),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    const sentAt = Date.now();
    const { response, attempts, stopped } = await sendWithRetry(transport, request, options.retry, true);
    const code = judgeDeviceCodeResponse(request, response, sentAt, attempts, stopped);
    await options.onUserCode(code);
    const form = deviceCodeForm(endpointVersion, clientId, code.deviceCode);
    for (let intervalMs = code.intervalMs; ;) {
      await wait(intervalMs, flight.signal);
      try {
        return await exchange(form, scope, flight);
      } catch (error) {
        const next = nextPollMs(error, intervalMs);
        // A server that never says that the code has expired is not asked for ever.
        if (next === undefined || Date.now() + next > code.expiresOnTimestamp) throw error;
        intervalMs = next;
      }
    }
  });
}
