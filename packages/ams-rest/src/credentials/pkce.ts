/** Proof Key for Code Exchange (RFC 7636): ties an authorization code to the client that requested it. */

export interface Pkce {
  /** The secret, sent when the code is redeemed. */
  readonly codeVerifier: string;
  /** Its SHA-256, sent when the sign-in begins. */
  readonly codeChallenge: string;
}

/** A new verifier of 43 characters (RFC 7636 section 4.1) and its challenge. */
export async function createPkce(): Promise<Pkce> {
  const codeVerifier = randomText();
  return { codeVerifier, codeChallenge: await codeChallenge(codeVerifier) };
}

/** `base64url(SHA-256(ASCII(verifier)))`, the method `S256` (RFC 7636 section 4.2). */
export async function codeChallenge(codeVerifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(codeVerifier, 'ascii'));
  return Buffer.from(digest).toString('base64url');
}

/** 256 random bits as text, for a verifier or a `state`. */
export function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
}
