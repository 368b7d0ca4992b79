/** Callers who all want a token at the same time, when there is none yet. Once for each process. */

export const folder = 'tokens';

/** @param {{ getToken(): Promise<unknown> }} credential */
export async function batch(credential, { callers }) {
  await Promise.all(Array.from({ length: callers }, () => credential.getToken()));
}
