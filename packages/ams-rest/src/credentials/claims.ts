/**
 * The `claims` parameter of a token request: what a resource demanded, and what this client can do.
 *
 * Source: "Claims challenges, claims requests, and client capabilities", Microsoft identity platform.
 */

/**
 * Joins a claims challenge with the client's capabilities; undefined when there is neither. Pure.
 *
 * The capability `cp1` says that the client answers claims challenges (continuous access evaluation); tokens
 * then live up to 28 hours and can be revoked within. `AmsClient` answers them, so with it `cp1` may be asked for.
 *
 * @param challenge JSON text, as decoded from the `WWW-Authenticate` header.
 * @throws TypeError when the challenge is no JSON object.
 */
export function claimsParameter(
  challenge: string | undefined,
  capabilities: readonly string[] = [],
): string | undefined {
  if (capabilities.length === 0) return challenge;
  const asked = challenge === undefined ? {} : parseObject(challenge);
  const accessToken = asked['access_token'];
  return JSON.stringify({
    ...asked,
    access_token: { ...(isObject(accessToken) ? accessToken : {}), xms_cc: { values: capabilities } },
  });
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below, without the parser's words, which quote the text.
  }
  throw new TypeError('the claims challenge is no JSON object');
}
