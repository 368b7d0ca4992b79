import { clientSecretCredential } from './ams-rest/token/client-credentials.js';
import { ArmClient, armPath } from './ams-rest/resource-manager/arm-client.js';
import { identity } from './setting.js';

export function run(): string {
  const arm = new ArmClient({ credential: clientSecretCredential(identity) });
  return `${typeof arm.request.bind(arm)} ${armPath('subscriptions')}`;
}
