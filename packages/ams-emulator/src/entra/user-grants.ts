import { createHash } from 'node:crypto';
import type { Directory } from './directory';
import { refuse } from './errors';
import { required } from './form';
import type { Registrations } from './registrations';
import { opaque } from './signing';
import { checkResource, userTarget, type EndpointVersion, type Target } from './target';

type Redeem = (directory: Directory, version: EndpointVersion, form: URLSearchParams) => Target;

/** Grants for a user's token, by `grant_type`. The short name of the device code grant is ADAL's. */
export const userGrants: Readonly<Record<string, Redeem | undefined>> = {
  authorization_code: redeemCode,
  'urn:ietf:params:oauth:grant-type:device_code': redeemDeviceCode,
  device_code: redeemDeviceCode,
  refresh_token: redeemRefreshToken,
};

/** Source: "Microsoft identity platform and OAuth 2.0 authorization code flow"; RFC 7636 section 4.6. */
function redeemCode(directory: Directory, version: EndpointVersion, form: URLSearchParams): Target {
  const { registrations, clock } = directory;
  const code = registrations.codes.get(required(form, 'code'));
  const redirectUri = required(form, 'redirect_uri');
  if (code === undefined) throw refuse.unknownCode('The provided authorization code is not valid.');
  if (code.isUsed) throw refuse.usedCode('OAuth2 Authorization code was already redeemed.');
  if (clock.now() >= code.expires) throw refuse.expiredCode('The provided authorization code has expired.');
  if (redirectUri !== code.redirectUri) {
    throw refuse.otherRedirect(
      'The reply address does not match the reply address of the authorization request.',
    );
  }
  if (challengeOf(form.get('code_verifier') ?? '', code.method) !== code.challenge) {
    throw refuse.wrongVerifier(
      'The code verifier does not match the code challenge of the authorization request.',
    );
  }
  code.isUsed = true;
  const { resource, scopes } = code;
  if (resource === undefined || form.has('resource')) return userTarget(directory, version, form);
  return { resource, scopes };
}

function challengeOf(verifier: string, method: string): string {
  return method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
}

/** Source: "OAuth 2.0 device authorization grant flow"; RFC 8628 section 3.5. */
function redeemDeviceCode(directory: Directory, version: EndpointVersion, form: URLSearchParams): Target {
  const { registrations, clock } = directory;
  const name = required(form, version === 'v1' ? 'code' : 'device_code');
  const code = registrations.deviceCodes.get(name);
  const now = clock.now();
  if (code === undefined) throw refuse.unknownDeviceCode('The device code is not valid.');
  if (now >= code.expires) throw refuse.expiredDeviceCode('The device code has expired.');
  const isEarly = now - code.lastPoll < code.intervalMs;
  code.lastPoll = now;
  if (isEarly) {
    code.intervalMs += 5000;
    throw refuse.slowDown('The client asks too often; the interval is five seconds longer from now on.');
  }
  if (code.state === 'pending') {
    throw refuse.pending('OAuth 2.0 device flow error. Authorization is pending. Continue polling.');
  }
  registrations.deviceCodes.delete(name);
  if (code.state === 'declined') throw refuse.declined('The person declined the sign-in.');
  return { resource: code.resource, scopes: code.scopes };
}

const inactivityMs = 90 * 86_400_000;

/** A refresh token is valid for every API that the user may use, and can be used repeatedly. */
function redeemRefreshToken(directory: Directory, version: EndpointVersion, form: URLSearchParams): Target {
  const { registrations, clock } = directory;
  const token = registrations.refreshTokens.get(required(form, 'refresh_token'));
  if (token === undefined) throw refuse.unknownCode('The provided refresh token is not valid.');
  if (token.isRevoked) throw refuse.revokedRefreshToken('The grant has been revoked. Sign in again.');
  if (clock.now() - token.lastUsed > inactivityMs) {
    throw refuse.inactiveRefreshToken('The refresh token has expired due to inactivity.');
  }
  token.lastUsed = clock.now();
  const target = userTarget(directory, version, form);
  checkResource(directory, target.resource);
  return { ...target, scopes: [...target.scopes, 'offline_access'] };
}

/** A refresh token if the scopes request one. */
export function newRefreshToken(
  { refreshTokens }: Registrations,
  scopes: readonly string[],
  now: number,
): string | undefined {
  if (!scopes.includes('offline_access')) return undefined;
  const token = `1.${opaque(48)}`;
  refreshTokens.set(token, { scopes, lastUsed: now, isRevoked: false });
  return token;
}
