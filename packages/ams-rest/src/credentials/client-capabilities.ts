/** Declares what a client can do, as claims of the token request. */
import { isObject, parseJsonObject } from '../http/messages';

/**
 * For the option `requestClaims` of a credential: combines a claims challenge with the client's capabilities. Pure.
 *
 * The capability `cp1` declares that the client handles claims challenges (continuous access evaluation), as `RestClient`
 * does. Tokens then live up to 28 hours and can be revoked earlier.
 *
 * Source: "Claims challenges, claims requests, and client capabilities", Microsoft identity platform.
 *
 * @throws TypeError when the challenge is not a JSON object.
 */
export function withCapabilities(capabilities: readonly string[]): (challenge?: string) => string {
  return (challenge = '{}') => {
    const asked = parseJsonObject(new TextEncoder().encode(challenge));
    if (!asked) throw new TypeError('the claims challenge is not a JSON object');
    const accessToken = isObject(asked['access_token']) ? asked['access_token'] : {};
    return JSON.stringify({ ...asked, access_token: { ...accessToken, xms_cc: { values: capabilities } } });
  };
}
