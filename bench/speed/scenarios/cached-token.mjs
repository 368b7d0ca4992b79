/** Asks for a token that is there already, one call after the other. */

export const folder = 'tokens';

/** @param {{ getToken(): Promise<unknown> }} credential */
export async function batch(credential, { calls }) {
  for (let call = 0; call < calls; call++) await credential.getToken();
}
