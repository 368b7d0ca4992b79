import { buildImdsRequest, imdsCredential } from './ams-rest/credentials/imds.js';

export function run(): string {
  imdsCredential();
  return new URL(buildImdsRequest('https://vault.azure.net').url).host;
}
