import { clientSecretCredential } from 'ams-rest';

/** @type {import('../contestant.mjs').OpenToken} */
export async function open(service) {
  const credential = clientSecretCredential(service);
  return { getToken: () => credential.getToken(service.scope) };
}
