import { sharedKeyAuthorization } from './ams-rest/storage/shared-key.js';

export function run(): string {
  const key = Buffer.from('the key of an account').toString('base64');
  const url = 'https://contoso.blob.core.windows.net/films?restype=container';
  const header = sharedKeyAuthorization({ account: 'contoso', key }, { method: 'GET', url, headers: {} });
  return header.split(':')[0] ?? '';
}
