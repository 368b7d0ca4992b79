/** The refresh token grant (RFC 6749 section 6): a person's sign-in, continued without the person. */
import { printNames } from '../redact';
import type { TokenForm } from './token-endpoint';

/**
 * The form of the grant, to be sent by `requestToken`; printing it shows the names alone.
 *
 * @param clientSecret For web apps; an app on a person's machine is a public client and has none.
 * @throws TypeError when the id or the token is empty.
 */
export function refreshTokenForm(clientId: string, refreshToken: string, clientSecret?: string): TokenForm {
  if (!clientId) throw new TypeError('clientId is empty');
  if (!refreshToken) throw new TypeError('refreshToken is empty');
  return printNames({
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
  });
}
