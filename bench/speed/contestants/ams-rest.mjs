/** This library, with everything on: cached token, retry, errors, limits. */
import { AmsClient, clientSecretCredential } from 'ams-rest';

/** @type {import('../contestant.mjs').Open} */
export async function open(service) {
  const credential = clientSecretCredential(service);
  const ams = new AmsClient({ endpoint: service.apiUrl, credential });
  return {
    async get(path) {
      const { body } = await ams.request('GET', path);
      return body;
    },
    list: () => ams.list('Assets'),
  };
}
