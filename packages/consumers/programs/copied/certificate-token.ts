import { clientCertificateCredential } from './ams-rest/credentials/client-certificate.js';
import { identity } from './setting.js';

export function run(): string {
  try {
    clientCertificateCredential({ ...identity, certificate: '' });
    return 'an empty certificate was taken';
  } catch (error) {
    return error instanceof TypeError ? 'TypeError' : String(error);
  }
}
